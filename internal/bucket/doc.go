// Package bucket keeps shards in a bucket: a directory that machines share (file://), or object
// storage (s3://, gs://, azblob://), whose drivers weigh more than fanbench: cmd/fanbench-cluster,
// a module of its own, registers them.
//
//	<prefix>/shards/2-of-8/<attempt>/run.json, ...   the files of an attempt at a shard
//	<prefix>/shards/2-of-8/complete.json             written last, and once: see Marker
//
// Upload writes the marker only if there is none, so of several attempts at a shard exactly one
// counts, whoever is late, repeated or killed; nothing has to be locked, and no clock is
// compared. Download reads what the markers name and nothing else, and believes no name and no
// size in them.
//
// It may import bench/results. Begin with Bucket in bucket.go.
package bucket
