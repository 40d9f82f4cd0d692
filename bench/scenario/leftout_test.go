package scenario

import (
	"reflect"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// A run directory keeps what its search left out.
func TestLeftOutIsKept(t *testing.T) {
	s, err := Decode("a.yaml", []byte("target: {sleep: {latency: 1ms}}\nworkload: {tasks: 2}\nstrategies: [sequential]\n"))
	if err != nil {
		t.Fatal(err)
	}
	s.Measure.LeftOut = &LeftOut{Strategies: []string{"fixed-pool:workers=2"}, Limit: 3, Least: time.Second, Task: time.Millisecond, Best: "errgroup", Takes: 20 * time.Millisecond}
	text, err := yaml.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Decode("a.yaml", text)
	if err != nil || !reflect.DeepEqual(again.Measure.LeftOut, s.Measure.LeftOut) {
		t.Errorf("%v: %+v from\n%s", err, again.Measure.LeftOut, text)
	}
}
