// Command hostile treats fanbench as a hostile user, a broken strategy or a failing machine
// would, many times, and counts how often fanbench kept its promises.
//
// Each series (kill, signals, misbehave, ...) is one file. It states a promise and how it is
// tested, and counts the tries. The counts go to standard output as a table and to
// reliability.md, which is the end of docs/reliability.md. The exit status is 1 if a promise
// was broken or a series could not be carried out, and 2 for wrong usage.
//
// The program is also the fanbench under test: with the variable actAs set, it is fanbench
// with the misbehaving strategies registered.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fanbench/fanbench/cmd"
)

// allSeries are the series in the order in which they run. Add yours here.
var allSeries = slices.Concat(processSeries, []series{damage})

func main() {
	if os.Getenv(actAs) != "" {
		registerMisbehaving()
		os.Exit(cmd.Main())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	switch err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); {
	case errors.Is(err, flag.ErrHelp):
	case errors.As(err, new(usageError)):
		fmt.Fprintln(os.Stderr, "hostile:", err)
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "hostile:", err)
		os.Exit(1)
	}
}

// usageError is a mistake on the command line.
type usageError struct{ error }

// options say which series run, and for how long.
type options struct {
	series []series
	seed   uint64
	limit  time.Duration // for each series, which starts no further try after it
	out    string
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	r, err := o.run(ctx, stderr)
	if r == nil {
		return err
	}
	if _, writeErr := io.WriteString(stdout, r.text()); writeErr != nil {
		err = errors.Join(err, writeErr)
	}
	return errors.Join(err, r.write(o.out), r.broken())
}

// parse reads the command line.
func parse(args []string, stderr io.Writer) (options, error) {
	o := options{}
	flags := flag.NewFlagSet("hostile", flag.ContinueOnError)
	flags.SetOutput(stderr)
	names := flags.String("series", seriesNames(), "comma-separated `names` of the series to run")
	flags.Uint64Var(&o.seed, "seed", 1, "seed of the random moments and damage")
	flags.DurationVar(&o.limit, "limit", 3*time.Minute, "time for each series, after which it starts no further try")
	flags.StringVar(&o.out, "out", filepath.Join("reports", "hostile"), "directory to write reliability.md to")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return o, err
		}
		return o, usageError{err}
	}
	var errs []error
	if rest := flags.Args(); len(rest) > 0 {
		errs = append(errs, fmt.Errorf("unexpected argument %q: only flags are accepted", rest))
	}
	if o.limit <= 0 {
		errs = append(errs, fmt.Errorf("-limit: %v: want a time above 0", o.limit))
	}
	for name := range strings.SplitSeq(*names, ",") {
		s, ok := findSeries(strings.TrimSpace(name))
		if !ok {
			errs = append(errs, fmt.Errorf("-series: unknown series %q (known: %s)", name, seriesNames()))
			continue
		}
		o.series = append(o.series, s)
	}
	if err := errors.Join(errs...); err != nil {
		return o, usageError{err}
	}
	return o, nil
}

// run carries out the series, one after the other. If one cannot be carried out, it still
// continues with the others.
func (o options) run(ctx context.Context, progress io.Writer) (*outcomes, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding this program: %w", err)
	}
	dir, err := os.MkdirTemp("", "fanbench-hostile-")
	if err != nil {
		return nil, err
	}
	r := newResults(o.seed)
	var errs []error
	for _, s := range o.series {
		if ctx.Err() != nil {
			break
		}
		fmt.Fprintf(progress, "%s: for up to %v\n", s.name, o.limit)
		t, err := newTries(s, self, filepath.Join(dir, s.name), o.seed, o.limit, progress)
		if err == nil {
			err = s.run(ctx, t)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s.name, err))
		}
		if t != nil {
			r.add(t)
		}
	}
	r.end()
	return r, errors.Join(append(errs, ctx.Err(), os.RemoveAll(dir))...)
}
