package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fanbench/fanbench/internal/keyed"
	"github.com/fanbench/fanbench/internal/mockyaml"
	"github.com/fanbench/fanbench/internal/plainfile"
	"github.com/fanbench/fanbench/internal/screen"
	"github.com/fanbench/fanbench/internal/strictyaml"
	"github.com/fanbench/fanbench/mockserver"
	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/latency"
)

// drainTime is the maximum time for requests in flight to end after a signal. A second
// signal ends them at once.
const drainTime = 30 * time.Second

// serveFlags are the command-line values. Each overrides the file's value.
type serveFlags struct {
	config, addr, adminAddr, engine, latency, size string
	slots, queue                                   int
	seed                                           uint64
	tls, allowRemote, stopOnStdinEOF               bool
}

func newServeCmd() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve requests with injected latency: the mock server alone",
		Long: `Serve HTTP with injected latency, queueing and faults.

The latency of a request is a pure function of the seed and of the round and task in its
query, such as GET /?round=3&task=17. Requests without them are numbered in order of
arrival. A request can also ask for ?delay=1300us, ?status=503 or ?size=64KiB.

When ready it prints three lines to standard output, "listening on URL", "admin on URL"
and "admin token TOKEN". The admin API has GET /counters, POST /reset, GET and POST
/config, GET /metrics (Prometheus) and GET /healthz. A POST needs the token:

  curl -X POST -H "Authorization: Bearer $TOKEN" \
    $ADMIN/reset
  curl -H "Authorization: Bearer $TOKEN" \
    -H "Content-Type: application/yaml" \
    --data 'latency: 5ms' $ADMIN/config

On SIGINT or SIGTERM it stops accepting, lets requests in flight end, and prints to
standard error a comparison of the achieved latencies with the requested ones.

A latency is a distribution and its parameters: constant:2s, uniform:min=1ms,max=2ms,
normal:mean=20ms,stddev=2ms, lognormal:p50=20ms,p99=200ms, exponential:mean=20ms,
pareto:min=1ms,shape=1.5, weibull:scale=20ms,shape=0.8,
mixture:(constant:2ms)=0.9,(constant:1s)=0.1, empirical:file=took.csv,column=ms,unit=ms.
Each also takes rho, from 0 to less than 1: with it, slow requests come in bursts.`,
		Example: `  fanbench serve --latency lognormal:p50=20ms,p99=200ms
  fanbench serve --addr 127.0.0.1:8080 --latency exponential:mean=10ms --slots 4 --queue 100
  fanbench serve --config examples/mockserver/flaky.yaml --seed 7
  fanbench serve --tls --latency constant:5ms     # HTTP/2; the admin API has the certificate at /ca.pem`,
		Args: noArguments,
	}
	flags := cmd.Flags()
	flags.StringVar(&f.config, "config", "", "YAML `file` with the whole configuration; flags override it")
	flags.StringVar(&f.addr, "addr", "127.0.0.1:0", "`host:port` to listen on; port 0 means any free port")
	flags.StringVar(&f.adminAddr, "admin-addr", "127.0.0.1:0", "loopback `host:port` of the admin API")
	flags.StringVar(&f.latency, "latency", "constant:0s", "service time of requests, a `distribution`")
	flags.StringVar(&f.size, "size", "constant:0B", "size of response bodies, a `distribution` such as constant:64KiB")
	flags.IntVar(&f.slots, "slots", 0, "requests served at once; 0 means unlimited")
	flags.IntVar(&f.queue, "queue", 0, "requests that may wait for a slot; further ones get 503; without it all wait")
	flags.Uint64Var(&f.seed, "seed", 0, "seed of everything random")
	flags.StringVar(&f.engine, "engine", "", "`loop` (Linux, HTTP/1.1, precise) or nethttp (also HTTP/2 and TLS); default: loop if possible")
	flags.BoolVar(&f.tls, "tls", false, "serve HTTPS, with a certificate created at start")
	flags.BoolVar(&f.allowRemote, "allow-remote", false, "accept an --addr that other machines can reach")
	flags.BoolVar(&f.stopOnStdinEOF, "stop-on-stdin-eof", false, "stop when standard input is closed, for example because the parent process ended")
	if err := flags.MarkHidden("stop-on-stdin-eof"); err != nil {
		panic(err)
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := f.resolve(flags.Changed)
		if err != nil {
			return usageError{err}
		}
		return serve(cmd, c, f.stopOnStdinEOF)
	}
	return cmd
}

// resolve merges the file's configuration with the flags that were given.
func (f *serveFlags) resolve(given func(flag string) bool) (config.Config, error) {
	var c config.Config
	var from strictyaml.Source
	if f.config != "" {
		text, err := plainfile.Read(f.config, plainfile.MaxConfig)
		if err != nil {
			return c, fmt.Errorf("--config: %w", err)
		}
		from.File = strictyaml.New(f.config)
		if root := from.File.Root(text); root != nil {
			c = mockyaml.DecodeConfig(from.File, root)
		}
	}
	var errs []error
	set := func(flag string, apply func() error) {
		if !given(flag) {
			return
		}
		from.SetBy("--"+flag, strings.ReplaceAll(flag, "-", "_"))
		if err := apply(); err != nil {
			errs = append(errs, fmt.Errorf("--%s: %w", flag, err))
		}
	}
	set("addr", func() error { c.Addr = f.addr; return nil })
	set("admin-addr", func() error { c.AdminAddr = f.adminAddr; return nil })
	set("latency", func() (err error) {
		c.Latency, err = latency.Parse(f.latency)
		return err
	})
	set("size", func() (err error) {
		c.Size, err = latency.ParseSize(f.size)
		return err
	})
	set("slots", func() error { c.Slots = f.slots; return nil })
	set("queue", func() error {
		if c.Full == config.FullWait { // set by the file; the flag overrides it
			c.Full = ""
		}
		c.SetQueue(f.queue)
		return nil
	})
	set("seed", func() error { c.Seed = f.seed; return nil })
	set("engine", func() error { c.Engine = config.Engine(f.engine); return nil })
	set("tls", func() error { c.TLS = f.tls; return nil })
	set("allow-remote", func() error { c.AllowRemote = f.allowRemote; return nil })
	var wrong keyed.List
	errors.As(c.Validate(), &wrong)
	if err := mockserver.Supported(c); err != nil {
		wrong.Add("engine", "%w", err)
	}
	return c, errors.Join(from.Place("", wrong), errors.Join(errs...))
}

// serve runs the server until a signal, or the end of standard input if asked to.
func serve(cmd *cobra.Command, c config.Config, stopOnStdinEOF bool) error {
	ctx, cancel := context.WithCancel(cmd.Context()) // done at the first signal
	defer cancel()
	if stopOnStdinEOF {
		go func() {
			_, _ = io.Copy(io.Discard, cmd.InOrStdin()) // an error also counts as the end
			cancel()
		}()
	}
	mockserver.Dedicate()
	s, err := mockserver.Start(c)
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "listening on %s\nadmin on %s\nadmin token %s\n", s.URL(), s.AdminURL(), s.AdminToken())
	<-ctx.Done()
	drain, cut := context.WithTimeout(context.Background(), drainTime)
	defer cut()
	err = s.Shutdown(drain)
	requests, latencies, _ := strings.Cut(s.Counters().Summary(), "\n")
	fmt.Fprintf(cmd.ErrOrStderr(), "%s\n%s", screen.Of(cmd.ErrOrStderr()).Wrap(requests), latencies)
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("requests were still in flight %v after the signal and were cut off", drainTime)
	}
	return err
}
