package bucket

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/internal/quote"
	"github.com/fanbench/fanbench/internal/seal"
)

// Marker is complete.json: which attempt at a shard counts, and its files. It has its own
// checksum, as run.json has.
type Marker struct {
	Schema      int           `json:"schema"`
	Measurement string        `json:"measurement"` // of which the shard is a part, in words
	Shard       results.Shard `json:"shard"`
	Files       []File        `json:"files"`
}

// File is a file of a shard.
type File struct {
	Name string `json:"name"` // relative to the run directory, with forward slashes
	Size int64  `json:"size"` // bytes
	Sum  string `json:"sha256"`
}

const (
	shardsDir    = "shards"
	markerName   = "complete.json"
	markerSchema = 1

	// What a bucket may have, so that a merge of anybody's ends.
	maxMarker = 64 << 20
	maxFiles  = 4 << 20
	maxSize   = 64 << 30 // of a shard, bytes
)

// folder is where the attempts at a shard are.
func folder(s results.Shard) string {
	return fmt.Sprintf("%s/%d-of-%d", shardsDir, s.Index, s.Of)
}

// markerKey and fileKey are the keys of a shard.
func markerKey(s results.Shard) string { return folder(s) + "/" + markerName }

func fileKey(s results.Shard, name string) string { return folder(s) + "/" + s.Attempt + "/" + name }

var keyForm = regexp.MustCompile(`^shards/(0|[1-9][0-9]{0,5})-of-([1-9][0-9]{0,5})/([^/]+)(/.*)?$`)

// parseKey returns the shard that a key is of, and of one of its attempt's files the attempt.
// ok is false for a key that Upload cannot have written.
func parseKey(key string) (s results.Shard, marker, ok bool) {
	found := keyForm.FindStringSubmatch(key)
	if found == nil {
		return s, false, false
	}
	s.Index, _ = strconv.Atoi(found[1])
	s.Of, _ = strconv.Atoi(found[2])
	if marker = found[3] == markerName && found[4] == ""; !marker {
		s.Attempt = found[3]
	}
	return s, marker, s.Check() == nil
}

func (m Marker) encode() ([]byte, error) {
	text, err := json.MarshalIndent(m, "", "  ")
	return append(seal.Seal(text), '\n'), err
}

// decodeMarker reads the marker of a shard.
func decodeMarker(text []byte, of results.Shard) (m Marker, err error) {
	object, intact := seal.Unseal(text)
	if !intact {
		return m, errors.New("its checksum is not that of its contents: it was altered, or is being written")
	}
	if err := json.Unmarshal(object, &m); err != nil {
		return m, err
	}
	switch {
	case m.Schema != markerSchema:
		return m, fmt.Errorf("it has schema %d, and this fanbench reads %d", m.Schema, markerSchema)
	case m.Shard.Index != of.Index || m.Shard.Of != of.Of:
		return m, fmt.Errorf("it is of shard %v", m.Shard)
	case m.Shard.Attempt == "":
		return m, errors.New("it names no attempt")
	case len(m.Files) > maxFiles:
		return m, fmt.Errorf("it has more than %d files", maxFiles)
	}
	return m, errors.Join(m.Shard.Check(), checkFiles(m.Files))
}

// checkFiles returns an error for files that no run has, before their names become paths.
func checkFiles(files []File) error {
	var errs []error
	seen := map[string]bool{}
	total := int64(0)
	for _, f := range files {
		switch {
		case !plainName(f.Name):
			errs = append(errs, fmt.Errorf("%s cannot be the name of a file of a run", quote.Text(f.Name)))
		case seen[f.Name]:
			errs = append(errs, fmt.Errorf("%s is there twice", f.Name))
		case f.Size < 0 || f.Size > maxSize:
			errs = append(errs, fmt.Errorf("%s cannot have %d bytes", f.Name, f.Size))
		default:
			total += f.Size
		}
		if seen[f.Name] = true; len(errs) > 5 || total > maxSize {
			break
		}
	}
	if total > maxSize {
		errs = append(errs, fmt.Errorf("the shard has more than %d GiB", maxSize>>30))
	}
	return errors.Join(errs...)
}

// plainName reports whether a name stays below a run directory, on any system.
func plainName(name string) bool {
	if name == "" || len(name) > 1024 || path.Clean(name) != name || !filepath.IsLocal(filepath.FromSlash(name)) ||
		strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == '\\' || r == 0x7f }) {
		return false
	}
	return !slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool { return strings.HasPrefix(part, ".") })
}
