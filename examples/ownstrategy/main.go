// Command ownstrategy is fanbench with one more strategy.
package main

import (
	"os"

	"github.com/fanbench/fanbench/cmd"
	"github.com/fanbench/fanbench/strategies"
)

func main() {
	strategies.Register(staggered)
	os.Exit(cmd.Main())
}
