// Package all registers the built-in strategies: those of package strategies and the
// adapters of libraries. Import it for that effect:
//
//	import _ "github.com/fanbench/fanbench/strategies/all"
package all

import (
	_ "github.com/fanbench/fanbench/strategies/libs/ants"
	_ "github.com/fanbench/fanbench/strategies/libs/conc"
	_ "github.com/fanbench/fanbench/strategies/libs/failsafe"
	_ "github.com/fanbench/fanbench/strategies/libs/pond"
	_ "github.com/fanbench/fanbench/strategies/libs/rill"
	_ "github.com/fanbench/fanbench/strategies/libs/workerpool"
)
