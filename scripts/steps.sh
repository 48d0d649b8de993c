# shellcheck shell=bash
# How do the scripts tell what they are doing? Sourced, never run: one line per step, with its time;
# a failing step shows the end of its output.

say() { printf '%s\n' "$*"; }

die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

seconds_since() { # the value of EPOCHREALTIME at the start
  awk -v from="$1" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.1f s", to - from }'
}

# Runs a command with its output kept aside; false when it fails, which is then no error.
try_step() { # title command...
  local title=$1 log from
  shift
  log=$(mktemp -p "${STEP_LOGS:-${TMPDIR:-/tmp}}")
  from=$EPOCHREALTIME
  printf -- '- %s ... ' "$title"
  if "$@" >"$log" 2>&1; then
    printf '%s\n' "$(seconds_since "$from")"
    rm -f "$log"
    return 0
  fi
  printf 'failed after %s\n' "$(seconds_since "$from")"
  last_step_output=$(tail -n "${STEP_LINES:-40}" "$log")
  rm -f "$log"
  return 1
}

step() { # title command...
  if ! try_step "$@"; then
    printf '%s\n' "$last_step_output" >&2
    die "$1: failed"
  fi
}

# The names in the package lists given, without comments.
package_names() { sed -e 's/#.*//' -e 's/[[:space:]]*$//' -e '/^$/d' "$@"; }

# Of the files given, else of the input.
checksum() { cat "$@" | sha256sum | cut -c1-16; }

have_commands() {
  local name
  for name in "$@"; do
    command -v "$name" >/dev/null || return 1
  done
}
