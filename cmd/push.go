package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/fanbench/fanbench/internal/push"
	"github.com/fanbench/fanbench/internal/quote"
	"github.com/fanbench/fanbench/reports"
	"github.com/fanbench/fanbench/reports/summary"
)

// pushFlags say where the metrics of a run are sent when it has ended.
type pushFlags struct{ push, otlp string }

func addPushFlags(c *cobra.Command, f *pushFlags) {
	c.Flags().StringVar(&f.push, "push", "", "at the end, send metrics.txt to this URL of a Prometheus Pushgateway, or of another system that takes OpenMetrics (docs/metrics.md)")
	c.Flags().StringVar(&f.otlp, "otlp", "", "at the end, send the metrics to this URL by OTLP, OpenTelemetry's protocol; env: to OTEL_EXPORTER_OTLP_ENDPOINT")
	completeFlag(c, "push", cobra.NoFileCompletions)
	completeFlag(c, "otlp", cobra.FixedCompletions([]string{push.FromEnvironment}, cobra.ShellCompDirectiveNoFileComp))
}

// delivery is what is sent where.
type delivery struct {
	flag string
	to   *push.Destination
	body func(s *summary.Run) ([]byte, error)
}

// deliveries returns what the flags ask for. Its error names every mistake in them and in the
// environment.
func (f pushFlags) deliveries() (list []delivery, err error) {
	var errs []error
	add := func(flag, address string, parse func(string, func(string) string) (*push.Destination, error), body func(*summary.Run) ([]byte, error)) {
		if address == "" {
			return
		}
		to, err := parse(address, os.Getenv)
		if err != nil {
			errs = append(errs, fmt.Errorf("--%s: %w", flag, err))
			return
		}
		list = append(list, delivery{flag, to, body})
	}
	add("push", f.push, push.Text, reports.OpenMetrics)
	add("otlp", f.otlp, push.OTLP, func(s *summary.Run) ([]byte, error) {
		at := s.Ended
		if at.IsZero() { // the run is still in progress, or was killed
			at = s.Started
		}
		return push.Encode(reports.Metrics(s), at, s.Fanbench)
	})
	return list, errors.Join(errs...)
}

// send sends the metrics of the run in dir and tells how that went. A system that does not take
// them is no failure of the run: its figures are in dir, and can be sent again.
func (f pushFlags) send(ctx context.Context, stderr io.Writer, s *summary.Run, dir string) {
	list, err := f.deliveries()
	if err != nil { // the environment has changed since the command began
		complain(stderr, err)
	}
	ctx = context.WithoutCancel(ctx) // a run that was interrupted is sent too; a second signal ends the process
	for _, d := range list {
		body, err := d.body(s)
		if err == nil {
			err = d.to.Send(ctx, body)
		}
		if err != nil {
			complain(stderr, fmt.Errorf("warning: the metrics were not all sent to %s: %w\nnothing is lost; to send them again: fanbench report --no-charts --%s %s %s", d.to, err, d.flag, f.again(d), quote.Printable(dir)))
			continue
		}
		fmt.Fprintf(stderr, "metrics sent to %s\n", d.to)
	}
}

// again is the value of the delivery's flag, as it may be shown.
func (f pushFlags) again(d delivery) string {
	if d.flag == "otlp" && f.otlp == push.FromEnvironment {
		return f.otlp
	}
	return d.to.String()
}
