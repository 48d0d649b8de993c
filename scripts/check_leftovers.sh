#!/usr/bin/env bash
# Did a run leave something behind? `before DIR` notes what there is, `after DIR` names what is new.
# DIR is a fresh folder; its subfolder tmp is to be the TMPDIR of what runs in between, and must end up empty.
set -euo pipefail
cd "$(dirname "$0")/.."

processes() { # of this tree's build, by the file that they run
  local entry program
  for entry in /proc/[0-9]*; do
    program=$(readlink "$entry/exe" 2>/dev/null) || continue
    case $program in
      "$PWD"/build/*/bin/pilotlight*)
        printf 'process %s: %s\n' "${entry#/proc/}" "$(tr '\0' ' ' <"$entry/cmdline" 2>/dev/null)" ;;
    esac
  done
}

# A process that was told to go may take a moment to be gone.
settled_processes() {
  local waited=0
  while [ -n "$(processes)" ] && [ "$waited" -lt 10 ]; do
    sleep 0.2
    waited=$((waited + 1))
  done
  processes
}

segments() { find /dev/shm -mindepth 1 -maxdepth 1 -printf 'shared memory /dev/shm/%f\n'; }
files() { find /tmp -mindepth 1 -maxdepth 1 -iname '*pilotlight*' -printf 'file /tmp/%f\n'; }

case ${1:-} in
  before)
    mkdir -p "$2/tmp"
    { processes && segments && files; } | sort >"$2/before"
    ;;
  after)
    found=$({ settled_processes && segments && files; } | sort | comm -13 "$2/before" - &&
      find "$2/tmp" -mindepth 1 -maxdepth 1 -printf 'temporary file %f\n')
    if [ -n "$found" ]; then
      printf '%s\n' "$found"
      exit 1
    fi
    ;;
  *)
    echo "usage: scripts/check_leftovers.sh before|after DIR" >&2
    exit 2
    ;;
esac
