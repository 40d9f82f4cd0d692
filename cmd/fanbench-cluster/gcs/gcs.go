// Package gcs makes gs:// known to fanbench: Google Cloud Storage.
package gcs

import (
	_ "gocloud.dev/blob/gcsblob" // the driver

	"github.com/fanbench/fanbench/cmd/fanbench-cluster/blob"
	"github.com/fanbench/fanbench/internal/bucket"
)

func init() { bucket.Register("gs", blob.Open) }
