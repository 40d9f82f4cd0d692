#!/bin/sh
# Measures tcp.yaml against the service of main.go on the loopback:
#   examples/tcp/run.sh [a flag of fanbench run ...]
# FANBENCH is the fanbench to use, PORT where the service listens.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
port=${PORT:-8096}
dir=$(mktemp -d)
service=
trap 'test -z "$service" || { kill -INT "$service" && wait "$service"; } 2>/dev/null || true; rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

go -C "$here" build -o "$dir/tcp" .
"$dir/tcp" -addr "127.0.0.1:$port" >"$dir/log" &
service=$!
until grep -q listening "$dir/log"; do
	kill -0 "$service" # it has ended, and said why
	sleep 0.1
done

scenario=$here/tcp.yaml
if [ "$port" != 8096 ]; then
	scenario=$dir/tcp.yaml
	sed "s/127.0.0.1:8096/127.0.0.1:$port/" "$here/tcp.yaml" >"$scenario"
fi
"${FANBENCH:-fanbench}" run "$scenario" "$@"
