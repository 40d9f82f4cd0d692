package mockserver

import "testing"

// namedPipe is a file that is not there: Windows has no pipes among files.
func namedPipe(_ *testing.T, dir string) string { return dir + `\pipe.csv` }
