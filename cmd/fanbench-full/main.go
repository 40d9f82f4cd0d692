// Command fanbench-full is fanbench with what the usual one leaves out for its weight: calls by
// gRPC, and drivers for PostgreSQL (pgx) and SQLite (sqlite). It is a module of its own, so that
// a program that imports fanbench does not get their dependencies.
package main

import (
	"os"

	_ "github.com/jackc/pgx/v5/stdlib" // pgx
	_ "modernc.org/sqlite"             // sqlite

	"github.com/fanbench/fanbench/cmd"
	_ "github.com/fanbench/fanbench/cmd/fanbench-full/grpccall"
)

func main() { os.Exit(cmd.Main()) }
