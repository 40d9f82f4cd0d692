package reports

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/otlptranslator"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	"github.com/prometheus/prometheus/promql/parser"
	collector "go.opentelemetry.io/proto/slim/otlp/collector/metrics/v1"
	"google.golang.org/protobuf/proto"

	"github.com/fanbench/fanbench/bench/metric"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/push"
	"github.com/fanbench/fanbench/reports/summary"
)

// everyFigure is a run in which every metric is known.
func everyFigure(t *testing.T) *summary.Run {
	t.Helper()
	s := *rendered(t, "run").Summary
	v, usage := 0.5, map[string]float64{}
	for _, m := range metric.All {
		usage[m.Name()] = v
	}
	tenants := []summary.TenantLoad{{Name: "a", Batches: 3, Goodput: &v, P50: &v, P99: &v}, {Name: `b "\`, Goodput: &v}}
	s.Scenarios = append(slices.Clone(s.Scenarios), &summary.Scenario{
		Name: "load", Metric: "p99 response time", Rate: 50, Baseline: "errgroup", Assertions: []summary.Assertion{{Outcome: summary.AssertionOpen}},
		Strategies: []*summary.Strategy{{
			Strategy: "errgroup", Failure: summary.Unstable, Makespan: &summary.Spread{Median: 2, Interval: stat.Interval{Low: 1, High: 3}},
			Usage:    usage,
			Promised: &results.Promised{Kept: results.Breaks},
			Load:     &summary.Load{Batches: 9, Rate: 49, Goodput: &v, P50: &v, P99: &v, Mean: &v, Slowest: 4, Tenants: tenants},
		}},
	})
	// Two rounds have no interval.
	s.Scenarios = append(s.Scenarios, &summary.Scenario{Name: "short", Strategies: []*summary.Strategy{{
		Strategy: "errgroup", Makespan: &summary.Spread{Median: 2, Interval: stat.Interval{Low: math.Inf(-1), High: math.Inf(1)}},
	}}})
	s.Capacities = []summary.Capacity{{Strategy: "errgroup", Promise: "p99<=250ms", Keeps: &v, Breaks: &v}}
	return &s
}

// samples are those of a text: values by name and labels, as Prometheus reads them.
func samples(t *testing.T, text []byte) map[string]float64 {
	t.Helper()
	p := textparse.NewOpenMetricsParser(text, labels.NewSymbolTable())
	found := map[string]float64{}
	typed, unit := "", ""
	for {
		entry, err := p.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatalf("not OpenMetrics: %v\n%s", err, text)
		}
		switch entry {
		case textparse.EntryType:
			name, kind := p.Type()
			if typed, unit = string(name), ""; kind != model.MetricTypeGauge {
				t.Errorf("%s is a %s", name, kind)
			}
		case textparse.EntryUnit:
			_, u := p.Unit()
			unit = string(u)
		case textparse.EntrySeries:
			_, at, v := p.Series()
			var l labels.Labels
			p.Labels(&l)
			if _, twice := found[l.String()]; twice || at != nil || l.Get("__name__") != typed {
				t.Errorf("%s: twice (%v), with a timestamp, or not of %s", l, twice, typed)
			}
			if math.IsInf(v, 0) || math.IsNaN(v) {
				t.Errorf("%s is %v", l, v)
			}
			if !strings.HasSuffix(typed, unit) {
				t.Errorf("%s does not end in its unit %s", typed, unit)
			}
			found[l.String()] = v
		}
	}
}

// The text is what Prometheus's parser of OpenMetrics and a Pushgateway's parser of the older
// format read, and both read the same.
func TestMetricsAreReadByPrometheusAndAPushgateway(t *testing.T) {
	text, err := OpenMetrics(everyFigure(t))
	if err != nil {
		t.Fatal(err)
	}
	got := samples(t, text)
	text004 := expfmt.NewTextParser(model.LegacyValidation)
	older, err := text004.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("not the older format: %v", err)
	}
	n := 0
	for _, f := range older {
		for _, m := range f.Metric {
			n++
			pairs := []string{"__name__", f.GetName()}
			for _, l := range m.Label {
				pairs = append(pairs, l.GetName(), l.GetValue())
			}
			if l := labels.FromStrings(pairs...).String(); got[l] != m.Gauge.GetValue() {
				t.Errorf("%s is %v, and %v in the older format", l, got[l], m.Gauge.GetValue())
			}
		}
	}
	if n != len(got) || n == 0 {
		t.Errorf("%d samples, and %d in the older format", len(got), n)
	}
	// Every family is in the text: none has a function that finds nothing.
	for _, f := range families {
		if !bytes.Contains(text, []byte("# TYPE "+f.full()+" gauge\n")) {
			t.Errorf("%s has no sample", f.full())
		}
	}
	problems, err := promlint.New(bytes.NewReader(text)).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("promlint: %v, %v", problems, err)
	}
}

// Figures are those of the summary, in their units.
func TestMetricsAreThoseOfTheSummary(t *testing.T) {
	r := rendered(t, "run")
	text, err := os.ReadFile(filepath.Join(r.dir, "metrics.txt"))
	if err != nil {
		t.Fatal(err)
	}
	got := samples(t, text)
	for _, sc := range r.Summary.Scenarios {
		for _, st := range sc.Strategies {
			want := map[string]*float64{
				"efficiency_ratio": st.Efficiency, "lower_bound_seconds": st.Bound, "cpu_seconds": st.CPU, "peak_rss_bytes": st.PeakRSS,
				"threads": st.Threads, "failed_tasks": number(st.Failed), "load_goodput_ratio": nil,
			}
			if st.Makespan != nil {
				want["makespan_seconds"] = &st.Makespan.Median
				want["throughput_tasks_per_second"] = number(0)
				*want["throughput_tasks_per_second"] = float64(sc.Tasks) / st.Makespan.Median
			}
			for name, v := range want {
				key := labels.FromStrings("__name__", "fanbench_"+name, "run", r.Summary.Run, "scenario", sc.Name, "strategy", st.Strategy).String()
				if f, known := got[key]; known != (v != nil) || known && f != *v {
					t.Errorf("%s is %v (%v)", key, f, known)
				}
			}
		}
	}
}

// What is sent by OTLP has the names of the text again where names of Prometheus are made of it.
func TestMetricsHaveTheSameNamesByOTLP(t *testing.T) {
	list := Metrics(everyFigure(t))
	body, err := push.Encode(list, time.Unix(1, 0), "")
	if err != nil {
		t.Fatal(err)
	}
	var request collector.ExportMetricsServiceRequest
	if err := proto.Unmarshal(body, &request); err != nil {
		t.Fatal(err)
	}
	sent := request.ResourceMetrics[0].ScopeMetrics[0].Metrics
	if len(sent) != len(families) || len(list) != len(families) {
		t.Fatalf("%d of %d metrics", len(sent), len(families))
	}
	namer := otlptranslator.MetricNamer{WithMetricSuffixes: true}
	for i, m := range sent {
		name, err := namer.Build(otlptranslator.Metric{Name: m.Name, Unit: m.Unit, Type: otlptranslator.MetricTypeGauge})
		if err != nil || name != families[i].full() {
			t.Errorf("%s in %q becomes %s, want %s (%v)", m.Name, m.Unit, name, families[i].full(), err)
		}
	}
}

// The table of docs/metrics.md is the table of the code.
func TestMetricsAreDocumented(t *testing.T) {
	var want strings.Builder
	want.WriteString("| metric | labels | |\n|---|---|---|\n")
	for _, f := range families {
		cells := []string{"", "`" + f.full() + "`", strings.Join(strings.Fields(f.labels), ", "), f.help, ""}
		want.WriteString(strings.ReplaceAll(strings.TrimSpace(strings.Join(cells, " | ")), "|  |", "| |") + "\n")
	}
	text, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	if _, table, ok := strings.Cut(string(text), "| metric |"); !ok || !strings.Contains(string(text), want.String()) {
		t.Errorf("docs/metrics.md lacks the table (-want +got):\n%s", cmp.Diff(want.String(), "| metric |"+table))
	}
}

// dashboard is what the test reads of examples/grafana/fanbench.json.
type dashboard struct {
	Panels []struct {
		Title   string
		Targets []struct{ Expr string }
		GridPos struct{ X, Y, W, H int }
	}
	Templating struct {
		List []struct{ Name, Type, Definition string }
	}
}

// The dashboard's queries are PromQL that asks only for metrics and labels that the exporter
// writes, and for variables that the dashboard has.
func TestTheDashboardAsksForWhatIsWritten(t *testing.T) {
	text, err := os.ReadFile("../examples/grafana/fanbench.json")
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	written := map[string][]string{}
	for _, f := range families {
		written[f.full()] = append([]string{"run"}, strings.Fields(f.labels)...)
	}
	variables := map[string]string{"__range": "1h", "__rate_interval": "5m"}
	queries := map[string][]string{}
	for _, v := range d.Templating.List {
		variables[v.Name] = "x"
		if v.Type == "query" {
			query, ok := strings.CutPrefix(v.Definition, "label_values(")
			series, label, found := strings.Cut(strings.TrimSuffix(query, ")"), ", ")
			if !ok || !found {
				t.Fatalf("variable %s: %s", v.Name, v.Definition)
			}
			queries["variable "+v.Name] = []string{"max by (" + label + ") (" + series + ")"}
		}
	}
	for _, p := range d.Panels {
		for _, q := range p.Targets {
			queries[p.Title] = append(queries[p.Title], q.Expr)
		}
	}
	asked := 0
	parse := parser.NewParser(parser.Options{})
	for title, list := range queries {
		for _, q := range list {
			q = os.Expand(q, func(name string) string {
				if variables[name] == "" {
					t.Errorf("%s: the dashboard has no variable %s", title, name)
				}
				return variables[name]
			})
			expr, err := parse.ParseExpr(q)
			if err != nil {
				t.Errorf("%s: %v in %s", title, err, q)
				continue
			}
			known := []string{}
			parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
				if s, ok := node.(*parser.VectorSelector); ok {
					asked++
					if written[s.Name] == nil {
						t.Errorf("%s: the exporter writes no %s", title, s.Name)
					}
					known = append(known, written[s.Name]...)
					for _, m := range s.LabelMatchers {
						if m.Name != model.MetricNameLabel && !slices.Contains(written[s.Name], m.Name) {
							t.Errorf("%s: %s has no label %s", title, s.Name, m.Name)
						}
					}
				}
				return nil
			})
			parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
				if a, ok := node.(*parser.AggregateExpr); ok {
					for _, label := range a.Grouping {
						if !slices.Contains(known, label) {
							t.Errorf("%s: no metric of %s has the label %s", title, q, label)
						}
					}
				}
				return nil
			})
		}
	}
	if asked < 20 {
		t.Errorf("only %d metrics are asked for", asked)
	}
	for i, p := range d.Panels {
		for _, q := range d.Panels[:i] {
			a, b := p.GridPos, q.GridPos
			if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H || a.X+a.W > 24 {
				t.Errorf("%s overlaps %s, or is wider than the grid", p.Title, q.Title)
			}
		}
	}
}
