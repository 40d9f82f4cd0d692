package bucket

import (
	"context"
	"time"
)

const MaxMarker = maxMarker

var (
	DecodeMarker = decodeMarker
	MarkerKey    = markerKey
)

func (m Marker) Encode() ([]byte, error) { return m.encode() }

func OpenDirectory(dir string) (Store, error) { return openDirectory(dir) }

func New(name string, s Store, sleep func(ctx context.Context, d time.Duration) error) *Bucket {
	return &Bucket{name: name, store: s, Sleep: sleep}
}
