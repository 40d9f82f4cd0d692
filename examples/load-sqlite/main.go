// Command load-sqlite is a small shop over HTTP: a service with a database/sql pool on
// SQLite, for fanbench to measure fan-outs against. It listens on the loopback, keeps its
// database in a temporary directory, and stops at SIGINT or SIGTERM.
//
// GET /N books an order of sixty items, in one transaction, as order number N. (A request
// that changes something should be a POST; fanbench sends GET.)
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	_ "modernc.org/sqlite"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8092", "where to listen")
	conns := flag.Int("conns", 8, "connections of the pool; further calls wait for one")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, *addr, *conns); err != nil {
		log.Fatal(err)
	}
}

// serve answers until the context ends.
func serve(ctx context.Context, addr string, conns int) error {
	dir, err := os.MkdirTemp("", "load-sqlite-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s, err := open(filepath.Join(dir, "shop.db"), conns)
	if err != nil {
		return err
	}
	defer s.db.Close()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	fmt.Println("listening on", l.Addr())
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// shop is the service.
type shop struct{ db *sql.DB }

const (
	items     = 100
	fullStock = 1000000000 // of each item
	lines     = 60         // of an order
	orders    = 10000      // that are kept: a newer one replaces one of these, so that the database does not grow
)

// open makes the shop's database, with a pool of so many connections. A transaction takes
// SQLite's one write lock at its start. If it is taken, SQLite sleeps and tries again, and
// sleeps longer each time, up to 100 ms (busy_timeout).
func open(file string, conns int) (*shop, error) {
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(file)+"?_txlock=immediate&_pragma=journal_mode(wal)&_pragma=synchronous(normal)&_pragma=busy_timeout(5000)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	_, err = db.Exec(`
		CREATE TABLE items (id INTEGER PRIMARY KEY, stock INTEGER NOT NULL);
		CREATE TABLE orders (id INTEGER PRIMARY KEY, first INTEGER NOT NULL, lines INTEGER NOT NULL);`)
	for item := 0; item < items && err == nil; item++ {
		_, err = db.Exec("INSERT INTO items VALUES (?, ?)", item, fullStock)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &shop{db}, nil
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	if err := s.order(r.Context(), n); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "order", n)
}

// order takes some items from the stock and keeps that it did.
func (s *shop) order(ctx context.Context, n int) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for i := range lines {
		if _, err := tx.ExecContext(ctx, "UPDATE items SET stock = stock - 1 WHERE id = ?", (n+i)%items); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO orders VALUES (?, ?, ?)", n%orders, n%items, lines); err != nil {
		return err
	}
	return tx.Commit()
}
