package call

import (
	"cmp"
	"net"
	"net/url"
	"os"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/bench/request"
	"github.com/fanbench/fanbench/internal/keyed"
	"github.com/fanbench/fanbench/internal/plainfile"
	"github.com/fanbench/fanbench/internal/strictyaml"
)

// SQL is a query a task, by database/sql. The pool of connections that all tasks share is a
// limit behind that of the strategy: how long a task waits for a connection is its queueing
// time.
type SQL struct {
	Driver string   // the name by which the driver is registered with database/sql
	DSN    string   // the data source's name; may have ${NAME}
	Query  string   // a statement; what it returns is read to its end
	Args   []string // its arguments, which may have placeholders
	Pool   int      // the most connections that are open at once; 0 for no limit
	Expect *int     // how many rows it is to return; nil for any number
	Data   string   // a CSV file
}

// MaxPool is the largest pool of connections.
const MaxPool = 100_000

func (q *SQL) Kind() string   { return "sql" }
func (q *SQL) Rows() string   { return q.Data }
func (q *SQL) String() string { return q.Driver + ", " + short(q.Query) }

func (q *SQL) Validate() (errs keyed.List) {
	if q.Driver == "" {
		errs.Add("driver", "missing: pgx for PostgreSQL, sqlite for SQLite")
	}
	if q.DSN == "" {
		errs.Add("dsn", "missing, such as postgres://user:${PGPASSWORD}@127.0.0.1/shop or file:shop.db")
	}
	if q.Query == "" {
		errs.Add("query", "missing, such as SELECT price FROM goods WHERE id = $1, with args: [\"{task}\"]")
	}
	keyed.Range(&errs, "pool", q.Pool, 0, MaxPool)
	if q.Expect != nil {
		keyed.Range(&errs, "expect_rows", *q.Expect, 0, 1<<30)
	}
	return errs
}

func (q *SQL) Missing() (errs keyed.List) {
	needsEnvironment(&errs, "dsn", q.DSN)
	needsData(&errs, q.Data)
	return errs
}

var (
	keyedHost  = regexp.MustCompile(`(?:^|\s)host(?:addr)?=('[^']*'|\S+)`)
	parens     = regexp.MustCompile(`@tcp6?\(([^)]*)\)`)
	keyedPass  = regexp.MustCompile(`(?i)((?:^|[\s?&;])(?:password|passwd|pwd|sslpassword|_auth_pass|_pragma_key|token|secret)=)('[^']*'|[^\s&;]+)`)
	parensPass = regexp.MustCompile(`^([^:@/]*):(.*)(@(?:tcp6?|unix)\()`)
)

// local are drivers of databases that are files.
var local = map[string]bool{"sqlite": true, "sqlite3": true, "duckdb": true}

// Hosts finds the hosts of a data source in the three forms that drivers have: a URL, key=value
// words, and user:password@tcp(host:port)/. A driver for PostgreSQL goes by PGHOST where its
// source has none.
func (q *SQL) Hosts() (hosts []string) {
	if local[q.Driver] {
		return nil
	}
	dsn := request.Expand(q.DSN)
	add := func(list string) {
		for _, h := range strings.Split(strings.Trim(list, "'"), ",") {
			if host, _, err := net.SplitHostPort(h); err == nil {
				h = host
			}
			if !strings.HasPrefix(h, "/") { // the directory of a Unix socket
				hosts = append(hosts, cmp.Or(strings.Trim(h, "[]"), "localhost"))
			}
		}
	}
	if strings.Contains(dsn, "://") {
		if u, err := url.Parse(dsn); err == nil {
			switch host := u.Query().Get("host"); {
			case host != "":
				add(host)
			case u.Host != "":
				add(u.Host)
			}
		} else {
			hosts = append(hosts, "the host of dsn, which is no URL,") // not known is not local
		}
	}
	for _, form := range []*regexp.Regexp{keyedHost, parens} {
		for _, m := range form.FindAllStringSubmatch(dsn, -1) {
			add(m[1])
		}
	}
	if host := os.Getenv("PGHOST"); host != "" && len(hosts) == 0 && (q.Driver == "pgx" || q.Driver == "postgres") {
		add(host)
	}
	return hosts
}

// redactedDSN is the data source's name without a password. Environment variables stay.
func (q *SQL) redactedDSN() string {
	hide := func(m, before, password, after string) string {
		if len(request.Variables(password)) > 0 {
			return m
		}
		return before + "redacted" + after
	}
	dsn := q.DSN
	if head, rest, ok := strings.Cut(dsn, "://"); ok {
		if at := strings.LastIndex(strings.SplitN(rest, "/", 2)[0], "@"); at >= 0 {
			if user, password, ok := strings.Cut(rest[:at], ":"); ok {
				dsn = head + "://" + hide(rest[:at], user+":", password, "") + rest[at:]
			}
		}
	} else {
		dsn = parensPass.ReplaceAllStringFunc(dsn, func(m string) string {
			p := parensPass.FindStringSubmatch(m)
			return hide(m, p[1]+":", p[2], p[3])
		})
	}
	return keyedPass.ReplaceAllStringFunc(dsn, func(m string) string {
		p := keyedPass.FindStringSubmatch(m)
		return hide(m, p[1], p[2], "")
	})
}

func (q *SQL) MarshalYAML() (any, error) {
	f := form{"driver": q.Driver, "dsn": q.redactedDSN(), "query": q.Query}
	f.put("args", q.Args, len(q.Args) > 0)
	f.put("pool", q.Pool, q.Pool != 0)
	f.put("expect_rows", q.Expect, q.Expect != nil)
	f.put("data", plainfile.Absolute(q.Data), q.Data != "")
	return map[string]any(f), nil
}

func decodeSQL(from *strictyaml.Decoder, n *yaml.Node) Call {
	q, d := new(SQL), decoder{from, "sql"}
	d.Object(n, "target.sql", strictyaml.Fields{
		"driver": d.text(&q.Driver, "driver"),
		"dsn":    d.text(&q.DSN, "dsn"),
		"query":  d.text(&q.Query, "query"),
		"args":   d.texts(&q.Args, "args"),
		"pool":   func(n *yaml.Node) { q.Pool = d.Integer(n, d.key("pool")) },
		"expect_rows": func(n *yaml.Node) {
			rows := d.Integer(n, d.key("expect_rows"))
			q.Expect = &rows
		},
		"data": d.path(&q.Data, "data"),
	})
	return q
}
