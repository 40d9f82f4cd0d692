package config

import (
	"os"
	"strings"
	"testing"
	"time"
)

func TestValidate(t *testing.T) {
	c := Config{
		Addr: "10.1.2.3:80", AdminAddr: "nonsense", Engine: EngineLoop, TLS: true,
		Behavior: Behavior{Faults: []Fault{{Kind: FaultTruncate, At: 1}}},
		Routes:   []Route{{Path: "x"}, {Path: "/y", Behavior: Behavior{Faults: []Fault{{Kind: FaultRefuse}}}}, {Path: "/y"}},
		Limits:   Limits{Connections: -1},
	}
	err := c.Validate()
	for _, want := range []string{
		"addr: 10.1.2.3:80 is not a loopback address; allow_remote accepts it", `admin_addr: "nonsense" is not host:port`,
		"engine: loop does not speak TLS", "faults[0].at: 1: want a fraction", `routes[0].path: "x"`, "routes[1].faults[0]: refuse", `routes[2].path: "/y" has a route before`, "limits: ",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("missing %q in\n%v", want, err)
		}
	}
	for kind, f := range map[string]Fault{
		"probability": {Kind: FaultReset, Probability: 2}, "after": {Kind: FaultReset, After: -1}, "for": {Kind: FaultReset, For: -1},
		"retry_after": {Kind: FaultStatus, Status: 429, RetryAfter: time.Millisecond}, "rate": {Kind: FaultRateLimit, Burst: 1},
		"burst": {Kind: FaultRateLimit, Rate: 1}, "bytes_per_second": {Kind: FaultSlowBody},
	} {
		if err := f.validate().OrNil(); err == nil || !strings.HasPrefix(err.Error(), kind+": ") {
			t.Errorf("%s: got %v", kind, err)
		}
	}
}

func TestCapacityErrors(t *testing.T) {
	for want, c := range map[string]Capacity{
		"slots: -1":                    {Slots: -1},
		"queue: -1":                    {Slots: 1, Queue: -1, Full: FullReject},
		"queue: 3 has no effect":       {Slots: 1, Queue: 3},
		"queue: has no effect":         {Queue: 3, Full: FullReject},
		`did you mean "reset"?`:        {Slots: 1, Full: "rest"},
		`unknown value "lifo"`:         {Slots: 1, Discipline: "lifo"},
		"discipline: ps has no effect": {Discipline: ProcessorSharing},
	} {
		if err := c.validate().OrNil(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %q", c, err, want)
		}
	}
}

func TestTheDocumentationNamesEveryFault(t *testing.T) {
	text, err := os.ReadFile("../../docs/mockserver.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range faultKinds {
		if !strings.Contains(string(text), "| `"+string(kind)+"` |") {
			t.Errorf("it says nothing of the fault %s", kind)
		}
	}
}

func TestAQueueThatIsGivenRejects(t *testing.T) {
	for before, after := range map[Full]Full{"": FullReject, FullWait: FullWait, FullReset: FullReset} {
		c := Capacity{Full: before}
		if c.SetQueue(0); c.Full != after {
			t.Errorf("%q becomes %q, want %q", before, c.Full, after)
		}
	}
}
