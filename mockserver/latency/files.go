package latency

import (
	"path/filepath"
	"slices"
	"strings"
)

// Files is where recordings may be read from. Its methods are Parse, New and ParseSize for
// those files. With the zero value, which those functions use, relative file names start
// from the working directory.
type Files struct {
	dir string
	no  error // why no file may be read; nil if files may be
}

// Beside returns files whose relative names start from the directory dir, such as that of
// the file that names them.
func Beside(dir string) Files { return Files{dir: dir} }

// NoFiles refuses every distribution that names a file, with the given reason.
func NoFiles(reason error) Files { return Files{no: reason} }

// ParseLatency is Parse.
func (f Files) ParseLatency(short string) (Latency, error) {
	d, err := parseDistribution(short, f, durationUnit)
	return Latency{d}, err
}

// NewLatency is New.
func (f Files) NewLatency(dist string, params map[string]string) (Latency, error) {
	d, err := newDistribution(dist, sortedArguments(params), f, durationUnit)
	return Latency{d}, err
}

// ParseSize is ParseSize, the function.
func (f Files) ParseSize(short string) (Size, error) {
	d, err := parseDistribution(short, f, sizeUnit)
	return Size{d}, err
}

// NewSize is ParseSize for a name and parameters that are apart already.
func (f Files) NewSize(dist string, params map[string]string) (Size, error) {
	d, err := newDistribution(dist, sortedArguments(params), f, sizeUnit)
	return Size{d}, err
}

// ParseCount reads the short form of a Count.
func (f Files) ParseCount(short string) (Count, error) {
	d, err := parseDistribution(short, f, countUnit)
	return Count{d}, err
}

// NewCount is ParseCount for a name and parameters that are apart already.
func (f Files) NewCount(dist string, params map[string]string) (Count, error) {
	d, err := newDistribution(dist, sortedArguments(params), f, countUnit)
	return Count{d}, err
}

// ParameterError is what is wrong with one parameter of a distribution. An error about a
// distribution joins one for each mistake in its parameters. The text names both, the
// distribution and the parameter.
type ParameterError struct {
	Parameter string // its name; "" if the error is about the distribution
	Err       error
}

// Error is what is wrong.
func (e *ParameterError) Error() string { return e.Err.Error() }

// Unwrap returns what is wrong.
func (e *ParameterError) Unwrap() error { return e.Err }

// path returns the path of a file that a distribution names.
func (f Files) path(name string) (string, error) {
	if f.no != nil {
		return "", f.no
	}
	if filepath.IsAbs(name) {
		return name, nil
	}
	return filepath.Join(f.dir, name), nil
}

// sortedArguments are parameters in the order of their names, so that errors come in one
// order.
func sortedArguments(params map[string]string) []argument {
	var list []argument
	for k, v := range params {
		list = append(list, argument{key: k, text: v})
	}
	slices.SortFunc(list, func(a, b argument) int { return strings.Compare(a.key, b.key) })
	return list
}
