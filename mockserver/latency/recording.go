package latency

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/fanbench/fanbench/internal/plainfile"
	"github.com/fanbench/fanbench/internal/quote"
)

// recording is what an empirical distribution draws from: distinct values in ascending
// order, in the unit's base, how often each was recorded, and the share of the recording
// at or below it.
type recording struct {
	path   string // of the file it was read from, from the working directory
	values []float64
	counts []int64
	shares []float64
}

func newRecording(path string, counts map[float64]int64) *recording {
	r := &recording{path: path}
	total := 0.0
	for v, n := range counts {
		r.values = append(r.values, v)
		total += float64(n)
	}
	slices.SortFunc(r.values, cmp.Compare)
	sum := 0.0
	for _, v := range r.values {
		sum += float64(counts[v])
		r.counts = append(r.counts, counts[v])
		r.shares = append(r.shares, sum/total)
	}
	return r
}

// quantile is the inverse of the empirical distribution function (type 1 of Hyndman
// and Fan, 1996): only values that were recorded are drawn.
func (r *recording) quantile(u float64) float64 {
	return r.values[min(sort.SearchFloat64s(r.shares, u), len(r.values)-1)]
}

// readRecording calls add with every value in the file and how often it is there.
func readRecording(file, column, count string, add func(text string, count int64) error) error {
	f, err := plainfile.Open(file, plainfile.MaxData)
	if err != nil {
		return err
	}
	defer f.Close()
	if strings.HasSuffix(file, ".hlog") {
		err = readHistogramLog(f, add)
	} else {
		err = readColumn(f, column, count, add)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// greatestCount keeps sums of counts from overflowing.
const greatestCount = 1_000_000_000_000

// readColumn reads a column, and unless count is "" that of how often each value was.
func readColumn(f io.Reader, column, count string, add func(string, int64) error) error {
	rows := csv.NewReader(bufio.NewReader(f))
	rows.ReuseRecord = true
	header, err := rows.Read()
	if err != nil {
		return fmt.Errorf("no header line: %w", err)
	}
	i, j := slices.Index(header, column), slices.Index(header, count)
	switch {
	case i < 0:
		return fmt.Errorf("no column %s (there is: %s)", quote.Text(column), quote.Plain(strings.Join(header, ", ")))
	case j < 0 && count != "":
		return fmt.Errorf("no column %s (there is: %s)", quote.Text(count), quote.Plain(strings.Join(header, ", ")))
	}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		n, at := int64(1), i
		if count != "" {
			if n, err = strconv.ParseInt(strings.TrimSpace(row[j]), 10, 64); err != nil || n < 1 || n > greatestCount {
				err, at = fmt.Errorf("%s is not a count, a whole number from 1 to %d", quote.Text(row[j]), greatestCount), j
			}
		}
		if err == nil {
			err = add(strings.TrimSpace(row[i]), n)
		}
		if err != nil {
			line, _ := rows.FieldPos(at)
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
}

// shortLines reads text whose lines have a bounded length. A line of a histogram log is
// compressed: a long one could take a thousand times its length in memory.
type shortLines struct {
	from   io.Reader
	length int // of the line so far
}

// longestLine bounds the lines of a histogram log, in bytes. A histogram of a thousand
// different values takes 2 KiB.
const longestLine = 256 << 10

func (l *shortLines) Read(p []byte) (int, error) {
	n, err := l.from.Read(p)
	for _, c := range p[:n] {
		if l.length++; c == '\n' {
			l.length = 0
		}
		if l.length > longestLine {
			return 0, fmt.Errorf("a line is longer than %d KiB", longestLine>>10)
		}
	}
	return n, err
}

func readHistogramLog(f io.Reader, add func(string, int64) error) error {
	log := hdrhistogram.NewHistogramLogReader(&shortLines{from: f})
	for {
		h, err := log.NextIntervalHistogram()
		if err != nil || h == nil {
			return err
		}
		for _, bar := range h.Distribution() {
			if bar.Count == 0 {
				continue
			}
			if err := add(strconv.FormatInt(bar.To, 10), bar.Count); err != nil {
				return err
			}
		}
	}
}
