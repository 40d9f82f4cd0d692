#!/bin/sh
# Measures postgres.yaml against a PostgreSQL of its own, which it starts on the loopback:
#   examples/sql/run-postgres.sh [a flag of fanbench run ...]
# FANBENCH is the fanbench-full to use, PORT where PostgreSQL listens. It does not start as
# root; then it runs as the user that the distribution's package has made for it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
port=${PORT:-5455}
dir=$(mktemp -d)
as=
if [ "$(id -u)" -eq 0 ]; then
	chown postgres "$dir"
	as='runuser -u postgres --'
fi
bin=$(pg_config --bindir 2>/dev/null || true)
for d in "$bin" /usr/lib/postgresql/*/bin; do
	test -x "$d/initdb" && PATH=$d:$PATH && break
done
trap '$as pg_ctl -D "$dir/data" -m immediate -s stop 2>/dev/null || true; rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

cd "$dir" # a directory that the other user can read
$as initdb -D "$dir/data" -U fanbench -A trust >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
$as pg_ctl -D "$dir/data" -s -w -l "$dir/data/log" -o "-p $port -k $dir -c listen_addresses=127.0.0.1 -c max_connections=50 -c fsync=off" start
cd "$OLDPWD"
scenario=$here/postgres.yaml
if [ "$port" != 5455 ]; then
	scenario=$dir/postgres.yaml
	sed "s/:5455/:$port/" "$here/postgres.yaml" >"$scenario"
fi
"${FANBENCH:-fanbench-full}" run "$scenario" "$@"
