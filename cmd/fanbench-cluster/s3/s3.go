// Package s3 makes s3:// known to fanbench: S3 and what speaks its protocol.
package s3

import (
	_ "gocloud.dev/blob/s3blob" // the driver

	"github.com/fanbench/fanbench/cmd/fanbench-cluster/blob"
	"github.com/fanbench/fanbench/internal/bucket"
)

func init() { bucket.Register("s3", blob.Open) }
