package mockserver

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/fanbench/fanbench/internal/bytesize"
	"github.com/fanbench/fanbench/internal/duration"
	"github.com/fanbench/fanbench/mockserver/config"
)

// control has the parameters of a request's query. A parameter that was not given is -1.
type control struct {
	round  int // 0 if it was not given: a round may be negative
	task   int
	delay  time.Duration
	status int
	size   int64
}

// parseControl reads a query such as round=3&task=17&delay=1300us. It ignores other keys,
// which belong to the client.
func parseControl(query string) (control, error) {
	c := control{task: -1, delay: -1, status: -1, size: -1}
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		key, value, _ := strings.Cut(pair, "=")
		if err := c.set(key, value); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (c *control) set(key, value string) (err error) {
	switch key {
	case "round", "task", "delay", "status", "size":
	default:
		return nil
	}
	if strings.ContainsAny(value, "%+") {
		if value, err = url.QueryUnescape(value); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	switch key {
	case "round":
		if c.round, err = strconv.Atoi(value); err != nil {
			err = fmt.Errorf("%q is not a whole number", value)
		}
	case "task":
		if c.task, err = strconv.Atoi(value); err != nil || c.task < 0 {
			err = fmt.Errorf("%q is not a whole number of at least 0", value)
		}
	case "delay":
		c.delay, err = duration.ParseNonNegative(value)
	case "status":
		if c.status, err = strconv.Atoi(value); err != nil || c.status < config.LeastStatus || c.status > config.GreatestStatus {
			err = fmt.Errorf("%q is not a status from %d to %d", value, config.LeastStatus, config.GreatestStatus)
		}
	case "size":
		c.size, err = bytesize.Parse(value)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}
