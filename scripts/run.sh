#!/usr/bin/env bash
# From a clone to a running server: installs, builds, exports the demo models, serves them on 127.0.0.1:8080.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/steps.sh

usage() {
  cat <<'TEXT'
usage: scripts/run.sh [--port N] [--models DIR] [--help] [-- options of `pilotlight serve`]

  --port N      where the data port listens on 127.0.0.1 (default 8080; the admin port is N + 1)
  --models DIR  serve this model repository instead of the demo models
  --help        this text

The configuration is demo/pilotlight.toml, written at the first start and yours to edit.
Options that are not listed go to `pilotlight serve`, e.g. --set autoscaling.zero_scaling.scale_to_zero_delay=5
Environment: TORCH_DIR   an existing LibTorch to build against
TEXT
}

port=8080 models=demo/models options=()
while [ $# -gt 0 ]; do
  case $1 in
    --port | --models)
      [ $# -ge 2 ] || die "$1 needs a value"
      printf -v "${1#--}" '%s' "$2"
      shift ;;
    --help | -h) usage && exit 0 ;;
    --) shift && options+=("$@") && break ;;
    *) options+=("$1") ;;
  esac
  shift
done
if ! [[ $port =~ ^[0-9]{1,5}$ ]] || [ "$port" -lt 1 ] || [ "$port" -gt 65534 ]; then
  die "--port takes a number from 1 to 65534, not '$port'"
fi
[ "$models" = demo/models ] || [ -d "$models" ] || die "--models: there is no folder '$models'"

say "Installing what is missing"
scripts/install.sh

say "Building (build/release)"
step "configuring" cmake --preset release
cmake --build --preset release -j "$(nproc)" --target pilotlight pilotlight-worker

if [ "$models" = demo/models ]; then
  say "Exporting the demo models (demo/models)"
  .venv/bin/python scripts/export_models.py
fi

mkdir -p demo
if [ ! -e demo/pilotlight.toml ]; then
  cat >demo/pilotlight.toml <<'TOML'
# The demo of scripts/run.sh. Every key there is, with its default and why: config/pilotlight.toml
[autoscaling.zero_scaling]
# Short, to watch the workers go: see `pgrep -fa pilotlight-worker`.
scale_to_zero_delay = 30.0

[cache]
directory = ".cache/pilotlight"
TOML
fi

if [ "$models" = demo/models ]; then
  cat <<TEXT

Try it, from another terminal; the first request starts a worker:

  curl -i http://127.0.0.1:$port/v2/models/mlp/infer -d '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,4],"data":[1,2,3,4]}]}'

TEXT
fi
exec build/release/bin/pilotlight serve --config demo/pilotlight.toml \
  --set "listen.http=127.0.0.1:$port" --set "listen.admin=127.0.0.1:$((port + 1))" \
  --set "models.repository=$models" "${options[@]}"
