package mockserver

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// recordingsDir is where Keep puts recordings.
const recordingsDir = "recordings"

// Keep returns the same latency, drawn from copies of the recordings that it was read
// from, if any, which are put below the directory dir and are named from there: what
// names it in a file in dir goes on to be read when dir has been moved and the
// recordings are gone. A copy holds the values, each once and with its count, and
// nothing else of the recording; its name tells other values apart, so that latencies that
// are written equally are equal.
func (l Latency) Keep(dir string) (Latency, error) {
	d, err := l.d.keep(dir, durationUnit)
	return Latency{d}, err
}

// Absolute returns the same latency with the full names of the files that it is read
// from: one that can be parsed wherever a process runs.
func (l Latency) Absolute() (Latency, error) {
	d, err := l.d.absolute()
	return Latency{d}, err
}

// Keep returns the same configuration with every distribution kept, as Latency.Keep does.
func (c Config) Keep(dir string) (Config, error) {
	return c.mapped(func(d distribution, u unit) (distribution, error) { return d.keep(dir, u) })
}

// Absolute returns the same configuration with the full names of the files that its
// distributions are read from.
func (c Config) Absolute() (Config, error) {
	return c.mapped(func(d distribution, _ unit) (distribution, error) { return d.absolute() })
}

// mapped puts what f makes of it in the place of every distribution.
func (c Config) mapped(f func(distribution, unit) (distribution, error)) (Config, error) {
	var errs []error
	apply := func(d *distribution, u unit) {
		var err error
		*d, err = f(*d, u)
		errs = append(errs, err)
	}
	apply(&c.Latency.d, durationUnit)
	apply(&c.Size.d, sizeUnit)
	c.Routes = slices.Clone(c.Routes)
	for i := range c.Routes {
		apply(&c.Routes[i].Latency.d, durationUnit)
		apply(&c.Routes[i].Size.d, sizeUnit)
	}
	return c, errors.Join(errs...)
}

// keep puts copies in the place of recordings.
func (d distribution) keep(dir string, u unit) (distribution, error) {
	return d.reread(func(d distribution) ([]argument, *recording, error) {
		name, err := d.recording.write(dir, u)
		if err != nil {
			return nil, nil, fmt.Errorf("keeping %s: %w", d.recording.path, err)
		}
		copied := *d.recording
		copied.path = filepath.Join(dir, filepath.FromSlash(name))
		return []argument{
			{key: "file", text: name}, {key: "column", text: valueColumn}, {key: "count", text: countColumn}, {key: "unit", text: u.base},
		}, &copied, nil
	})
}

// absolute puts their full names in the place of recordings' names.
func (d distribution) absolute() (distribution, error) {
	return d.reread(func(d distribution) ([]argument, *recording, error) {
		full, err := filepath.Abs(d.recording.path)
		if err != nil {
			return nil, nil, err
		}
		arguments := slices.Clone(d.arguments)
		arguments[0].text = full // an empirical distribution's file
		return arguments, d.recording, nil
	})
}

// reread returns the same distribution, read from elsewhere: of each empirical one that
// it is or is made of, f returns the arguments that then stand for it and the recording.
func (d distribution) reread(f func(distribution) ([]argument, *recording, error)) (distribution, error) {
	if d.recording == nil {
		d.arguments = slices.Clone(d.arguments)
		for i, a := range d.arguments {
			if a.part == nil {
				continue
			}
			part, err := a.part.reread(f)
			if err != nil {
				return d, err
			}
			d.arguments[i].part = &part
		}
		return d, nil
	}
	arguments, r, err := f(d)
	if err != nil {
		return d, err
	}
	for _, a := range d.arguments {
		if a.key == rhoKey && !slices.Contains(arguments, a) {
			arguments = append(arguments, a)
		}
	}
	d.arguments, d.recording = arguments, r
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
