// Package cmd is fanbench's command line: arguments in, exit status out. Each subcommand is
// one file without logic of its own. It is a package so that a program that registers its
// own strategies gets the whole command line with one call of Main.
package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/internal/cgroup"
	"github.com/fanbench/fanbench/internal/quote"
	"github.com/fanbench/fanbench/internal/screen"
	"github.com/fanbench/fanbench/internal/suggest"
	_ "github.com/fanbench/fanbench/strategies/all" // registers the built-in strategies
)

// The exit statuses. Scripts rely on them.
const (
	exitOK          = 0
	exitFailed      = 1   // something failed at run time: the environment, or a strategy
	exitUsage       = 2   // the command line or a scenario is wrong; nothing was run
	exitGate        = 3   // an assertion does not hold, or there is a regression beyond the limit
	exitInvalid     = 4   // the measurement is invalid or inconclusive
	exitInterrupted = 130 // by Ctrl-C or SIGTERM; what was measured is kept and rendered
)

// usageError is a mistake in the user's input.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// statusError ends the command with a status and, unless it is nil, an error.
type statusError struct {
	status int
	error
}

func (e statusError) Unwrap() error { return e.error }

// Main runs fanbench with the process's arguments and streams and returns the exit
// status.
func Main() int {
	cgroup.SetGOMAXPROCS()
	takeAsErrors()
	bench.ServeIfWorker()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go interruptions(signals, cancel, func() { os.Exit(exitInterrupted) })
	return run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
}

// repeat is the time within which a second signal counts as the same one: timeout(1)
// signals its child and then the child's process group.
const repeat = 500 * time.Millisecond

// interruptions calls first at the first signal, which ends the command in order. It calls
// second at the next signal that is not a repeat, which ends the process.
func interruptions(signals <-chan os.Signal, first, second func()) {
	if _, open := <-signals; !open {
		return
	}
	first()
	for at := time.Now(); time.Since(at) <= repeat; {
		if _, open := <-signals; !open {
			return
		}
	}
	second()
}

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	// Until a subcommand begins, every error is a usage error.
	begun := false
	for _, c := range root.Commands() {
		if body := c.RunE; body != nil {
			c.RunE = func(c *cobra.Command, args []string) error {
				begun = true
				return body(c, args)
			}
		}
	}
	called, err := root.ExecuteContextC(ctx)
	var status statusError
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &status):
		complain(stderr, status.error)
		return status.status
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return exitInterrupted // before anything was measured
	case errors.As(err, &usage):
		complain(stderr, err)
		return exitUsage
	case !begun:
		complain(stderr, err)
		fmt.Fprintf(stderr, "See '%s --help'.\n", called.CommandPath())
		return exitUsage
	}
	complain(stderr, err)
	return exitFailed
}

// longestMessage is how much of a line of an error is printed, in bytes.
const longestMessage = 2000

// complain prints an error, keeping its line breaks. On a terminal its lines are wrapped;
// elsewhere each stays one line, as programs expect. Control characters, which may come from
// files and programs, are escaped as in Go.
func complain(stderr io.Writer, err error) {
	if err == nil {
		return
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		line = quote.Printable(line)
		if len(line) > longestMessage {
			line = strings.ToValidUTF8(line[:longestMessage], "") + "..."
		}
		line = "fanbench: " + line
		if on := screen.Of(stderr); on.Terminal {
			line = on.Wrap(line)
		}
		fmt.Fprintln(stderr, line)
	}
}

// Root returns the command line, for programs that describe it, such as cmd/manual.
func Root() *cobra.Command { return newRoot() }

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "fanbench",
		Short: "Which concurrency strategy should this fan-out use, and with which limit?",
		Long: `fanbench runs concurrency strategies over the same batch of tasks, against a local
server that injects latency or against your own service. It tells which is faster,
by how much, with what confidence, how far it is from the lower bound, and at what
cost.

Exit status: 0 ok; 1 failed at run time, also when a strategy crashed, hung, lost work
or failed too many tasks; 2 wrong usage or scenario; 3 an assertion failed or a
regression is beyond its limit; 4 the measurement is invalid or inconclusive; 130
interrupted.`,
		Example: `  fanbench run                                            ten calls of 200 ms, four strategies
  fanbench run -n 64 --latency lognormal:p50=20ms,p99=200ms
  fanbench run --urls urls.txt --strategies sequential,fixed-pool:workers=8
  fanbench run scenario.yaml
  fanbench advise scenario.yaml                           what to use, with which limit, and why
  fanbench report reports/latest`,
		Version:               versionLine(),
		SilenceErrors:         true,
		SilenceUsage:          true,
		DisableFlagsInUseLine: true,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			var known []string
			for _, sub := range c.Commands() {
				if !sub.Hidden {
					known = append(known, sub.Name())
				}
			}
			return suggest.Unknown("command", args[0], known)
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetFlagErrorFunc(plainFlagError)
	root.SetVersionTemplate("{{.Version}}\n")
	root.Flags().BoolP("version", "V", false, "print fanbench's version, commit and Go version")
	root.AddCommand(newRunCmd(), newAdviseCmd(), newReportCmd(), newMergeCmd(), newUploadCmd(), newShardCmd(), newCompareCmd(), newPredictCmd(), newDoctorCmd(), newServeCmd(), newListCmd(), newSemanticsCmd(), newInitCmd(), newSchemaCmd(), newVersionCmd(), newSemanticsCellCmd())
	root.InitDefaultCompletionCmd()
	completeFlags(root)
	wrapHelp(root)
	return root
}
