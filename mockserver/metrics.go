package mockserver

import "github.com/prometheus/client_golang/prometheus"

// metrics shows the counters to Prometheus. It keeps nothing itself: a scrape has the same
// figures as GET /counters.
type metrics struct{ counters func() Counters }

var (
	connectionsMetric = description("connections_total", "Connections since the last reset.", "fate")
	openMetric        = description("connections_open", "Connections open now.")
	requestsMetric    = description("requests_total", "Requests that have ended since the last reset, by how they ended.", "outcome")
	inFlightMetric    = description("requests_in_flight", "Requests that have come and not ended.")
	bytesMetric       = description("response_body_bytes_total", "Bytes of response bodies sent since the last reset.")
	latencyMetric     = description("service_seconds", "Service times, as requested, as achieved, and the difference.", "what")
)

func description(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("fanbench_mock_"+name, help, labels, nil)
}

// Describe sends the descriptions of all metrics.
func (m metrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{connectionsMetric, openMetric, requestsMetric, inFlightMetric, bytesMetric, latencyMetric} {
		to <- d
	}
}

// Collect sends what the counters are now.
func (m metrics) Collect(to chan<- prometheus.Metric) {
	c := m.counters()
	send := func(d *prometheus.Desc, kind prometheus.ValueType, v int64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, kind, float64(v), labels...)
	}
	send(connectionsMetric, prometheus.CounterValue, c.Connections, "accepted")
	send(connectionsMetric, prometheus.CounterValue, c.Refused, "refused")
	send(openMetric, prometheus.GaugeValue, c.Open)
	send(requestsMetric, prometheus.CounterValue, c.Served, "served")
	send(requestsMetric, prometheus.CounterValue, c.Faulted, "faulted")
	send(requestsMetric, prometheus.CounterValue, c.Aborted, "aborted")
	send(requestsMetric, prometheus.CounterValue, c.Rejected, "rejected")
	send(requestsMetric, prometheus.CounterValue, c.BadRequests, "bad")
	send(inFlightMetric, prometheus.GaugeValue, c.InFlight)
	send(bytesMetric, prometheus.CounterValue, c.BytesOut)
	for what, p := range map[string]Percentiles{"requested": c.Requested, "achieved": c.Achieved, "error": c.Error} {
		to <- prometheus.MustNewConstSummary(latencyMetric, uint64(p.Count), p.Sum.Seconds(), map[float64]float64{
			0.5: p.P50.Seconds(), 0.9: p.P90.Seconds(), 0.99: p.P99.Seconds(), 0.999: p.P999.Seconds(),
		}, what)
	}
}
