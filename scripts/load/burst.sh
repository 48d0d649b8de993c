#!/usr/bin/env bash
# Bursts: many requests at once, then quiet, again and again.
# usage: burst.sh [BURSTS [REQUESTS [CONNECTIONS [PAUSE]]]]     (default 10 of 500 over 100 connections, 3 s apart)
set -euo pipefail
source "$(dirname "$0")/common.sh"
need hey

bursts=${1:-10} requests=${2:-500} connections=${3:-100} pause=${4:-3}
for ((burst = 1; burst <= bursts; ++burst)); do
  printf 'burst %d of %d: ' "$burst" "$bursts"
  hey -n "$requests" -c "$connections" -t 60 -m POST -T application/json -d "$body" "$target" |
    awk '/Requests\/sec:/ { rate = $2 } /Slowest:/ { slowest = $2 } /^  \[[0-9][0-9][0-9]\]/ { codes = codes " " $1 $2 } /Error distribution/ { codes = codes " errors" }
      END { printf "%.0f requests/s, slowest %.3f s, answers%s\n", rate, slowest, codes }'
  [ "$burst" = "$bursts" ] || sleep "$pause"
done
