package keyed

import (
	"errors"
	"io"
	"reflect"
	"testing"
)

func TestPaths(t *testing.T) {
	key := Join("target", Join(Item("routes", 2), "path"))
	if key != "target.routes[2].path" {
		t.Errorf("got %s", key)
	}
	want := []Step{{"target", -1}, {"routes", -1}, {"", 2}, {"path", -1}}
	if got := Steps(key); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	var parents []string
	for key != "" {
		key = Parent(key)
		parents = append(parents, key)
	}
	if want := []string{"target.routes[2]", "target.routes", "target", ""}; !reflect.DeepEqual(parents, want) {
		t.Errorf("got %q", parents)
	}
}

func TestList(t *testing.T) {
	var l, inner List
	if l.OrNil() != nil {
		t.Error("an empty list is an error")
	}
	Range(&inner, "slots", 5, 1, 4)
	Range(&inner, "slots", 4, 1, 4)
	inner = append(inner, Error{Err: io.EOF})
	l.AddBelow("target.mock", inner)
	if got, want := l.Error(), "target.mock.slots: 5 is out of range: want 1 to 4\ntarget.mock: EOF"; got != want {
		t.Errorf("got %s", got)
	}
	if !errors.Is(l.OrNil(), io.EOF) {
		t.Error("the cause is not found")
	}
}
