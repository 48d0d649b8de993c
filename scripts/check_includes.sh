#!/usr/bin/env bash
# Do the #include arrows point downward only? What decides sees no clock, no socket and no log, because it cannot
# include them; the proxy never sees LibTorch; neither process sees the other's code.
set -euo pipefail
cd "$(dirname "$0")/.."

wrong=0

includes() { # folder: file:line:what, one a line
  grep -rnE --include='*.hpp' --include='*.cpp' '^[[:space:]]*#[[:space:]]*include' "$1" |
    sed -E 's/#[[:space:]]*include[[:space:]]*//; s/[[:space:]]*\/\/.*$//; s/:[[:space:]]+/:/g'
}

complain() { # why; lines on the input
  local line
  while read -r line; do
    printf '%s: %s\n' "$line" "$1"
    wrong=$((wrong + 1))
  done
}

# The standard library less what would let a decision look at the world.
world='<(ctime|time\.h|thread|mutex|condition_variable|future|fstream|iostream|filesystem)>'

for folder in proxy/decide proxy/balance; do # an address is a value too, and Asio's parser of it a good one
  [ -d "$folder" ] || continue
  complain "what decides includes only the standard library, shared/ and its own folder" < <(
    includes "$folder" | grep -vE ':(<[a-z0-9_]+>|"shared/[^"]+"|"'"$folder"'/[^"]+"|"[^/"]+"|<boost\/asio\/ip\/address\.hpp>)$' || true
  )
  # Durations and time points are values, so <chrono> may be included; now() may not be called.
  complain "what decides asks no clock, no chance and no system" < <(
    includes "$folder" | grep -E ":$world" || true
    grep -rnE --include='*.hpp' --include='*.cpp' '::now\(|random_device' "$folder" || true
  )
done

outside() { # folder forbidden-pattern why
  [ -d "$1" ] || return 0
  complain "$3" < <(includes "$1" | grep -E ":$2" || true)
}
outside proxy '(<|")(torch|ATen|c10)/' "the proxy never sees LibTorch"
outside proxy '"worker/' "the proxy does not include the worker"
outside worker '"proxy/' "the worker does not include the proxy"
outside shared '"(proxy|worker)/' "shared/ is the contract of both and includes neither"
outside shared '(<|")(torch|ATen|c10|boost/asio|boost/beast|spdlog)/' "shared/ needs neither LibTorch nor a socket nor a log"

[ "$wrong" = 0 ]
