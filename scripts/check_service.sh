#!/usr/bin/env bash
# Is the systemd unit sound? `systemd-analyze verify`, with the program's path that of this build: it wants it to exist.
set -euo pipefail
cd "$(dirname "$0")/.."
unit=config/pilotlight.service
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
[ -e "$unit" ] || { echo "$unit does not exist" && exit 1; }
sed -E "s#^(Exec[A-Za-z]+=[-@:+!]*)[^ ]*/(pilotlight)#\1$PWD/build/release/bin/\2#" "$unit" >"$folder/pilotlight.service"
# It may warn and yet exit 0: a sound unit says nothing.
output=$(systemd-analyze verify --man=no "$folder/pilotlight.service" 2>&1) || { echo "$output" && exit 1; }
ours=$(grep -F pilotlight.service <<<"$output" || true)
if [ -n "$ours" ]; then
  echo "$ours"
  exit 1
fi
