#!/usr/bin/env bash
# A constant load. usage: constant.sh [CONNECTIONS [SECONDS [PER_SECOND]]]     (default 16, 30, as fast as it goes)
# With a rate, hey sends it; without, wrk. MODEL, BODY and PILOTLIGHT_URL choose what is asked, and of whom.
set -euo pipefail
source "$(dirname "$0")/common.sh"
need wrk hey

connections=${1:-16} seconds=${2:-30} rate=${3:-}
if [ -n "$rate" ]; then
  # hey's rate is that of each connection.
  each=$(awk -v rate="$rate" -v n="$connections" 'BEGIN { print rate / n }')
  exec hey -z "${seconds}s" -c "$connections" -q "$each" -m POST -T application/json -d "$body" "$target"
fi
script=$(mktemp --suffix=.lua)
trap 'rm -f "$script"' EXIT
printf 'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = [==[%s]==]\n' "$body" >"$script"
wrk -t1 -c "$connections" -d "${seconds}s" --timeout 60s --latency -s "$script" "$target"
