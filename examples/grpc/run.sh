#!/bin/sh
# Measures grpc.yaml against the service of cmd/fanbench-full/greeter on the loopback:
#   examples/grpc/run.sh [a flag of fanbench run ...]
# FANBENCH is the fanbench-full to use, PORT where the service listens.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
port=${PORT:-8097}
dir=$(mktemp -d)
service=
trap 'test -z "$service" || { kill -INT "$service" && wait "$service"; } 2>/dev/null || true; rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

go -C "$here/../../cmd/fanbench-full" build -o "$dir/greeter" ./greeter
"$dir/greeter" -addr "127.0.0.1:$port" >"$dir/log" &
service=$!
until grep -q listening "$dir/log"; do
	kill -0 "$service" # it has ended, and said why
	sleep 0.1
done

scenario=$here/grpc.yaml
if [ "$port" != 8097 ]; then
	scenario=$dir/grpc.yaml
	sed "s/127.0.0.1:8097/127.0.0.1:$port/" "$here/grpc.yaml" >"$scenario"
fi
"${FANBENCH:-fanbench-full}" run "$scenario" "$@"
