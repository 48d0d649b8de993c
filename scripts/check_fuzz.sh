#!/usr/bin/env bash
# Runs each libFuzzer target for FUZZ_SECONDS (default 60) from its seeds in tests/fuzz/corpus/<name>, as many at a
# time as there are cores. What it learns is kept in .cache/fuzz; an input that breaks a target is named at the end.
# usage: scripts/check_fuzz.sh [NAME...]     (names without fuzz_)
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${FUZZ_SECONDS:-60}
targets=()
for source in tests/fuzz/*.cpp; do
  name=$(basename "$source" .cpp)
  if [ -e "$source" ] && { [ $# = 0 ] || [[ " $* " == *" $name "* ]]; }; then
    targets+=("$name")
  fi
done
[ ${#targets[@]} -gt 0 ] || { echo "no fuzz target in tests/fuzz${*:+ is named $*}" && exit 1; }

fuzz() { # name
  local name=$1 binary=build/fuzz/bin/fuzz_$1 learnt=.cache/fuzz/$1 log=.cache/fuzz/$1.log seeds=()
  [ -x "$binary" ] || { echo "fuzz_$name: failed, $binary is not built" && return 1; }
  mkdir -p "$learnt"
  [ -d "tests/fuzz/corpus/$name" ] && seeds=("tests/fuzz/corpus/$name")
  if "$binary" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix=".cache/fuzz/broken-$name-" "$learnt" "${seeds[@]}" >"$log" 2>&1; then
    echo "fuzz_$name: passed, $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") runs"
  else
    echo "fuzz_$name: failed"
    grep -vE '^#[0-9]+' "$log" | tail -n 40
    return 1
  fi
}

# Each in the background, at most one a core; the exit codes are collected as they end.
failed=0
running=0
for name in "${targets[@]}"; do
  if [ "$running" -ge "$(nproc)" ]; then
    wait -n || failed=1
    running=$((running - 1))
  fi
  fuzz "$name" &
  running=$((running + 1))
done
while [ "$running" -gt 0 ]; do
  wait -n || failed=1
  running=$((running - 1))
done
exit "$failed"
