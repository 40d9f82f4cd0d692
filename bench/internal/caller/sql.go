package caller

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/fanbench/fanbench/bench/call"
	"github.com/fanbench/fanbench/bench/request"
	"github.com/fanbench/fanbench/internal/suggest"
)

// query makes queries by database/sql, over one pool of connections.
type query struct {
	*call.SQL
	source driver.Connector
	opened atomic.Int64 // connections
	db     atomic.Pointer[sql.DB]
}

// LookUpDriver returns an error unless the program has the driver.
func LookUpDriver(name string) error {
	drivers := sql.Drivers()
	if slices.Contains(drivers, name) {
		return nil
	}
	if len(drivers) == 0 {
		return fmt.Errorf("this program has no driver for databases; build one that has pgx and sqlite by make full, and use bin/fanbench-full, or import yours (docs/targets.md)")
	}
	return suggest.Unknown("driver", name, drivers)
}

func openSQL(c call.Call, _ call.Means) (call.Caller, error) {
	of, ok := c.(*call.SQL)
	if !ok {
		return nil, fmt.Errorf("%T is no query", c)
	}
	if err := LookUpDriver(of.Driver); err != nil {
		return nil, err
	}
	dsn := request.Expand(of.DSN)
	db, err := sql.Open(of.Driver, dsn)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	k := &query{SQL: of, source: byName{dsn, db.Driver()}}
	if d, ok := db.Driver().(driver.DriverContext); ok {
		if k.source, err = d.OpenConnector(dsn); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// byName opens connections by a driver without connectors.
type byName struct {
	dsn    string
	driver driver.Driver
}

func (b byName) Connect(context.Context) (driver.Conn, error) { return b.driver.Open(b.dsn) }
func (b byName) Driver() driver.Driver                        { return b.driver }

// Connect opens a connection and counts it.
func (k *query) Connect(ctx context.Context) (driver.Conn, error) {
	k.opened.Add(1)
	return k.source.Connect(ctx)
}

func (k *query) Driver() driver.Driver { return k.source.Driver() }

func (k *query) Open(ctx context.Context, atOnce int, warm bool) error {
	db := sql.OpenDB(k)
	db.SetMaxOpenConns(k.Pool)
	// With the default of two idle connections most would be closed after each query.
	most := atOnce
	if k.Pool > 0 {
		most = min(most, k.Pool)
	}
	db.SetMaxIdleConns(max(most, 1))
	k.db.Store(db)
	if !warm {
		return nil
	}
	defer k.opened.Store(0)
	conns := make(chan *sql.Conn, most)
	err := openAll(ctx, most, func() error {
		conn, err := db.Conn(ctx)
		if err == nil {
			conns <- conn
			err = conn.PingContext(ctx)
		}
		return err
	})
	close(conns)
	for conn := range conns { // not before all are open, or some would be used twice
		_ = conn.Close()
	}
	return err
}

var errClosed = errors.New("no database is open")

func (k *query) Do(ctx context.Context, t call.Task) (a call.Answer, err error) {
	db := k.db.Load()
	if db == nil {
		return a, errClosed
	}
	args := make([]any, len(k.Args))
	for i, text := range k.Args {
		args[i] = t.Fill(text)
	}
	began := time.Now()
	conn, err := db.Conn(ctx)
	a.Queue = int64(time.Since(began))
	if err != nil {
		return a, err
	}
	defer func() {
		a.Took = int64(time.Since(began)) - a.Queue
		_ = conn.Close()
	}()
	rows, err := conn.QueryContext(ctx, t.Fill(k.Query), args...)
	if err != nil {
		return a, err
	}
	defer rows.Close()
	n, size, err := readRows(rows)
	a.Bytes = size
	if err == nil && k.Expect != nil && n != *k.Expect {
		err = fmt.Errorf("%d rows, expected %d", n, *k.Expect)
	}
	return a, err
}

// readRows reads all rows, and returns their number and the size of their values in bytes.
func readRows(rows *sql.Rows) (n int, size int64, err error) {
	columns, err := rows.Columns()
	if err != nil {
		return 0, 0, err
	}
	values := make([]sql.RawBytes, len(columns))
	into := make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return n, size, err
		}
		n++
		for _, v := range values {
			size += int64(len(v))
		}
	}
	return n, size, rows.Err()
}

func (k *query) Connections() int64 { return k.opened.Swap(0) }

func (k *query) Close() error {
	if db := k.db.Swap(nil); db != nil {
		return db.Close()
	}
	return nil
}
