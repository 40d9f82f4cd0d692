#!/bin/sh
# Measures command.yaml: examples/command/run.sh [a flag of fanbench run ...]
set -eu
"${FANBENCH:-fanbench}" run "$(dirname "$0")/command.yaml" "$@"
