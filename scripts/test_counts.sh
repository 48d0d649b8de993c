# shellcheck shell=bash disable=SC2154  # last_step_output comes from steps.sh
# How many tests passed? Sourced by test.sh: each count_* runs one step, prints what failed, and adds to the sums.
# They return 0 also when tests failed: a step that could not run at all is counted by not_run.

passed=0
failed=0
failed_steps=()

add() { # step passed failed
  passed=$((passed + $2))
  failed=$((failed + $3))
  if [ "$3" -gt 0 ]; then
    failed_steps+=("$1")
  fi
}

not_run() { # step
  say "- $1: could not run"
  add "$1" 0 1
}

# One command is one test.
count_one() { # step command...
  local name=$1
  shift
  if STEP_LINES=400 try_step "$name" "$@"; then
    add "$name" 1 0
  else
    printf '%s\n' "$last_step_output"
    add "$name" 0 1
  fi
}

sum_of() { # words-pattern; a summary on the input: "3 failed, 5 passed, 1 error in 2.3s" -> 4 for failed|errors?
  grep -oE "[0-9]+ ($1)" | awk '{ sum += $1 } END { print sum + 0 }'
}

# A runner that says how many: its output is kept, and shown when something failed. No test, or an exit code that
# the counts do not explain, is a failure too.
count_runner() { # step pattern-of-the-summary-line command...
  local name=$1 line=$2 log from code=0 ok bad
  shift 2
  log=$(mktemp -p "${STEP_LOGS:-${TMPDIR:-/tmp}}")
  from=$EPOCHREALTIME
  printf -- '- %s ... ' "$name"
  "$@" >"$log" 2>&1 </dev/null || code=$?
  ok=$(grep -E "$line" "$log" | tail -n 1 | sum_of passed)
  bad=$(grep -E "$line" "$log" | tail -n 1 | sum_of 'failed|errors?')
  if [ "$code" != 0 ] && [ "$bad" = 0 ]; then
    bad=1
  elif [ "$ok" = 0 ] && [ "$bad" = 0 ]; then
    echo "no test was run" >>"$log"
    bad=1
  fi
  printf '%s passed, %s failed, %s\n' "$ok" "$bad" "$(seconds_since "$from")"
  if [ "$bad" != 0 ]; then
    tail -n 400 "$log"
    say "  exit code $code"
  fi
  rm -f "$log"
  add "$name" "$ok" "$bad"
}

count_doctest() { # step preset program arguments...
  local name=$1 preset=$2 program=build/$2/bin/$3 launcher=()
  shift 3
  if [ ! -x "$program" ]; then
    say "- $name: $program was not built"
    return 1
  fi
  # gcc 12's thread sanitizer knows only the older layouts of address space.
  [ "$preset" = tsan ] && launcher=(setarch "$(uname -m)" -R)
  count_runner "$name" '^\[doctest\] test cases:' \
    timeout -k 10 "${TEST_SECONDS:-900}" "${launcher[@]}" "$program" "$@"
}

count_pytest() { # step folder
  count_runner "$1" '^=* ?[0-9]+ (passed|failed|error).* in ' \
    timeout -k 10 "${TEST_SECONDS:-900}" .venv/bin/python -m pytest -q -p no:cacheprovider \
    --basetemp "${STEP_LOGS:-/tmp}/pytest" "$2"
}

count_fuzz() {
  local log line
  log=$(mktemp -p "${STEP_LOGS:-${TMPDIR:-/tmp}}")
  say "- fuzz, ${FUZZ_SECONDS:-60} s each"
  scripts/check_fuzz.sh >"$log" 2>&1 || true
  sed 's/^/  /' "$log"
  while read -r line; do
    case $line in
      fuzz_*": passed"*) add fuzz 1 0 ;;
      fuzz_*": failed"*) add fuzz 0 1 ;;
    esac
  done <"$log"
  grep -q '^fuzz_' "$log" || add fuzz 0 1
  rm -f "$log"
}

summary() {
  if [ "$failed" -gt 0 ]; then
    say "failed: ${failed_steps[*]}"
  fi
  say "$passed passed, $failed failed"
  [ "$failed" = 0 ]
}
