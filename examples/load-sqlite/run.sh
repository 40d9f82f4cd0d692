#!/bin/sh
# Measures load-sqlite.yaml against the service of main.go on the loopback:
#   examples/load-sqlite/run.sh [a flag of fanbench run ...]
# FANBENCH is the fanbench to use, PORT where the service listens, CONNS the connections of
# its pool.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
port=${PORT:-8092}
dir=$(mktemp -d)
service=
trap 'test -z "$service" || { kill "$service" && wait "$service"; } 2>/dev/null || true; rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

go -C "$here" build -o "$dir/shop" .
"$dir/shop" -addr "127.0.0.1:$port" -conns "${CONNS:-8}" >"$dir/log" &
service=$!
until grep -q listening "$dir/log"; do
	kill -0 "$service" # it has ended, and said why
	sleep 0.1
done

"${FANBENCH:-fanbench}" run "$here/load-sqlite.yaml" --url "http://127.0.0.1:$port/{task}" "$@"
