#!/bin/sh
# Logs PVs to a file as CSV: at most a row per PV and second, until it is interrupted.
#   log-csv.sh FILE NAME… [options of monitor, such as --for 1m]
set -eu
file=$1
shift
exec node-pvxs monitor "$@" --csv --time utc --every 1 >"$file"
