package mockserver

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/internal/keyed"
	"github.com/fanbench/fanbench/internal/mockyaml"
	"github.com/fanbench/fanbench/internal/strictyaml"
	"github.com/fanbench/fanbench/mockserver/config"
)

// adminHandler is the admin API:
//
//	GET  /healthz   200 while the server runs
//	GET  /counters  Counters as JSON
//	GET  /metrics   the same for Prometheus
//	POST /reset     see Server.Reset
//	GET  /config    the configuration as it is now, YAML
//	POST /config    YAML with what is to change of latency, size, slots, queue,
//	                full, discipline, faults and routes; the configuration after it
//	GET  /ca.pem    the certificate, with TLS
//
// The guard decides who may ask.
func (s *Server) adminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok\n") })
	mux.HandleFunc("GET /counters", s.getCounters)
	mux.HandleFunc("POST /reset", func(w http.ResponseWriter, _ *http.Request) {
		s.Reset()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /config", s.getConfig)
	mux.HandleFunc("POST /config", s.postConfig)
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics{s.Counters})
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	if s.ca != nil {
		mux.HandleFunc("GET /ca.pem", func(w http.ResponseWriter, _ *http.Request) { w.Write(s.ca) })
	}
	return mux
}

func (s *Server) getCounters(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.Encode(s.Counters()) // fails only when the client has gone
}

func (s *Server) getConfig(w http.ResponseWriter, _ *http.Request) {
	c := s.config
	c.Behavior, c.Routes = s.model.behavior()
	c, err := c.Absolute() // so that it can be posted again
	var text []byte
	if err == nil {
		text, err = yaml.Marshal(c)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/yaml")
	w.Write(text)
}

// greatestConfig is the maximum size of a configuration, in bytes: far more than anyone
// writes by hand.
const greatestConfig = 1 << 20

func (s *Server) postConfig(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, greatestConfig))
	if err != nil {
		status := http.StatusBadRequest
		if errors.As(err, new(*http.MaxBytesError)) {
			status = http.StatusRequestEntityTooLarge
		}
		http.Error(w, err.Error(), status)
		return
	}
	var c config.Config // of which only the behaviour counts
	c.Behavior, c.Routes = s.model.behavior()
	d := strictyaml.New("request body")
	if root := d.Root(text); root != nil {
		mockyaml.DecodeChange(d, root, &c)
	}
	var wrong keyed.List
	errors.As(c.Validate(), &wrong)
	if err := d.ErrWith(wrong); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.model.install(c.Behavior, c.Routes)
	s.gate.look()
	s.getConfig(w, r)
}
