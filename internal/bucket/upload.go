package bucket

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/internal/plainfile"
)

// CompleteError is that a shard is complete by another attempt.
type CompleteError struct{ Shard results.Shard } // with that attempt

// Error says so.
func (e *CompleteError) Error() string {
	return fmt.Sprintf("shard %v is complete already, by attempt %s", e.Shard, e.Shard.Attempt)
}

// Complete returns the marker of a shard, nil if it is not complete.
func (b *Bucket) Complete(ctx context.Context, s results.Shard) (*Marker, error) {
	text, err := b.read(ctx, markerKey(s), maxMarker)
	if errors.Is(err, ErrMissing) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	m, err := decodeMarker(text, s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", b.at(markerKey(s)), err)
	}
	return &m, nil
}

// uploads is how many files are sent at once.
const uploads = 8

// Upload sends the measured files of a shard, and the marker last. progress, which may be nil,
// is called with the bytes sent so far and in all, not concurrently. If another attempt was
// first, the error is a *CompleteError: the shard is complete, and this attempt counts for
// nothing.
func (b *Bucket) Upload(ctx context.Context, run *results.Run, progress func(sent, all int64)) error {
	shard := run.Shard
	if shard.Attempt == "" {
		return errors.New("the run has no attempt, so it is no shard")
	}
	m := Marker{Schema: markerSchema, Measurement: run.Measurement(), Shard: shard}
	names, err := run.Files()
	if err != nil {
		return err
	}
	sums := map[string][]byte{} // MD5
	all := int64(0)
	for _, name := range names {
		f, md5, err := describe(run.Dir, name)
		if err != nil {
			return err
		}
		m.Files, sums[name] = append(m.Files, f), md5
		all += f.Size
	}
	slices.SortFunc(m.Files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	if err := checkFiles(m.Files); err != nil {
		return err
	}
	var sent atomic.Int64
	var g errgroup.Group
	g.SetLimit(uploads)
	telling := make(chan struct{}, 1)
	for _, f := range m.Files {
		g.Go(func() error {
			err := b.retry(ctx, b.at(fileKey(shard, f.Name)), func() error { return b.send(ctx, run.Dir, shard, f, sums[f.Name]) })
			if err == nil && progress != nil {
				telling <- struct{}{}
				progress(sent.Add(f.Size), all)
				<-telling
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return b.complete(ctx, m)
}

// send sends one file. If it is no longer what it was, the sums differ, and Download refuses it.
func (b *Bucket) send(ctx context.Context, dir string, s results.Shard, f File, md5 []byte) error {
	in, err := plainfile.Open(filepath.Join(dir, filepath.FromSlash(f.Name)), plainfile.MaxRun)
	if err != nil {
		return err
	}
	defer in.Close()
	return b.store.Put(ctx, fileKey(s, f.Name), in, md5)
}

// complete writes the marker, unless there is one.
func (b *Bucket) complete(ctx context.Context, m Marker) error {
	text, err := m.encode()
	if err != nil {
		return err
	}
	key := markerKey(m.Shard)
	err = b.retry(ctx, b.at(key), func() error { return b.store.Create(ctx, key, text) })
	if !errors.Is(err, ErrExists) {
		return err
	}
	there, err := b.Complete(ctx, m.Shard)
	switch {
	case err != nil:
		return err
	case there == nil:
		return fmt.Errorf("%s: it was there, and is gone", b.at(key))
	case there.Measurement != m.Measurement:
		return OtherMeasurementError(b.name, there.Measurement, m.Measurement)
	case there.Shard.Attempt != m.Shard.Attempt: // else our own: the answer to an earlier try was lost
		return &CompleteError{there.Shard}
	}
	return nil
}

// OtherMeasurementError is the error for a bucket that has shards of something else.
func OtherMeasurementError(bucket, there, here string) error {
	return fmt.Errorf("%s has a shard of another measurement; give each measurement its own prefix:\nthere: %s\nhere:  %s", bucket, there, here)
}

// describe returns the size and the sums of a file.
func describe(dir, name string) (f File, md5Sum []byte, err error) {
	in, err := plainfile.Open(filepath.Join(dir, filepath.FromSlash(name)), plainfile.MaxRun)
	if err != nil {
		return f, nil, err
	}
	defer in.Close()
	sum, check := sha256.New(), md5.New()
	n, err := io.Copy(io.MultiWriter(sum, check), in)
	return File{name, n, hex.EncodeToString(sum.Sum(nil))}, check.Sum(nil), err
}

// at returns what messages call a key.
func (b *Bucket) at(key string) string {
	name, query, _ := strings.Cut(b.name, "?")
	if query != "" {
		query = "?" + query
	}
	return strings.TrimSuffix(name, "/") + "/" + key + query
}
