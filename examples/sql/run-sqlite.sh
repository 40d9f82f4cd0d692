#!/bin/sh
# Measures sqlite.yaml: examples/sql/run-sqlite.sh [a flag of fanbench run ...]
# FANBENCH is the fanbench-full to use. It fills the database too: by a query of its own.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

GOODS=$dir/goods.db
export GOODS
"${FANBENCH:-fanbench-full}" run "$here/fill.yaml" --no-charts --out "$dir/fill" >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
"${FANBENCH:-fanbench-full}" run "$here/sqlite.yaml" "$@"
