package bucket

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/internal/quote"
)

// Found is what Download has found.
type Found struct {
	Sources []results.Source // the complete shards, by number of shards and index
	Notes   []string         // attempts that do not count
}

// Download copies the complete shards of the bucket into a directory that is empty, one
// directory each. What is not as the marker says is an error.
func (b *Bucket) Download(ctx context.Context, into string) (Found, error) {
	var found Found
	sizes := map[string]int64{}
	var complete []results.Shard
	attempts := map[results.Shard]bool{}
	err := b.retry(ctx, b.name, func() error {
		clear(sizes)
		clear(attempts)
		complete = nil
		return b.store.List(ctx, shardsDir+"/", func(key string, size int64) error {
			shard, marker, ok := parseKey(key)
			if !ok {
				return nil // somebody else's
			}
			if len(sizes) >= 4*maxFiles {
				return fmt.Errorf("%s has more than %d files", b.name, 4*maxFiles)
			}
			sizes[key] = size
			if marker {
				complete = append(complete, shard)
			} else {
				attempts[shard] = true
			}
			return nil
		})
	})
	if err != nil {
		return found, err
	}
	slices.SortFunc(complete, compareShards)
	var errs []error
	for _, shard := range complete {
		m, err := b.Complete(ctx, shard)
		if err == nil && m == nil {
			err = fmt.Errorf("%s is gone", b.at(markerKey(shard)))
		}
		if err == nil {
			delete(attempts, m.Shard)
			dir := filepath.Join(into, strings.TrimPrefix(folder(m.Shard), shardsDir+"/"))
			if err = b.fetch(ctx, *m, sizes, dir); err == nil {
				found.Sources = append(found.Sources, results.Source{Dir: dir, Name: b.at(folder(m.Shard) + "/" + m.Shard.Attempt)})
			}
		}
		if errs = append(errs, err); ctx.Err() != nil {
			return found, ctx.Err()
		}
	}
	var left []results.Shard
	for shard := range attempts {
		left = append(left, shard)
	}
	slices.SortFunc(left, compareShards)
	for _, s := range left {
		why := "it did not complete"
		if slices.ContainsFunc(complete, func(c results.Shard) bool { return c.Index == s.Index && c.Of == s.Of }) {
			why = "another one completed"
		}
		found.Notes = append(found.Notes, fmt.Sprintf("shard %v: attempt %s is left out, because %s", s, quote.Plain(s.Attempt), why))
	}
	if err := errors.Join(errs...); err != nil {
		return found, err
	}
	if len(found.Sources) == 0 {
		return found, fmt.Errorf("%s has no complete shard", b.name)
	}
	return found, nil
}

// Await waits until all shards are complete, but no longer than patience. It looks again after each
// pause.
func (b *Bucket) Await(ctx context.Context, of int, patience, pause time.Duration, progress func(complete int)) error {
	told := -1
	for waited := time.Duration(0); ; waited += pause {
		complete := 0
		err := b.retry(ctx, b.name, func() error {
			complete = 0
			return b.store.List(ctx, shardsDir+"/", func(key string, _ int64) error {
				if s, marker, ok := parseKey(key); ok && marker && s.Of == of {
					complete++
				}
				return nil
			})
		})
		if err != nil {
			return err
		}
		if complete != told {
			progress(complete)
			told = complete
		}
		if complete >= of || waited >= patience {
			return nil
		}
		if err := b.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}

func compareShards(a, b results.Shard) int {
	if a.Of != b.Of {
		return a.Of - b.Of
	}
	if a.Index != b.Index {
		return a.Index - b.Index
	}
	return strings.Compare(a.Attempt, b.Attempt)
}

// fetch copies the files that a marker names. sizes are those of the bucket's keys.
func (b *Bucket) fetch(ctx context.Context, m Marker, sizes map[string]int64, dir string) error {
	for _, f := range m.Files {
		size, ok := sizes[fileKey(m.Shard, f.Name)]
		switch key := b.at(fileKey(m.Shard, f.Name)); {
		case !ok:
			return fmt.Errorf("%s is missing", key)
		case size != f.Size:
			return fmt.Errorf("%s has %d bytes, and its shard says %d", key, size, f.Size)
		}
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	var g errgroup.Group
	g.SetLimit(uploads)
	for _, f := range m.Files {
		g.Go(func() error {
			key := fileKey(m.Shard, f.Name)
			return b.retry(ctx, b.at(key), func() error { return b.receive(ctx, key, f, filepath.Join(dir, filepath.FromSlash(f.Name))) })
		})
	}
	return g.Wait()
}

// receive copies one file. It reads no more of it than its size.
func (b *Bucket) receive(ctx context.Context, key string, f File, path string) error {
	in, err := b.store.Open(ctx, key)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, sum), io.LimitReader(in, f.Size+1))
	err = errors.Join(err, out.Close())
	if err == nil && (n != f.Size || hex.EncodeToString(sum.Sum(nil)) != f.Sum) {
		err = errDamaged
	}
	return err
}

// read reads a whole key of at most most bytes.
func (b *Bucket) read(ctx context.Context, key string, most int64) (text []byte, err error) {
	err = b.retry(ctx, b.at(key), func() error {
		in, err := b.store.Open(ctx, key)
		if err != nil {
			return err
		}
		defer in.Close()
		text, err = io.ReadAll(io.LimitReader(in, most+1))
		return err
	})
	if err == nil && int64(len(text)) > most {
		err = fmt.Errorf("%s has more than %d MiB", b.at(key), most>>20)
	}
	return text, err
}
