package doctor

import "testing"

func TestLimitsAreRead(t *testing.T) {
	const table = "  sl  local_address rem_address\n   0: 0100007F:8000 00000000:0000 0A\n   1: 0100007F:8001 x 06\n   2: 0100007F:8001 y 06\n   3: 0100007F:0050 z 06\n"
	if got := freePorts("32768\t60999\n", table); got != 28232-2 {
		t.Errorf("%d ports", got)
	}
	if got := freePorts("", table); got != 0 {
		t.Errorf("%d free ports without a range", got)
	}
}
