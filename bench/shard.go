package bench

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/fanbench/fanbench/bench/results"
)

// Environment variables that say which shard a process is to measure.
const (
	ShardsVariable = "FANBENCH_SHARDS" // how many there are; Kubernetes does not tell a pod its Job's completions

	jobIndex  = "JOB_COMPLETION_INDEX" // Kubernetes, of an Indexed Job
	taskID    = "SLURM_ARRAY_TASK_ID"
	taskMin   = "SLURM_ARRAY_TASK_MIN"
	taskStep  = "SLURM_ARRAY_TASK_STEP"
	taskCount = "SLURM_ARRAY_TASK_COUNT"
)

// ParseShard reads a shard: "2/8" is the third of eight, and "auto" the one that the
// environment of an Indexed Job of Kubernetes, or of an array of Slurm, names. Its attempt is
// new with every call.
func ParseShard(text string, getenv func(string) string) (results.Shard, error) {
	var s results.Shard
	var err error
	if text == "auto" {
		s, err = shardOf(getenv)
	} else {
		index, of, ok := strings.Cut(text, "/")
		var err1, err2 error
		s.Index, err1 = strconv.Atoi(index)
		s.Of, err2 = strconv.Atoi(of)
		if !ok || err1 != nil || err2 != nil {
			err = fmt.Errorf("%q is not a shard: write 0/8 for the first of eight, 7/8 for the last, or auto", text)
		}
	}
	if err != nil {
		return results.Whole, err
	}
	if err := s.Check(); err != nil {
		return results.Whole, err
	}
	s.Attempt = NewAttempt(getenv)
	return s, nil
}

// shardOf is the shard of the environment.
func shardOf(getenv func(string) string) (s results.Shard, err error) {
	var errs []error
	number := func(name string, otherwise int) int {
		text := getenv(name)
		if text == "" && otherwise >= 0 {
			return otherwise
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			errs = append(errs, fmt.Errorf("auto: %s is %q, not a whole number", name, text))
		}
		return n
	}
	kubernetes, slurm, shards := getenv(jobIndex) != "", getenv(taskID) != "", getenv(ShardsVariable) != ""
	switch {
	case kubernetes && slurm:
		return s, fmt.Errorf("auto: both %s and %s are set; write the shard out, such as 2/8", jobIndex, taskID)
	case kubernetes && !shards:
		return s, fmt.Errorf("auto: %s is missing; set it to the Job's completions", ShardsVariable)
	case kubernetes:
		s.Index, s.Of = number(jobIndex, -1), number(ShardsVariable, -1)
	case slurm && shards: // also right if only some tasks of the array are submitted again
		s.Index, s.Of = number(taskID, -1), number(ShardsVariable, -1)
	case slurm:
		s.Index, s.Of = (number(taskID, -1)-number(taskMin, 0))/max(1, number(taskStep, 1)), number(taskCount, -1)
	default:
		return s, fmt.Errorf("auto: neither %s (Kubernetes, an Indexed Job) nor %s (Slurm, an array) is set", jobIndex, taskID)
	}
	return s, errors.Join(errs...)
}

var notInAttempts = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// NewAttempt returns a new name for the execution of a shard: its pod, or its job and how often
// that was restarted, or else its host; and eight random digits.
func NewAttempt(getenv func(string) string) string {
	name := getenv("POD_NAME")
	if job := getenv("SLURM_JOB_ID"); name == "" && job != "" {
		restarts := getenv("SLURM_RESTART_COUNT")
		if restarts == "" {
			restarts = "0"
		}
		name = "slurm-" + job + "-" + restarts
	}
	if name == "" {
		name, _ = os.Hostname()
	}
	name = strings.Trim(notInAttempts.ReplaceAllString(name, "-"), "._-")
	if name == "" {
		name = "attempt"
	}
	var random [4]byte
	_, _ = rand.Read(random[:]) // never fails
	return name[:min(len(name), 100)] + "-" + hex.EncodeToString(random[:])
}
