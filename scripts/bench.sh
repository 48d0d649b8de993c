#!/usr/bin/env bash
# Measures Pilotlight beside others in one run: a table, and JSON lines in build/bench/results.jsonl.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/steps.sh

case " $* " in *" --help "* | *" -h "*)
  cat <<'TEXT'
usage: scripts/bench.sh [SECTION...]

  throughput  requests/s of the tiny MLP against nginx proxying to nginx, interleaved: nginx as its proxy_pass comes (a
              new upstream connection for each request; the targets were set on it), and with upstream keepalive
  cpu         CPU time per request against the same
  peers       the same against Triton, Mosec, LitServe, uWSGI, those that are installed (install.sh --peers)
  identity    1 MiB tensors both ways against the same two proxying the body
  batching    MiniLM at 32 connections, batching on against off, two servers side by side
  cold        zero -> first answer against a bare LibTorch program (and uWSGI in cheap mode, if installed)
  instance    one more instance while one runs
  idle        memory and CPU at zero with 100 models
  memory      memory of each further instance
  kill, segv  load while processes of the tree are killed
  changes     load while the strategy changes, the configuration is read again, instances are killed
  ring        round trip through the rings
  decide      one decision tick, one pick of each strategy, the learned one against least_connections
  pool        the learned balancer against least_connections in a real pool of unequal instances (as root)
  flaps       up and down again within a minute, under sinusoidal load with noise (simulated)
  step        a load step: until a second instance serves
  compressed  a day of the WorldCup trace in four minutes, real against simulated (it is in the folder BENCH_TRACES)
  traces      what the policies cost and spare on request traces (a folder of them in BENCH_TRACES)

Environment: BENCH_PAIRS (5)  BENCH_SECONDS of one load (4)  BENCH_IDLE_SECONDS (60)  BENCH_KILL_SECONDS (60)
             BENCH_CHANGE_SECONDS (12)
TEXT
  exit 0 ;;
esac

scripts/install.sh --test
step "configuring release" cmake --preset release
step "building release" cmake --build --preset release -j "$(nproc)"
.venv/bin/python scripts/export_models.py

say ""
say "$(nproc) cores, $(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1), Linux $(uname -r), $(date -u +%F)"
PYTHONPATH=scripts exec .venv/bin/python -m bench "$@"
