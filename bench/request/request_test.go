package request

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/internal/strictyaml"
)

const whole = `method: POST
headers: {Authorization: "Bearer ${FANBENCH_TEST_TOKEN}", X-Tenant: "{name}"}
body: '{"task": {task}}'
data: rows.csv
user: admin
password_env: FANBENCH_TEST_PASSWORD
cookies: true
redirects: false
http: 2
ca: /etc/ca.pem
cert: /etc/client.pem
key: /etc/client.key
insecure: true
connect_timeout: 2s
expect: {status: [200, 201-204], contains: ok, matches: "^\\{", json: {items.0.id: 7, name: x}}
`

func decode(t *testing.T, file, text string) (Request, error) {
	t.Helper()
	d := strictyaml.New(file)
	r := Decode(d, d.Root([]byte(text)))
	return r, d.Err()
}

// A request is read as it is written, and written as it was read.
func TestRequestsAreReadAndWritten(t *testing.T) {
	r, err := decode(t, "/dir/s.yaml", whole)
	if err != nil {
		t.Fatal(err)
	}
	want := Request{
		Method: "POST", Headers: []Header{{"Authorization", "Bearer ${FANBENCH_TEST_TOKEN}"}, {"X-Tenant", "{name}"}},
		Body: `{"task": {task}}`, Data: "/dir/rows.csv", User: "admin", PasswordEnv: "FANBENCH_TEST_PASSWORD", Cookies: true, NoRedirects: true,
		HTTP: "2", CA: "/etc/ca.pem", Cert: "/etc/client.pem", Key: "/etc/client.key", Insecure: true, ConnectTimeout: 2 * time.Second,
		Expect: Expect{Status: []Statuses{{200, 200}, {201, 204}}, Contains: "ok", Matches: `^\{`, JSON: []Value{{"items.0.id", "7"}, {"name", `"x"`}}},
	}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("got %+v", r)
	}
	text, err := yaml.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	again, err := decode(t, "/dir/s.yaml", string(text))
	if err != nil || !reflect.DeepEqual(again, want) {
		t.Errorf("got %+v, %v\nfrom\n%s", again, err, text)
	}
	// So it goes to the worker.
	var sent Request
	if text, err = json.Marshal(r); err == nil {
		err = json.Unmarshal(text, &sent)
	}
	if err != nil || !reflect.DeepEqual(sent, want) {
		t.Errorf("got %+v, %v", sent, err)
	}
}

func TestAllMistakesOfARequestAreTold(t *testing.T) {
	_, err := decode(t, "s.yaml", "{metod: GET, headers: [1], cookies: maybe, expect: {status: 99, json: {a: .nan}}}")
	for _, want := range []string{`s.yaml:1:2: unknown key "metod"; did you mean "method"?`, "headers: want key: value pairs", "cookies: want true or false", `"99": want a status from 100 to 599`, "not a value that JSON has"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	bad := Request{
		Method: "get it", Headers: []Header{{"a b", "x"}, {"A", "x\r\nB: y"}, {"T", "${FANBENCH_TEST_UNSET}"}}, User: "u", HTTP: "3", Cert: "c",
		Data: filepath.Join(t.TempDir(), "none.csv"), BodyFile: "nowhere.txt", Expect: Expect{Matches: "(", Status: []Statuses{{300, 200}}},
	}
	err = append(bad.Validate(), bad.Missing()...).OrNil()
	for _, want := range []string{
		`method: "get it" is not a method`, `headers.a b: "a b" is not the name of a header`, "headers.A: the value has a line break", "headers.T: the environment variable FANBENCH_TEST_UNSET is not set",
		"user: password_env is missing", `http: "3": want 1.1 or 2`, "cert: a certificate needs its key", "data: ", "body_file: ", "expect.status: 300-200", "expect.matches: ",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v\nwant %q", err, want)
		}
	}
	if err := (Request{Body: "x"}).Validate().OrNil(); err == nil || !strings.Contains(err.Error(), "a GET has no body") {
		t.Errorf("got %v", err)
	}
	if err := (Request{}).Validate().OrNil(); err != nil {
		t.Errorf("a GET: %v", err)
	}
}

func TestSecretsAreNotWritten(t *testing.T) {
	r := Request{Headers: []Header{
		{"Authorization", "Bearer s3cret"}, {"X-Api-Key", "s3cret"}, {"Cookie", "sid=s3cret"}, {"X-Auth-Token", "s3cret"}, {"Authorization", "Bearer ${TOKEN}"}, {"Accept", "*/*"},
	}}
	text, err := yaml.Marshal(r)
	if err != nil || strings.Contains(string(text), "s3cret") || !strings.Contains(string(text), "*/*") {
		t.Errorf("%v:\n%s", err, text)
	}
	if r.Redacted().Headers[4].Value != "Bearer ${TOKEN}" || r.Headers[0].Value != "Bearer s3cret" {
		t.Error("the name of a variable is no secret, and the request itself keeps its own")
	}
	t.Setenv("FANBENCH_TEST_TOKEN", "s3cret")
	r = Request{Headers: []Header{{"Authorization", "Bearer ${FANBENCH_TEST_TOKEN}"}}}
	if got := r.Resolved().Headers[0].Value; got != "Bearer s3cret" || strings.Contains(r.Headers[0].Value, "s3cret") {
		t.Errorf("got %q", got)
	}
}

func TestFilledIn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rows.csv")
	if err := os.WriteFile(file, []byte("\ufeffname,note\nann,\"a, b\"\nböb,x/y?z\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	rows, err := ReadRows(file)
	if err != nil {
		t.Fatal(err)
	}
	f := Filler{Seed: 5, Rows: rows}
	for _, c := range []struct{ got, want string }{
		{f.Text(`{"n": "{name}", "t": {task}, "r": {round}, "s": {seed}, "x": {other}}`, 3, 2), `{"n": "ann", "t": 2, "r": 3, "s": 5, "x": {other}}`},
		{f.URL("http://h/{name}?q={note}", 1, 1), "http://h/b%C3%B6b?q=x%2Fy%3Fz"},
		{f.URL("http://h/{note}", 1, 0), "http://h/a%2C%20b"},
		{Filler{}.Text("{name} {task}", -1, 7), "{name} 7"},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
	for text, want := range map[string]string{
		"":                "rows.csv:1:1: the file is empty",
		"a,b\n":           "rows.csv:2:1: no row",
		"a,b\n1\n":        "rows.csv:2:1: ",
		"task,b\n1,2\n":   "a column cannot be called task",
		"a,\n1,2\n":       "is not the name of a column",
		"a\n\"unclosed\n": "rows.csv:",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadRows(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func TestExpectations(t *testing.T) {
	c, err := NewChecker(Expect{Status: []Statuses{{200, 200}, {300, 302}}, Contains: "ok", Matches: `"n": \d+`, JSON: []Value{{"a.0.b", "1"}, {"c.d", `"x"`}, {"e", "null"}}})
	if err != nil {
		t.Fatal(err)
	}
	for status, want := range map[int]bool{200: true, 201: false, 301: true, 404: false} {
		if c.Accepts(status) != want {
			t.Errorf("status %d: accepted %v", status, !want)
		}
	}
	good := `{"ok": 1, "n": 12, "a": [{"b": 1}], "c.d": "x", "e": null}`
	for body, want := range map[string]string{
		good:                                  "",
		strings.Replace(good, "ok", "no", 1):  `the body does not contain "ok"`,
		strings.Replace(good, "12", "x12", 1): "does not match",
		good[1:]:                              "is not JSON",
		strings.Replace(good, `[{"b": 1}]`, `[]`, 1):         `has no value "a.0.b"`,
		strings.Replace(good, `[{"b": 1}]`, `[{"b": 2}]`, 1): `value "a.0.b" is not "1"`,
	} {
		if err := c.CheckBody([]byte(body)); (err != nil) != (want != "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", body, err, want)
		}
	}
	if c, err = NewChecker(Expect{}); err != nil || !c.Accepts(399) || c.Accepts(400) || c.Body() {
		t.Errorf("nothing is expected: %+v, %v", c, err)
	}
}
