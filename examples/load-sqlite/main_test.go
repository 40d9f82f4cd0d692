package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
)

// Orders that are booked at once take what they order from the stock, each exactly once.
func TestOrders(t *testing.T) {
	s, err := open(filepath.Join(t.TempDir(), "shop.db"), 4)
	if err != nil {
		t.Fatal(err)
	}
	defer s.db.Close()
	const n = 40
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			w := httptest.NewRecorder()
			s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/"+strconv.Itoa(i), nil))
			if w.Code != http.StatusOK {
				t.Errorf("order %d: %d %s", i, w.Code, w.Body)
			}
		})
	}
	all.Wait()
	var stock, kept int
	if err := s.db.QueryRow("SELECT (SELECT sum(stock) FROM items), (SELECT count(*) FROM orders)").Scan(&stock, &kept); err != nil {
		t.Fatal(err)
	}
	if want := items*fullStock - n*lines; stock != want || kept != n {
		t.Errorf("%d items in stock, want %d; %d orders, want %d", stock, want, kept, n)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/order", nil))
	if w.Code != http.StatusNotFound {
		t.Errorf("an order without a number: %d", w.Code)
	}
}
