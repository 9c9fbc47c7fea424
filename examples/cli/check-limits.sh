#!/bin/sh
# Checks that a value lies within limits, for a monitoring system that looks at exit codes.
#   check-limits.sh NAME LOW HIGH
# 0: it does. 1: it does not, or the server refused. 3: not found, or out of time. 4: the connection broke.
set -u
name=$1 low=$2 high=$3
value=$(node-pvxs get "$name" --raw -w "${WAIT:-5}") || exit $?
if awk -v value="$value" -v low="$low" -v high="$high" 'BEGIN { exit !(low <= value + 0 && value + 0 <= high) }'; then
    echo "OK: $name is $value"
else
    echo "CRITICAL: $name is $value, not within $low to $high"
    exit 1
fi
