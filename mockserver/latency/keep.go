package latency

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// recordingsDir is where Keep puts recordings.
const recordingsDir = "recordings"

// Keep returns the same latency with copies of its recordings, if any. The copies are in the
// directory dir and are named relative to it, so a file in dir that names them stays valid
// when dir is moved and the recordings are gone. A copy has the distinct values with their
// counts, and nothing else. Its name depends on the values, so that latencies that are
// written equally are equal.
func (l Latency) Keep(dir string) (Latency, error) {
	d, err := l.d.keep(dir, durationUnit)
	return Latency{d}, err
}

// Absolute returns the same latency with absolute file names, which any process can read.
func (l Latency) Absolute() (Latency, error) {
	d, err := l.d.absolute()
	return Latency{d}, err
}

// Keep returns the same size, drawn from copies of its recordings, as Latency.Keep does.
func (s Size) Keep(dir string) (Size, error) {
	d, err := s.d.keep(dir, sizeUnit)
	return Size{d}, err
}

// Absolute returns the same size with the full names of the files that it is read from.
func (s Size) Absolute() (Size, error) {
	d, err := s.d.absolute()
	return Size{d}, err
}

// keep replaces recordings by copies.
func (d distribution) keep(dir string, u unit) (distribution, error) {
	if d.recording == nil {
		return d.withParts(func(part distribution) (distribution, error) { return part.keep(dir, u) })
	}
	name, err := d.recording.write(dir, u)
	if err != nil {
		return d, fmt.Errorf("keeping %s: %w", d.recording.path, err)
	}
	arguments := []argument{
		{key: "file", text: name}, {key: "column", text: valueColumn}, {key: "count", text: countColumn}, {key: "unit", text: u.base},
	}
	for _, a := range d.arguments {
		if a.key == rhoKey {
			arguments = append(arguments, a)
		}
	}
	copied := *d.recording
	copied.path = filepath.Join(dir, filepath.FromSlash(name))
	d.arguments, d.recording = arguments, &copied
	return d, nil
}

// absolute replaces the names of recordings by absolute names.
func (d distribution) absolute() (distribution, error) {
	if d.recording == nil {
		return d.withParts(distribution.absolute)
	}
	full, err := filepath.Abs(d.recording.path)
	if err != nil {
		return d, err
	}
	d.arguments = slices.Clone(d.arguments)
	d.arguments[0].text = full // an empirical distribution's file
	return d, nil
}

// withParts replaces every distribution of a mixture by the result of change. Other
// distributions have no parts and stay as they are.
func (d distribution) withParts(change func(part distribution) (distribution, error)) (distribution, error) {
	d.arguments = slices.Clone(d.arguments)
	for i, a := range d.arguments {
		if a.part == nil {
			continue
		}
		part, err := change(*a.part)
		if err != nil {
			return d, err
		}
		d.arguments[i].part = &part
	}
	return d, nil
}

// The columns of a recording that was kept.
const (
	valueColumn = "value"
	countColumn = "count"
)

// write puts a copy of the recording below dir, unless it is there already, and returns
// its name from there, with forward slashes.
func (r *recording) write(dir string, u unit) (string, error) {
	var text strings.Builder
	fmt.Fprintf(&text, "%s,%s\n", valueColumn, countColumn)
	for i, v := range r.values {
		fmt.Fprintf(&text, "%s,%d\n", formatNumber(v), r.counts[i])
	}
	sum := sha256.Sum256([]byte(u.base + "\n" + text.String()))
	base := filepath.Base(r.path)
	name := path.Join(recordingsDir, plainName(strings.TrimSuffix(base, filepath.Ext(base)))+"-"+hex.EncodeToString(sum[:4])+".csv")
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return "", err
	}
	return name, os.WriteFile(file, []byte(text.String()), 0o644)
}

// plainName leaves of a file's name what every system takes and a short form can hold.
func plainName(name string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '_', c == '-':
			return c
		}
		return '_'
	}, name)
}
