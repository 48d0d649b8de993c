"""Where things are and how long they take. Every load is bounded in time."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / "build" / "release" / "bin"
MODELS = ROOT / "demo" / "models"
RESULTS = ROOT / "build" / "bench"


def number(name: str, default: float) -> float:
    return float(os.environ.get(name, default))


PAIRS = int(number("BENCH_PAIRS", 5))
LOAD_SECONDS = number("BENCH_SECONDS", 4)  # of one wrk run
WARM_SECONDS = 1
IDLE_SECONDS = number("BENCH_IDLE_SECONDS", 60)
KILL_SECONDS = number("BENCH_KILL_SECONDS", 60)
KILL_EVERY = 0.3
CHANGE_SECONDS = number("BENCH_CHANGE_SECONDS", 12)

# The request of every comparison with the tiny MLP.
MLP_BODY = '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,4],"data":[1.0,2.0,3.0,4.0]}]}'
