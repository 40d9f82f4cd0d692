// Package azure makes azblob:// known to fanbench: Azure Blob Storage.
package azure

import (
	_ "gocloud.dev/blob/azureblob" // the driver

	"github.com/fanbench/fanbench/cmd/fanbench-cluster/blob"
	"github.com/fanbench/fanbench/internal/bucket"
)

func init() { bucket.Register("azblob", blob.Open) }
