package call

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/bench/request"
	"github.com/fanbench/fanbench/internal/strictyaml"
)

var rows = 1

// whole has every field of every kind set.
var whole = []Call{
	&Command{Argv: []string{"convert", "{task}.png"}, Dir: "/tmp", Stdin: "x{round}", Exit: 3},
	&Command{Shell: "sleep 0.{task}"},
	&GRPC{
		Address: "127.0.0.1:50051", Method: "shop.Orders/Get", Message: `{"id": {task}}`, Metadata: []request.Header{{Name: "x-tenant", Value: "a"}},
		Descriptors: "/tmp/shop.pb", Channels: 2, TLS: true, CA: "/tmp/ca.pem", Insecure: true,
		Expect: request.Expect{JSON: []request.Value{{Path: "state", Want: `"new"`}}},
	},
	&SQL{Driver: "pgx", DSN: "postgres://shop@127.0.0.1/shop", Query: "SELECT $1", Args: []string{"{task}"}, Pool: 4, Expect: &rows},
	&TCP{Address: "127.0.0.1:7", Send: "a\n", Read: "line", Expect: "a"},
}

// What a run writes into its files is what a scenario's file has; what a worker gets is the
// call itself.
func TestFormsAreReadBack(t *testing.T) {
	for _, c := range whole {
		if errs := c.Validate(); len(errs) > 0 {
			t.Errorf("%s: %v", c, errs)
		}
		text, err := yaml.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		d := strictyaml.New("/tmp/scenario.yaml")
		root := d.Root(text)
		for _, k := range Kinds {
			if k.Key != c.Kind() {
				continue
			}
			if diff := cmp.Diff(c, k.Decode(d, root)); diff != "" || d.Err() != nil {
				t.Errorf("%s: %v\n%s", text, d.Err(), diff)
			}
		}
		sent, err := Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Unmarshal(sent)
		if diff := cmp.Diff(c, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", sent, err, diff)
		}
	}
	if _, err := Unmarshal([]byte(`{"Kind": "ftp", "Call": {}}`)); err == nil {
		t.Error("an unknown kind is accepted")
	}
}

func TestWhatIsWrongIsNamed(t *testing.T) {
	for _, c := range []struct {
		call Call
		want string // key: part of the message; all, separated by |
	}{
		{&Command{}, ": argv"},
		{&Command{Argv: []string{""}, Shell: "x", Exit: 256}, "shell: argv is given too|exit: 256"},
		{&Command{Argv: []string{""}}, "argv[0]: the program's name"},
		{&SQL{Pool: -1}, "driver: missing|dsn: missing|query: missing|pool: -1"},
		{&SQL{Driver: "x", DSN: "a:${FANBENCH_NOT_SET}@", Query: "x"}, "dsn: the environment variable FANBENCH_NOT_SET"},
		{&SQL{Driver: "x", DSN: "x", Query: "x", Data: "/no/such.csv"}, "data: "},
		{&TCP{Address: "127.0.0.1", Read: "all"}, "address: |send: missing|read: "},
		{&TCP{Address: "127.0.0.1:99999", Send: "x"}, "address: "},
		{&GRPC{Address: "", Method: "x", Insecure: true, Channels: -1, Expect: request.Expect{Status: []request.Statuses{{First: 200, Last: 200}}}}, "address: missing|method: |channels: -1|tls: |expect.status: "},
	} {
		errs := append(c.call.Validate(), c.call.Missing()...)
		for _, want := range strings.Split(c.want, "|") {
			key, text, _ := strings.Cut(want, ": ")
			found := false
			for _, e := range errs {
				found = found || e.Key == key && strings.Contains(e.Err.Error(), strings.TrimSpace(text))
			}
			if !found {
				t.Errorf("%+v: %q is missing in %v", c.call, want, errs)
			}
		}
		if want := strings.Count(c.want, "|") + 1; len(errs) != want {
			t.Errorf("%+v: %d mistakes, want %d: %v", c.call, len(errs), want, errs)
		}
	}
}

// A database is a host like any other: it needs to be on this machine, however its source is
// written.
func TestHostsOfDataSources(t *testing.T) {
	t.Setenv("WHERE", "db.example")
	for _, c := range []struct{ driver, dsn, want string }{
		{"pgx", "postgres://u:p@db.example:5432/shop", "db.example"},
		{"pgx", "postgres://u:p@127.0.0.1,db.example:5432/shop", "127.0.0.1 db.example"},
		{"pgx", "postgres://${WHERE}/shop", "db.example"},
		{"pgx", "postgres:///shop?host=/run/postgresql", ""},
		{"pgx", "postgres://127.0.0.1/shop?host=db.example", "db.example"},
		{"pgx", "user=u host=db.example port=5432", "db.example"},
		{"pgx", "host='db.example' user=u", "db.example"},
		{"pgx", "host=/run/postgresql user=u", ""},
		{"pgx", "postgres://u:p%zz@db.example/", "the host of dsn, which is no URL,"},
		{"mysql", "u:p@tcp(db.example:3306)/shop", "db.example"},
		{"mysql", "u:p@unix(/run/mysqld.sock)/shop", ""},
		{"sqlserver", "sqlserver://u:p@[::1]:1433?database=x", "::1"},
		{"sqlite", "file:host=db.example", ""},
	} {
		if got := strings.Join((&SQL{Driver: c.driver, DSN: c.dsn}).Hosts(), " "); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.driver, c.dsn, got, c.want)
		}
	}
	t.Setenv("PGHOST", "db.example")
	if got := (&SQL{Driver: "pgx", DSN: "user=u"}).Hosts(); len(got) != 1 || got[0] != "db.example" {
		t.Errorf("PGHOST: %q", got)
	}
}

func TestPasswordsAreNotWritten(t *testing.T) {
	for _, dsn := range []string{
		"postgres://u:s3cret@127.0.0.1/shop?sslmode=disable", "user=u password=s3cret host=127.0.0.1", "user=u password='s3cret x' host=127.0.0.1",
		"u:s3cret@tcp(127.0.0.1:3306)/shop", "postgres://127.0.0.1/shop?password=s3cret&x=1", "postgres://u:p@s3cret@127.0.0.1/shop",
		"server=127.0.0.1;user id=u;password=s3cret;", "sqlserver://u:s3cret@127.0.0.1?x=1",
	} {
		q := &SQL{Driver: "x", DSN: dsn, Query: "x"}
		text, err := yaml.Marshal(q)
		if err != nil || strings.Contains(string(text), "s3cret") || !strings.Contains(string(text), "127.0.0.1") || strings.Contains(q.String(), "s3cret") {
			t.Errorf("%s: %v\n%s", dsn, err, text)
		}
	}
	q := &SQL{Driver: "x", DSN: "postgres://u:${PASSWORD}@127.0.0.1/shop", Query: "x"}
	if text, err := yaml.Marshal(q); err != nil || !strings.Contains(string(text), q.DSN) {
		t.Errorf("%v\n%s", err, text)
	}
	g := &GRPC{Address: "127.0.0.1:1", Method: "a.B/C", Metadata: []request.Header{{Name: "authorization", Value: "s3cret"}}}
	if text, err := yaml.Marshal(g); err != nil || strings.Contains(string(text), "s3cret") {
		t.Errorf("%v\n%s", err, text)
	}
}
