package push

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/otlptranslator"
	collector "go.opentelemetry.io/proto/slim/otlp/collector/metrics/v1"
	metrics "go.opentelemetry.io/proto/slim/otlp/metrics/v1"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// environment is one of variables.
type environment map[string]string

func (e environment) get(name string) string { return e[name] }

// received is a request as a server got it.
type received struct {
	*http.Request
	body []byte
}

// system is a monitoring system that answers every request so.
func system(t *testing.T, status int, contentType string, body []byte) (*httptest.Server, *[]received) {
	t.Helper()
	var got []received
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got = append(got, received{r, text})
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Location", "http://elsewhere.example/?token=secret")
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}))
	t.Cleanup(s.Close)
	return s, &got
}

func TestTextIsPutToAPushgatewayAndPostedElsewhere(t *testing.T) {
	for path, want := range map[string]string{
		"":                                  "PUT /metrics/job/fanbench",
		"/":                                 "PUT /metrics/job/fanbench",
		"/metrics/job/nightly/branch/main":  "PUT /metrics/job/nightly/branch/main",
		"/pre/metrics/job@base64/Zm9v":      "PUT /pre/metrics/job@base64/Zm9v",
		"/api/v1/import/prometheus?extra=1": "POST /api/v1/import/prometheus?extra=1",
	} {
		s, got := system(t, http.StatusAccepted, "text/plain", nil)
		d, err := Text(s.URL+path, environment{TextHeaders: "Authorization=Bearer%20a%2Cb, X-Scope-OrgID=7"}.get)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Send(context.Background(), []byte("# EOF\n")); err != nil {
			t.Fatal(err)
		}
		r := (*got)[0]
		if line := r.Method + " " + r.RequestURI; line != want || string(r.body) != "# EOF\n" {
			t.Errorf("%s %q, want %s", line, r.body, want)
		}
		for name, want := range map[string]string{"Authorization": "Bearer a,b", "X-Scope-Orgid": "7", "Content-Type": "application/openmetrics-text; version=1.0.0; charset=utf-8"} {
			if r.Header.Get(name) != want {
				t.Errorf("%s is %q", name, r.Header.Get(name))
			}
		}
	}
}

// What a system refuses is told with its own words, and without secrets.
func TestRefusals(t *testing.T) {
	status := protowire.AppendTag(nil, 1, protowire.VarintType)
	status = protowire.AppendVarint(status, 3)
	status = protowire.AppendTag(status, 2, protowire.BytesType)
	status = protowire.AppendString(status, "out of order")
	partly := func(rejected int64, why string) []byte {
		b, err := proto.Marshal(&collector.ExportMetricsServiceResponse{PartialSuccess: &collector.ExportMetricsPartialSuccess{RejectedDataPoints: rejected, ErrorMessage: why}})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, c := range map[string]struct {
		of          func(string, func(string) string) (*Destination, error)
		status      int
		contentType string
		body        []byte
		want        string
	}{
		"text":             {Text, 400, "text/plain", []byte("pushed metrics\x1b are invalid\n"), `it answered 400 Bad Request: pushed metrics\x1b are invalid`},
		"text, long":       {Text, 500, "text/plain", []byte(strings.Repeat("x", 1000)), "it answered 500 Internal Server Error: " + strings.Repeat("x", 200) + "..."},
		"text, mute":       {Text, 401, "text/plain", nil, "it answered 401 Unauthorized"},
		"text, lines":      {Text, 400, "text/plain", []byte("too old\ntoo old\nno name\n"), "it answered 400 Bad Request: too old; no name"},
		"text, redirect":   {Text, 307, "text/plain", nil, "it answered 307 Temporary Redirect, to http://elsewhere.example/: give that address"},
		"OTLP":             {OTLP, 400, protobuf, status, "it answered 400 Bad Request: out of order"},
		"OTLP, damaged":    {OTLP, 400, protobuf, []byte{0xff}, "it answered 400 Bad Request"},
		"OTLP, a proxy":    {OTLP, 502, "text/html", []byte("<h1>no"), "it answered 502 Bad Gateway: <h1>no"},
		"OTLP, partly":     {OTLP, 200, protobuf, partly(3, "too old"), "it rejected 3 figures: too old"},
		"OTLP, a warning":  {OTLP, 200, protobuf, partly(0, "old names"), "it took all figures, with a warning: old names"},
		"OTLP, unreadable": {OTLP, 200, protobuf, []byte{0xff}, "its answer cannot be read: "},
		"OTLP, well":       {OTLP, 200, protobuf, nil, ""},
		"OTLP, mute":       {OTLP, 200, "", nil, ""},
	} {
		s, got := system(t, c.status, c.contentType, c.body)
		d, err := c.of(s.URL+"/x?token=secret", environment{}.get)
		if err != nil {
			t.Fatal(err)
		}
		err = d.Send(context.Background(), nil)
		if (err == nil) != (c.want == "") || err != nil && !strings.HasPrefix(err.Error(), c.want) || len(*got) != 1 {
			t.Errorf("%s: %v after %d requests, want %s", name, err, len(*got), c.want)
		}
	}
}

func TestASystemThatIsGone(t *testing.T) {
	s, _ := system(t, 200, "", nil)
	s.Close()
	d, err := Text(s.URL+"/?token=secret", environment{}.get)
	if err != nil {
		t.Fatal(err)
	}
	if err = d.Send(context.Background(), nil); err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "refused") {
		t.Errorf("gone: %v", err)
	}
}

// A system that takes the connection and never answers, or stops within its answer, is given up.
func TestASystemThatIsSilent(t *testing.T) {
	defer func(d time.Duration) { timeout = d }(timeout)
	timeout = 20 * time.Millisecond
	for name, begin := range map[string]bool{"at once": false, "within its answer": true} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // else the end of the connection is not noticed
			if begin {
				w.WriteHeader(http.StatusOK)
				_ = http.NewResponseController(w).Flush()
			}
			<-r.Context().Done()
		}))
		d, err := Text(s.URL, environment{}.get)
		if err != nil {
			t.Fatal(err)
		}
		if err = d.Send(context.Background(), []byte("# EOF\n")); err == nil || !strings.HasSuffix(err.Error(), "no answer within 20ms") {
			t.Errorf("%s: %v", name, err)
		}
		s.Close()
	}
}

func TestAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"http://h:4318":             "http://h:4318/v1/metrics",
		"http://h:4318/":            "http://h:4318/v1/metrics",
		"https://h/otlp":            "https://h/otlp/v1/metrics",
		"https://h/otlp/v1/metrics": "https://h/otlp/v1/metrics",
	} {
		if d, err := OTLP(address, environment{}.get); err != nil || d.String() != want {
			t.Errorf("%s: %v, %v", address, d, err)
		}
	}
	for name, c := range map[string]struct {
		env  environment
		want string // the URL, or what the error has
	}{
		"base":     {environment{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:4318"}, "http://h:4318/v1/metrics"},
		"metrics'": {environment{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://m/as/is"}, "http://m/as/is"},
		"none":     {nil, "OTEL_EXPORTER_OTLP_ENDPOINT is not set"},
		"gRPC":     {environment{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "http/protobuf only"},
		"http":     {environment{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, "http://h/v1/metrics"},
	} {
		d, err := OTLP(FromEnvironment, c.env.get)
		if err == nil && d.String() != c.want || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v", name, d, err)
		}
	}
	// Mistakes are named without the secrets in them.
	for address, variables := range map[string]string{
		"localhost:9091": "", "http://u:secret@h/": "", "ftp://h/": "", "http://": "", "http://h\x7fsecret/": "",
		"http://h/": "Authorization", "http://h": "a b=secret", "http://h/x": "a=secret%", "http://h/y": "a=secret%0a",
	} {
		if _, err := Text(address, environment{TextHeaders: variables}.get); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s with %q: %v", address, variables, err)
		}
	}
	// The variable for metrics replaces that for everything.
	d, err := OTLP("http://h", environment{"OTEL_EXPORTER_OTLP_HEADERS": "a=1,b=1", "OTEL_EXPORTER_OTLP_METRICS_HEADERS": "a=2"}.get)
	if err != nil || d.headers.Get("a") != "2" || d.headers.Get("b") != "" {
		t.Errorf("%v, %v", d.headers, err)
	}
}

func families() []*dto.MetricFamily {
	metric := func(v float64, labels ...string) *dto.Metric {
		m := &dto.Metric{Gauge: &dto.Gauge{Value: &v}}
		for i := 0; i < len(labels); i += 2 {
			m.Label = append(m.Label, &dto.LabelPair{Name: &labels[i], Value: &labels[i+1]})
		}
		return m
	}
	family := func(name, unit string, list ...*dto.Metric) *dto.MetricFamily {
		f := &dto.MetricFamily{Name: &name, Help: new("of " + name), Type: dto.MetricType_GAUGE.Enum(), Metric: list}
		if unit != "" {
			f.Unit = &unit
		}
		return f
	}
	return []*dto.MetricFamily{
		family("fanbench_makespan_seconds", "seconds", metric(0.25, "run", "r", "strategy", "errgroup"), metric(2, "run", "r", "strategy", "x")),
		family("fanbench_peak_rss_bytes", "bytes", metric(5e6)),
		family("fanbench_efficiency_ratio", "ratio", metric(0.9)),
		family("fanbench_throughput_tasks_per_second", "per_second", metric(40)),
		family("fanbench_failed_tasks", "", metric(0)),
	}
}

// What arrives at an OTLP receiver is what was sent, and gets the names of the text again where
// names of Prometheus are made of it.
func TestOTLP(t *testing.T) {
	s, got := system(t, 200, protobuf, nil)
	d, err := OTLP(s.URL, environment{"OTEL_EXPORTER_OTLP_HEADERS": "api-key=k"}.get)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1700000000, 5)
	body, err := Encode(families(), at, "v1")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Send(context.Background(), body); err != nil {
		t.Fatal(err)
	}
	r := (*got)[0]
	if r.Method != http.MethodPost || r.URL.Path != "/v1/metrics" || r.Header.Get("Content-Type") != protobuf || r.Header.Get("Api-Key") != "k" {
		t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
	}
	var request collector.ExportMetricsServiceRequest
	if err := proto.Unmarshal(r.body, &request); err != nil {
		t.Fatal(err)
	}
	resource := request.ResourceMetrics[0].Resource
	if a := resource.Attributes; a[0].Key != "service.name" || a[0].Value.GetStringValue() != "fanbench" || a[1].Value.GetStringValue() != "v1" {
		t.Errorf("the resource is %v", resource)
	}
	sent := request.ResourceMetrics[0].ScopeMetrics[0].Metrics
	if len(sent) != len(families()) {
		t.Fatalf("%d metrics", len(sent))
	}
	namer := otlptranslator.MetricNamer{WithMetricSuffixes: true}
	for i, f := range families() {
		m := sent[i]
		name, err := namer.Build(otlptranslator.Metric{Name: m.Name, Unit: m.Unit, Type: otlptranslator.MetricTypeGauge})
		if err != nil || name != f.GetName() || m.Description != f.GetHelp() || !utf8.ValidString(m.Name) {
			t.Errorf("%s in %s becomes %s, want %s (%v)", m.Name, m.Unit, name, f.GetName(), err)
		}
		points := m.Data.(*metrics.Metric_Gauge).Gauge.DataPoints
		if len(points) != len(f.Metric) {
			t.Fatalf("%s has %d points", m.Name, len(points))
		}
		for k, p := range points {
			if p.GetAsDouble() != f.Metric[k].Gauge.GetValue() || p.TimeUnixNano != uint64(at.UnixNano()) || len(p.Attributes) != len(f.Metric[k].Label) {
				t.Errorf("%s: %v", m.Name, p)
			}
			for n, a := range p.Attributes {
				if l := f.Metric[k].Label[n]; a.Key != l.GetName() || a.Value.GetStringValue() != l.GetValue() {
					t.Errorf("%s: %v", m.Name, a)
				}
			}
		}
	}
	odd := families()[:1]
	odd[0].Unit = new("furlongs")
	if _, err := Encode(odd, at, ""); err == nil {
		t.Error("furlongs are encoded")
	}
}
