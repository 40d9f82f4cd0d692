#!/bin/sh
# Measures the scenarios of this directory against mock servers on eight addresses of the
# loopback: examples/questions/run.sh [a flag of fanbench run ...]
# OUT is the directory of the runs, PORT where the servers listen.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
port=${PORT:-8098}
dir=$(mktemp -d)
servers=
trap 'for s in $servers; do kill -INT "$s" 2>/dev/null; done; wait 2>/dev/null; rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

go -C "$here" build -o "$dir/questions" .
for i in 1 2 3 4 5 6 7 8; do
	"$dir/questions" serve --addr "127.0.0.$i:$port" --admin-addr 127.0.0.1:0 --latency lognormal:p50=20ms,p99=60ms >"$dir/log$i" 2>&1 &
	servers="$servers $!"
	until grep -q listening "$dir/log$i"; do
		kill -0 $! # it has ended, and said why
		sleep 0.1
	done
done

cp "$here"/*.csv "$dir"
for f in "$here"/*.yaml; do
	sed "s/:8098/:$port/" "$f" >"$dir/$(basename "$f")"
done
export QUESTIONS=127.0.0.1:$port
cd "$dir"
status=0
"$dir/questions" run few.yaml hundred.yaml one-host.yaml many-hosts.yaml idle-default.yaml idle-tuned.yaml names-default.yaml names-tuned.yaml \
	--out "${OUT:-$OLDPWD/reports/questions}/large" "$@" || status=$?
test $status -le 1
(
	ulimit -n 1024
	"$dir/questions" run descriptors.yaml --out "${OUT:-$OLDPWD/reports/questions}/descriptors" "$@"
) || test $? -eq 1
