#!/usr/bin/env bash
# Waits until no worker is left, then asks once: how long does a cold request take, and where did the time go?
# usage: idle_then_wake.sh [ROUNDS [SECONDS]]     (default 3 rounds; SECONDS at most to wait for zero: 600)
set -euo pipefail
source "$(dirname "$0")/common.sh"

rounds=${1:-3} patience=${2:-600}
headers=$(mktemp)
trap 'rm -f "$headers"' EXIT

wait_for_zero() {
  local until=$((SECONDS + patience))
  while pgrep -f '^pilotlight-worker' >/dev/null; do
    [ "$SECONDS" -lt "$until" ] || { echo "workers still run after $patience s: is scale_to_zero_delay longer?" >&2 && exit 1; }
    sleep 0.2
  done
}

for ((round = 1; round <= rounds; ++round)); do
  wait_for_zero
  printf 'round %d, cold: ' "$round"
  curl -fsS -o /dev/null -D "$headers" --max-time 120 -w '%{time_total} s' -d "$body" "$target"
  sed -n 's/\r$//; s/^[Ss]erver-[Tt]iming: */   /p' "$headers"
  printf '         warm: '
  curl -fsS -o /dev/null --max-time 120 -w '%{time_total} s\n' -d "$body" "$target"
done
