#!/usr/bin/env bash
# Installs, builds and runs every test; the last line is `N passed, N failed`.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/steps.sh
source scripts/test_counts.sh

steps=(format includes shell unit-release process-release e2e service
  unit-asan process-asan unit-tsan process-tsan fuzz tidy leftovers)
quick=(format includes shell unit-release process-release e2e service leftovers)

usage() {
  cat <<TEXT
usage: scripts/test.sh [--quick] [--all] [--help] [STEP...]

  --quick  only what needs the release build: ${quick[*]}
  --all    clang-tidy on every source, not only on what changed since it was last found clean
  --help   this text
  STEP     only the steps whose name contains one of these words, e.g. \`scripts/test.sh asan fuzz\`
           steps: ${steps[*]}

Environment: FUZZ_SECONDS  for each fuzz target (default 60)      TIDY_SECONDS  for clang-tidy (default 300)
             TORCH_DIR     an existing LibTorch to build against
TEXT
}

tidy_options=(--seconds "${TIDY_SECONDS:-300}")
words=()
for argument in "$@"; do
  case $argument in
    --quick) steps=("${quick[@]}") ;;
    --all) tidy_options=(--all) ;;
    --help | -h) usage && exit 0 ;;
    -*) usage >&2 && die "unknown option '$argument'" ;;
    *) words+=("$argument") ;;
  esac
done

wanted() { # step
  local word
  [[ " ${steps[*]} " == *" $1 "* ]] || return 1
  [ ${#words[@]} = 0 ] && return
  for word in "${words[@]}"; do
    [[ $1 == *"$word"* ]] && return
  done
  return 1
}

chosen=()
for name in "${steps[@]}"; do
  if wanted "$name"; then
    chosen+=("$name")
  fi
done
[ ${#chosen[@]} -gt 0 ] || die "no step is named like ${words[*]}: there are ${steps[*]}"

# Each build is made once, when the first step that needs it comes. A broken one fails every step that needs it.
declare -A built
build() { # preset
  if [ -z "${built[$1]:-}" ]; then
    built[$1]=broken
    if try_step "configuring $1" cmake --preset "$1" &&
      try_step "building $1" cmake --build --preset "$1" -j "$(nproc)"; then
      built[$1]=yes
    else
      printf '%s\n' "$last_step_output"
    fi
  fi
  [ "${built[$1]}" = yes ]
}

sources() { git ls-files -co --exclude-standard -- '*.cpp' '*.hpp'; }
scripts() { git ls-files -co --exclude-standard -- '*.sh' '.ci/run'; }

# The sanitizers' own options; LibTorch is not instrumented, and its allocations live as long as the process.
export ASAN_OPTIONS=detect_stack_use_after_return=0:abort_on_error=1:detect_leaks=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1

run_step() {
  case $1 in
    format) count_one format run_on sources clang-format-16 --dry-run -Werror ;;
    includes) count_one includes scripts/check_includes.sh ;;
    shell) count_one shell run_on scripts shellcheck -x -P . -P scripts/load ;;
    unit-*) build "${1#unit-}" && count_doctest "$1" "${1#unit-}" unit_tests ;;
    process-tsan) build release && build tsan && demo && count_doctest "$1" tsan process_tests --test-suite='*tsan*' ;;
    process-*) build "${1#process-}" && demo && count_doctest "$1" "${1#process-}" process_tests ;;
    e2e) build release && demo && count_pytest e2e tests/e2e ;;
    service) build release && count_one service scripts/check_service.sh ;;
    fuzz) build fuzz && count_fuzz ;;
    tidy) build release && count_one tidy scripts/check_tidy.py "${tidy_options[@]}" ;;
    leftovers) count_one leftovers scripts/check_leftovers.sh after "$watched" ;;
  esac
}

run_on() { # list-function command...: the command on all the files of the list
  local list=$1 files
  shift
  mapfile -t files < <("$list")
  [ ${#files[@]} -gt 0 ] || { echo "there is no file to check" && return 1; }
  "$@" "${files[@]}"
}

demo() {
  [ -n "${demo_made:-}" ] && return
  say "Exporting the demo models"
  .venv/bin/python scripts/export_models.py && demo_made=yes
}

say "Installing what is missing"
scripts/install.sh --test

watched=$(mktemp -d)
trap 'rm -rf "$watched"' EXIT
scripts/check_leftovers.sh before "$watched"
export TMPDIR=$watched/tmp
export STEP_LOGS=$watched
export PILOTLIGHT_DEMO=$PWD/demo

for name in "${chosen[@]}"; do
  run_step "$name" || not_run "$name"
done
summary
