package push

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
	collector "go.opentelemetry.io/proto/slim/otlp/collector/metrics/v1"
	common "go.opentelemetry.io/proto/slim/otlp/common/v1"
	metrics "go.opentelemetry.io/proto/slim/otlp/metrics/v1"
	resource "go.opentelemetry.io/proto/slim/otlp/resource/v1"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// FromEnvironment is the address that stands for the endpoint in OpenTelemetry's variables.
const FromEnvironment = "env"

// otlpPath is the path of metrics below an endpoint.
const otlpPath = "v1/metrics"

const protobuf = "application/x-protobuf"

// OTLP returns a destination for metrics in OpenTelemetry's protocol, protobuf over HTTP. The path
// v1/metrics is added to the address unless it is there. OpenTelemetry's variables give the
// headers and, for the address FromEnvironment, the endpoint.
func OTLP(address string, getenv func(string) string) (*Destination, error) {
	complete := false
	if address == FromEnvironment {
		switch p := firstSet(getenv, "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"); p {
		case "", "http/protobuf":
		default:
			return nil, fmt.Errorf("the environment asks for the protocol %q, and fanbench has http/protobuf only: give the address of that, mostly port 4318", p)
		}
		address = getenv("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT")
		complete = address != ""
		if !complete {
			address = getenv("OTEL_EXPORTER_OTLP_ENDPOINT")
		}
		if address == "" {
			return nil, errors.New("OTEL_EXPORTER_OTLP_ENDPOINT is not set")
		}
	}
	u, errURL := parseURL(address)
	headers, errHeaders := headersFrom("OTEL_EXPORTER_OTLP_METRICS_HEADERS OTEL_EXPORTER_OTLP_HEADERS", getenv)
	if err := errors.Join(errURL, errHeaders); err != nil {
		return nil, err
	}
	if !complete && !strings.HasSuffix(u.Path, "/"+otlpPath) {
		u = u.JoinPath(otlpPath)
	}
	return &Destination{method: http.MethodPost, url: u.String(), headers: headers, contentType: protobuf, refusal: otlpRefusal}, nil
}

func firstSet(getenv func(string) string, variables ...string) string {
	for _, v := range variables {
		if text := getenv(v); text != "" {
			return text
		}
	}
	return ""
}

// otlpRefusal reads an answer: of success, which may be partial, or a google.rpc.Status.
func otlpRefusal(status int, contentType string, body []byte) string {
	switch {
	case status/100 != 2 && contentType == protobuf:
		return statusMessage(body)
	case status/100 != 2:
		return string(body)
	case contentType != protobuf:
		return "" // nothing that a partial success could be told by
	}
	var answer collector.ExportMetricsServiceResponse
	if err := proto.Unmarshal(body, &answer); err != nil {
		return "its answer cannot be read: " + err.Error()
	}
	if p := answer.PartialSuccess; p.GetRejectedDataPoints() > 0 {
		return fmt.Sprintf("it rejected %d figures: %s", p.RejectedDataPoints, p.ErrorMessage)
	} else if p.GetErrorMessage() != "" {
		return "it took all figures, with a warning: " + p.ErrorMessage
	}
	return ""
}

// statusMessage returns the message, field 2, of a google.rpc.Status.
func statusMessage(body []byte) string {
	for len(body) > 0 {
		field, kind, n := protowire.ConsumeTag(body)
		if n < 0 {
			return ""
		}
		body = body[n:]
		if field == 2 && kind == protowire.BytesType {
			text, n := protowire.ConsumeBytes(body)
			if n < 0 {
				return ""
			}
			return string(text)
		}
		if n = protowire.ConsumeFieldValue(field, kind, body); n < 0 {
			return ""
		}
		body = body[n:]
	}
	return ""
}

// units are those of OpenTelemetry (UCUM) for the units that end the names of families. A system
// that makes names of Prometheus of them makes the families' names again.
var units = map[string]string{"seconds": "s", "bytes": "By", "ratio": "1", "per_second": "1/s"}

// Encode returns the body of a request of OTLP: every family, a gauge, with its samples at one
// time. version is that of the service fanbench, of which the metrics are.
func Encode(families []*dto.MetricFamily, at time.Time, version string) ([]byte, error) {
	scope := &metrics.ScopeMetrics{Scope: &common.InstrumentationScope{Name: "github.com/fanbench/fanbench", Version: version}}
	for _, f := range families {
		unit, known := units[f.GetUnit()]
		if !known && f.Unit != nil || f.GetType() != dto.MetricType_GAUGE {
			return nil, fmt.Errorf("%s: no encoding of a %v in %s", f.GetName(), f.GetType(), f.GetUnit())
		}
		gauge := &metrics.Gauge{}
		for _, m := range f.Metric {
			point := &metrics.NumberDataPoint{TimeUnixNano: uint64(at.UnixNano()), Value: &metrics.NumberDataPoint_AsDouble{AsDouble: m.Gauge.GetValue()}}
			for _, l := range m.Label {
				point.Attributes = append(point.Attributes, attribute(l.GetName(), l.GetValue()))
			}
			gauge.DataPoints = append(gauge.DataPoints, point)
		}
		scope.Metrics = append(scope.Metrics, &metrics.Metric{
			Name: nameOf(f), Description: f.GetHelp(), Unit: unit, Data: &metrics.Metric_Gauge{Gauge: gauge},
		})
	}
	service := &resource.Resource{Attributes: []*common.KeyValue{attribute("service.name", "fanbench"), attribute("service.version", version)}}
	return proto.Marshal(&collector.ExportMetricsServiceRequest{
		ResourceMetrics: []*metrics.ResourceMetrics{{Resource: service, ScopeMetrics: []*metrics.ScopeMetrics{scope}}},
	})
}

// nameOf is the name without its unit, with the dot of OpenTelemetry after the first word:
// fanbench.makespan for fanbench_makespan_seconds.
func nameOf(f *dto.MetricFamily) string {
	name := strings.TrimSuffix(f.GetName(), "_"+f.GetUnit())
	return strings.Replace(name, "_", ".", 1)
}

func attribute(key, value string) *common.KeyValue {
	return &common.KeyValue{Key: key, Value: &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: value}}}
}
