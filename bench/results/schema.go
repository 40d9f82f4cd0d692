package results

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/fanbench/fanbench/internal/version"
)

// SchemaVersion is the version of the run directory's measured files, in run.json. It
// grows by one when a key of run.json or trials.jsonl is added, changes its meaning or goes
// away: a key that its schema does not have is an error. Older runs stay readable, and a
// key that they do not have is its zero value. Who raises it writes here how a run of the
// version before becomes one of this, and leaves a run of that version to the tests
// (reports/testdata/schemas).
//
// 2: run.json and the lines of trials.jsonl are sealed, and carry the checksums of all
// other measured files. A run of schema 1 has none: see Run.Unverified.
//
// 3: usage has ctx_switches and gc_ns. In an older run they are 0, which stands for not
// known where there were collections.
//
// 4: a scenario may have workload.arrivals, workload.deadline and measure.figure, and a
// trial phase, batches and batches_sha256; audit has rejected and unfinished. An older run
// has none of them.
//
// 5: workload has tenants, arrivals has bursts, trace and a list of rates, tasks may be a
// distribution, and measure has promise; a phase has good, broken, unplanned and tenants. In
// an older run good is 0.
//
// 6: run.json has protocol, shard.attempt, environment.node and environment.instance, and of a
// merged run parts. An older run is not merged.
//
// 7: records may be packed, in a file that ends in .rec.zst. A target may be a command, grpc,
// sql or tcp.
//
// 8: a trial has server_cpu_ns; in an older run it is 0, which stands for not known. A scenario of advise
// may have measure.left_out.
const SchemaVersion = 8

// checkSchema returns the reason why a run.json with this text cannot be read. It reads the
// version of its writer first, because the rest may be unreadable.
func checkSchema(text []byte) error {
	var from struct {
		Schema   int    `json:"schema"`
		Fanbench string `json:"fanbench"`
	}
	if err := json.Unmarshal(text, &from); err != nil {
		return err
	}
	switch {
	case from.Schema < 1:
		return errors.New("it has no schema: it is not a run.json of fanbench")
	case from.Schema > SchemaVersion:
		return fmt.Errorf("it has schema %d, and this fanbench (%s) reads up to %d: it was written by a newer one (%s); update to that", from.Schema, version.String(), SchemaVersion, from.Fanbench)
	}
	return nil
}
