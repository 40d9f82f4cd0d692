package bench

import (
	"encoding/json"
	"errors"
	"fmt"
)

// SchemaVersion is the version of the run directory's measured files, in run.json. It
// grows by one when a field changes its meaning or goes away; a new field leaves it as
// it is, and is its zero value where a run is older than it. Older runs go on being read:
// who raises it also writes here how a run of the version before becomes one of this, and
// leaves a run of that version to the tests (reports/testdata/schemas).
const SchemaVersion = 1

// checkSchema reports why a run.json with this text cannot be read. What wrote it comes
// first, since the rest may be beyond us.
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
		return errors.New("it has no schema: it is no run.json of fanbench")
	case from.Schema > SchemaVersion:
		return fmt.Errorf("it has schema %d, and this fanbench (%s) reads up to %d: it was written by a newer one (%s); update to that", from.Schema, Version(), SchemaVersion, from.Fanbench)
	}
	return nil
}
