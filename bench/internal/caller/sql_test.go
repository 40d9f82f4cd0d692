package caller

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/call"
)

// fake is a database: SELECT n has n rows of 5 bytes, BLOCK waits until it may go on, and
// anything else is an error.
type fake struct{ open, most atomic.Int64 }

var (
	database = new(fake)
	begun    = make(chan bool)
	goOn     = make(chan bool)
)

func init() { sql.Register("fake-database", database) }

func (f *fake) Open(dsn string) (driver.Conn, error) {
	if dsn != "somewhere else" {
		return nil, fmt.Errorf("no database at %s", dsn)
	}
	f.most.Store(max(f.most.Load(), f.open.Add(1)))
	return &fakeConn{f}, nil
}

type fakeConn struct{ of *fake }

func (c *fakeConn) Prepare(string) (driver.Stmt, error) { return nil, errors.ErrUnsupported }
func (c *fakeConn) Begin() (driver.Tx, error)           { return nil, errors.ErrUnsupported }
func (c *fakeConn) Close() error                        { c.of.open.Add(-1); return nil }

func (c *fakeConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if query == "BLOCK" {
		begun <- true
		<-goOn
		return &fakeRows{}, nil
	}
	var n int
	if _, err := fmt.Sscanf(query, "SELECT %d", &n); err != nil || len(args) != 1 || args[0].Value != "task 17" {
		return nil, fmt.Errorf("%s %v: not understood", query, args)
	}
	return &fakeRows{n}, nil
}

type fakeRows struct{ left int }

func (r *fakeRows) Columns() []string { return []string{"a", "b"} }
func (r *fakeRows) Close() error      { return nil }

func (r *fakeRows) Next(to []driver.Value) error {
	if r.left--; r.left < 0 {
		return io.EOF
	}
	to[0], to[1] = "abc", []byte("de")
	return nil
}

func query17(n int, expect *int) *call.SQL {
	return &call.SQL{Driver: "fake-database", DSN: "somewhere ${WHERE}", Query: fmt.Sprintf("SELECT %d", n), Args: []string{"task {task}"}, Expect: expect}
}

func TestQueries(t *testing.T) {
	t.Setenv("WHERE", "else")
	two := 2
	for _, c := range []struct {
		sql   *call.SQL
		bytes int64
		err   string
	}{
		{query17(0, nil), 0, ""},
		{query17(3, nil), 15, ""},
		{query17(2, &two), 10, ""},
		{query17(3, &two), 15, "3 rows, expected 2"},
		{&call.SQL{Driver: "fake-database", DSN: "somewhere else", Query: "DROP {task}"}, 0, "DROP 17 []: not understood"},
	} {
		k, _ := open(t, c.sql)
		if err := k.Open(t.Context(), 3, false); err != nil {
			t.Fatal(err)
		}
		a, err := k.Do(t.Context(), task(17))
		if a.Bytes != c.bytes || errorText(err) != c.err || a.Took <= 0 {
			t.Errorf("%+v: %+v and %v, want %d bytes and %q", c.sql, a, err, c.bytes, c.err)
		}
		if n := k.Connections(); n != 1 {
			t.Errorf("%+v: %d connections opened, want 1", c.sql, n)
		}
		k.Close()
	}
	if n := database.open.Load(); n != 0 {
		t.Errorf("%d connections are still open", n)
	}
}

// Warm: as many connections are open as tasks can use at once, and none is opened by a task.
func TestAPoolIsWarm(t *testing.T) {
	t.Setenv("WHERE", "else")
	q := query17(1, nil)
	for _, c := range []struct {
		pool, atOnce int
		want         int64
	}{{0, 5, 5}, {3, 5, 3}, {8, 5, 5}} {
		q.Pool = c.pool
		k, _ := open(t, q)
		if err := k.Open(t.Context(), c.atOnce, true); err != nil {
			t.Fatal(err)
		}
		if n := database.open.Load(); n != c.want {
			t.Errorf("%+v: %d connections are open", c, n)
		}
		for range 20 {
			if _, err := k.Do(t.Context(), task(17)); err != nil {
				t.Error(err)
			}
		}
		if n := k.Connections(); n != 0 {
			t.Errorf("%+v: tasks opened %d connections", c, n)
		}
		k.Close()
	}
	q.DSN = "nowhere"
	k, _ := open(t, q)
	if err := k.Open(t.Context(), 5, true); errorText(err) != "no database at nowhere" {
		t.Errorf("%v, want why it cannot be opened", err)
	}
}

// The pool is a limit behind the strategy's: a query that finds it in use waits, and that is
// its queueing time.
func TestQueriesWaitForThePool(t *testing.T) {
	t.Setenv("WHERE", "else")
	database.most.Store(0)
	k, _ := open(t, &call.SQL{Driver: "fake-database", DSN: "somewhere else", Query: "BLOCK", Pool: 1})
	if err := k.Open(t.Context(), 2, true); err != nil {
		t.Fatal(err)
	}
	answers := make([]call.Answer, 2)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() { answers[i], _ = k.Do(t.Context(), task(i)) })
	}
	<-begun
	for k.(*query).db.Load().Stats().WaitCount == 0 { // the other one waits
		select {
		case <-begun:
			t.Fatal("two queries at once")
		default:
		}
	}
	const held = 2 * time.Millisecond
	time.Sleep(held)
	goOn <- true
	<-begun
	goOn <- true
	wg.Wait()
	if n := database.most.Load(); n != 1 {
		t.Errorf("%d connections at once, want 1", n)
	}
	if waited := max(answers[0].Queue, answers[1].Queue); waited < int64(held) {
		t.Errorf("one waited %d ns for the other, which was held for %v", waited, held)
	}
}
