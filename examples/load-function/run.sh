#!/bin/sh
# Measures load-function.yaml, with the nginx of load-nginx:
#   examples/load-function/run.sh [a flag of fanbench run ...]
# PORT is where nginx listens.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
go -C "$here" build -o "$dir/load-function" .
FANBENCH="$dir/load-function" SCENARIO="$here/load-function.yaml" "$here/../load-nginx/run.sh" "$@"
