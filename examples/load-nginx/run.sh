#!/bin/sh
# Measures load-nginx.yaml against an nginx of its own on the loopback:
#   examples/load-nginx/run.sh [a flag of fanbench run ...]
# FANBENCH is the fanbench to use, SCENARIO another scenario, PORT where nginx listens. A
# function finds the address of the files in FILES.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
export FILES="http://127.0.0.1:${PORT:-8091}"
dir=$(mktemp -d)
server() { nginx -p "$dir" -c "$dir/nginx.conf" -e "$dir/error.log" "$@"; }
trap 'server -s stop 2>/dev/null || true; rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

mkdir "$dir/files" "$dir/tmp"
for i in 0 1 2 3 4 5 6 7 8 9; do # 8 to 80 KiB
	dd if=/dev/zero of="$dir/files/$i" bs=8192 count=$((i + 1)) 2>/dev/null
done
sed "s/PORT/${PORT:-8091}/" "$here/nginx.conf" >"$dir/nginx.conf"
if [ "$(id -u)" -eq 0 ]; then
	echo 'user root;' >>"$dir/nginx.conf" # else its worker may not read the files
fi
server # it returns when it listens

if [ -n "${SCENARIO:-}" ]; then
	"${FANBENCH:-fanbench}" run "$SCENARIO" "$@"
else
	"${FANBENCH:-fanbench}" run "$here/load-nginx.yaml" --url "$FILES/{task}" "$@"
fi
