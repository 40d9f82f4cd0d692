// Command fanbench-cluster is fanbench with object storage: --out, merge and upload take s3://,
// gs:// and azblob:// URLs. It is a module of its own, so that fanbench neither links nor
// requires the drivers.
//
// A program with strategies of its own imports the packages of the storage that it needs.
package main

import (
	"os"

	"github.com/fanbench/fanbench/cmd"
	_ "github.com/fanbench/fanbench/cmd/fanbench-cluster/azure"
	_ "github.com/fanbench/fanbench/cmd/fanbench-cluster/gcs"
	_ "github.com/fanbench/fanbench/cmd/fanbench-cluster/s3"
)

func main() { os.Exit(cmd.Main()) }
