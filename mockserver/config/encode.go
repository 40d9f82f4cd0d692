package config

import "time"

// document is a Config in its written form, without values that have their default.
type document struct {
	Addr             string           `yaml:"addr,omitempty"`
	AdminAddr        string           `yaml:"admin_addr,omitempty"`
	AllowRemote      bool             `yaml:"allow_remote,omitempty"`
	Engine           Engine           `yaml:"engine,omitempty"`
	TLS              bool             `yaml:"tls,omitempty"`
	Seed             uint64           `yaml:"seed"`
	BehaviorDocument behaviorDocument `yaml:",inline"`
	Routes           []routeDocument  `yaml:"routes,omitempty"`
	Limits           limitsDocument   `yaml:"limits,omitempty"`
}

type behaviorDocument struct {
	Latency    string          `yaml:"latency"`
	Size       string          `yaml:"size"`
	Slots      int             `yaml:"slots,omitempty"`
	Queue      *int            `yaml:"queue,omitempty"`
	Full       Full            `yaml:"full,omitempty"`
	Discipline Discipline      `yaml:"discipline,omitempty"`
	Faults     []faultDocument `yaml:"faults,omitempty"`
}

type routeDocument struct {
	Path             string           `yaml:"path"`
	BehaviorDocument behaviorDocument `yaml:",inline"`
}

type faultDocument struct {
	Kind           FaultKind     `yaml:"kind"`
	Probability    float64       `yaml:"probability,omitempty"`
	Tasks          []string      `yaml:"tasks,omitempty,flow"`
	After          time.Duration `yaml:"after,omitempty"`
	For            time.Duration `yaml:"for,omitempty"`
	Status         int           `yaml:"status,omitempty"`
	RetryAfter     time.Duration `yaml:"retry_after,omitempty"`
	Rate           float64       `yaml:"rate,omitempty"`
	Burst          int           `yaml:"burst,omitempty"`
	At             float64       `yaml:"at,omitempty"`
	BytesPerSecond int64         `yaml:"bytes_per_second,omitempty"`
}

type limitsDocument struct {
	HeaderBytes   int           `yaml:"header_bytes,omitempty"`
	BodyBytes     int64         `yaml:"body_bytes,omitempty"`
	Connections   int           `yaml:"connections,omitempty"`
	HeaderTimeout time.Duration `yaml:"header_timeout,omitempty"`
	IdleTimeout   time.Duration `yaml:"idle_timeout,omitempty"`
	WriteTimeout  time.Duration `yaml:"write_timeout,omitempty"`
}

// MarshalYAML is the configuration as a --config file has it.
func (c Config) MarshalYAML() (any, error) {
	doc := document{
		Addr: c.Addr, AdminAddr: c.AdminAddr, AllowRemote: c.AllowRemote,
		Engine: c.Engine, TLS: c.TLS, Seed: c.Seed,
		BehaviorDocument: c.Behavior.document(),
		Limits:           limitsDocument(c.Limits),
	}
	for _, r := range c.Routes {
		doc.Routes = append(doc.Routes, routeDocument{r.Path, r.Behavior.document()})
	}
	return doc, nil
}

func (b *Behavior) document() behaviorDocument {
	doc := behaviorDocument{
		Latency: b.Latency.String(), Size: b.Size.String(),
		Slots: b.Slots, Full: b.Full, Discipline: b.Discipline,
	}
	if b.Bounded() {
		doc.Queue = &b.Queue
	}
	for _, f := range b.Faults {
		fault := faultDocument{
			Kind: f.Kind, Probability: f.Probability, After: f.After, For: f.For,
			Status: f.Status, RetryAfter: f.RetryAfter, Rate: f.Rate, Burst: f.Burst,
			At: f.At, BytesPerSecond: f.BytesPerSecond,
		}
		for _, r := range f.Tasks {
			fault.Tasks = append(fault.Tasks, r.String())
		}
		doc.Faults = append(doc.Faults, fault)
	}
	return doc
}
