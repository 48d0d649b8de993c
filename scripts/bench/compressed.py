"""The simulator held to a real run: a day of the WorldCup trace, compressed in time, on one or two MiniLM instances.

The same single requests at the same moments, the same settings; the simulator is told the service time and the start
times that the real run has measured.
"""

import csv
import json
import os
import random
import tempfile
from pathlib import Path

from .pool import OpenLoad, request_of, seconds_of
from .scaling import lines_of
from .servers import Pilotlight, wait_for
from .settings import BIN
from .starts import ready, state_of

MODEL = "minilm"
TOKENS = 16
DAY = "1998-06-10"
RUN_SECONDS = 240
PEAK = 1.15  # instances that the busiest moments keep busy
# A day of 1,440 minutes in 240 s is 360 times as fast; the windows shrink as far as a tick of one second allows.
SETTINGS = {
    "autoscaling.model_loader.min_instances": 1,
    "autoscaling.model_loader.max_instances_per_model": 2,
    "autoscaling.windows.stable": 8.0,
    "autoscaling.windows.panic": 2.0,
    "autoscaling.windows.stabilization": 8.0,
    "autoscaling.windows.scale_down_cooldown": 2.0,
    "worker.threads": 1,
}


def day_of(file: Path) -> list[float]:
    """Requests of each minute."""
    with file.open() as rows:
        counts = [float(row["requests"]) for row in csv.DictReader(rows) if row["minute"].startswith(DAY)]
    if len(counts) < 1400:
        raise RuntimeError(f"{file} has no whole day {DAY}")
    return counts


def moments(counts: list[float], peak_per_second: float) -> list[float]:
    """Arrivals of a Poisson process whose rate follows the day, its busiest tenth of an hour at that peak."""
    chance, step = random.Random(1), RUN_SECONDS / len(counts)
    smooth = [sum(counts[max(0, i - 3) : i + 3]) / len(counts[max(0, i - 3) : i + 3]) for i in range(len(counts))]
    found, at = [], 0.0
    scale = peak_per_second / max(smooth)
    while (at := at + chance.expovariate(peak_per_second * 2)) < RUN_SECONDS:
        if chance.random() < counts[int(at / step)] * scale / (peak_per_second * 2):
            found.append(at)
    return found


def figures(ours: Pilotlight) -> dict:
    _, reply = ours.request(f"/v2/models/{MODEL}/stats")
    stats = json.loads(reply)["model_stats"][0]
    parts = stats["inference_stats"]
    busy = sum(parts[part]["ns"] for part in ("compute_input", "compute_infer", "compute_output")) / 1e9
    spent = next(one for one in ours.admin("/v1/autoscaling/stats")["models"] if one["name"] == MODEL)
    return {"busy": busy, "count": parts["success"]["count"], "workers": spent["worker_seconds"]}


def simulated(arrivals: list[float], service: float, fork: float) -> dict:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        trace = Path(folder) / "run.csv"
        trace.write_text("time\n" + "".join(f"{at:.6f}\n" for at in arrivals))
        command = [BIN / "pilotlight", "simulate", "--trace", trace, "--policy", "reactive", "--json"]
        command += ["--service-ms", f"{1000 * service:.3f}", "--start-ms", f"model_zygote={1000 * fork:.1f}"]
        for key, value in SETTINGS.items():
            command += ["--set", f"{key}={value}"]
        return json.loads("\n".join(lines_of([str(word) for word in command], 120)))["policies"][0]


def compressed(report) -> None:
    folder = os.environ.get("BENCH_TRACES")
    if not folder:
        print("\n## A day compressed in time: not run, BENCH_TRACES names no folder of traces")
        return
    counts = day_of(next(Path(folder).glob("worldcup*.csv")))
    report.section(f"{DAY} of the WorldCup trace in {RUN_SECONDS} s, MiniLM on 1 or 2 instances: real against simulated")
    with Pilotlight(**SETTINGS) as ours:
        wait_for(lambda: ready(ours, MODEL) == 1, 60, "one instance")
        per_second = PEAK / seconds_of(ours.port, TOKENS)
        load = OpenLoad(ours.port, 1, 0, 0)
        request = request_of(TOKENS, ours.port)
        load.plan = [(at, request) for at in moments(counts, per_second)]
        before = figures(ours)
        waits = load.run()
        after = figures(ours)
        fork = state_of(ours, MODEL)["last_instance_start_ms"] / 1000
        steps = ours.admin(f"/v1/decisions?model={MODEL}")["decisions"]
    spent = {key: after[key] - before[key] for key in after}
    service = spent["busy"] / spent["count"]
    real = 100 * spent["busy"] / spent["workers"]
    told = simulated([at for at, _ in load.plan], service, fork)
    mine = 100 * told["utilisation"]
    report.add("compressed", "requests", len(load.plan), "", note=f"service {1000 * service:.1f} ms, p99 {1000 * waits[int(len(waits) * 0.99)]:.0f} ms")
    report.add("compressed", "scalings, real", sum(one["action"] == "scale" for one in steps), "")
    report.add("compressed", "utilisation, real", real, "%")
    report.add("compressed", "utilisation, simulated", mine, "%")
    report.add("compressed", "difference", abs(real - mine), "points", target=("<=", 5))
