package request

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestLists(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "order.json"), []byte(`{"id": 7}`), 0o600); err != nil {
		t.Fatal(err)
	}
	json := []Header{{"Content-Type", "application/json"}}
	for name, c := range map[string]struct {
		text string
		want []Item
	}{
		"URLs":    {"# a comment\n\nhttp://h/a\n  GET http://h/b\n", []Item{{URL: "http://h/a", Line: 3}, {URL: "http://h/b", Line: 4}}},
		"methods": {"DELETE http://h/a\nhttp://h/b\n", []Item{{Method: "DELETE", URL: "http://h/a", Line: 1}, {URL: "http://h/b", Line: 2}}},
		"vegeta": {
			"POST http://h/a\nContent-Type: application/json\n@order.json\n\nGET http://h/b\nX-A: 1\nX-B: 2\nPUT http://h/c\n",
			[]Item{
				{Method: "POST", URL: "http://h/a", Headers: json, Body: `{"id": 7}`, Line: 1},
				{URL: "http://h/b", Headers: []Header{{"X-A", "1"}, {"X-B", "2"}}, Line: 5},
				{Method: "PUT", URL: "http://h/c", Line: 8},
			},
		},
		"JSON lines": {
			`{"method": "POST", "url": "http://h/a", "headers": {"Content-Type": "application/json"}, "body": "{}"}` + "\n" + `{"url": "http://h/b"}`,
			[]Item{{Method: "POST", URL: "http://h/a", Headers: json, Body: "{}", Line: 1}, {URL: "http://h/b", Line: 2}},
		},
		"vegeta's JSON": {
			`{"method": "POST", "url": "http://h/a", "header": {"Content-Type": ["application/json"]}, "body": "e30="}`,
			[]Item{{Method: "POST", URL: "http://h/a", Headers: json, Body: "{}", Line: 1}},
		},
		"HAR": {
			`{"log": {"version": "1.2", "entries": [
				{"request": {"method": "POST", "url": "https://h/a", "headers": [{"name": ":path", "value": "/a"}, {"name": "Host", "value": "h"}, {"name": "Content-Type", "value": "application/json"}], "postData": {"mimeType": "application/json", "text": "{}"}}, "response": {"status": 200}},
				{"request": {"method": "GET", "url": "http://h/b", "headers": []}}]}}`,
			[]Item{{Method: "POST", URL: "https://h/a", Headers: json, Body: "{}", Line: 1}, {URL: "http://h/b", Line: 1}},
		},
	} {
		got, err := DecodeList(filepath.Join(dir, "list"), c.text, 10)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

func TestWrongLists(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no method":                {"post http://h/", `list:1:1: "post" is not a method, such as POST`},
		"no URL":                   {"GET /relative", `list:1:1: "/relative" is not a URL with http:// or https:// in front`},
		"empty":                    {"# nothing", "list:1:1: no URL in the file; write one a line"},
		"too many":                 {"http://h/1\nhttp://h/2\nhttp://h/3\n", "list:3:1: more than 2 URLs"},
		"a body that is not there": {"POST http://h/\n@nowhere.json", "list:2:1: open nowhere.json"},
		"an unknown key":           {`{"url": "http://h/", "verb": "PUT"}`, `list:1:1: not a request in JSON: json: unknown field "verb"`},
		"not base64":               {`{"url": "http://h/", "header": {}, "body": "{}"}`, `list:1:1: the body of a request with "header", as vegeta writes it, is base64`},
		"a bad entry":              {`{"log": {"entries": [{"request": {"method": "GET", "url": "http://h/"}}, {"request": {"method": "GET", "url": "data:x"}}]}}`, `(entry 1 of the archive)`},
	} {
		if _, err := DecodeList("list", c.text, 2); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}

func TestAnItemAddsToTheTargetsRequest(t *testing.T) {
	base := Request{Method: "PUT", Body: "x", BodyFile: "f", Headers: []Header{{"A", "1"}, {"B", "2"}}, User: "u"}
	got := base.Of(Item{Headers: []Header{{"a", "3"}}, Body: "y"})
	want := Request{Method: "PUT", Body: "y", Headers: []Header{{"B", "2"}, {"a", "3"}}, User: "u"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	if len(base.Headers) != 2 || base.Headers[0].Value != "1" {
		t.Errorf("the target's own has changed: %+v", base)
	}
}
