"""What the control loop costs, how soon a load step is answered, and what policies are worth on traces."""

import json
import os
import re
import subprocess
import threading
import time
from pathlib import Path

from . import wrk
from .servers import Pilotlight
from .settings import BIN, PAIRS

STEP_PATH = "/v2/models/minilm/infer"
# What a policy is asked to reach on a trace: by name of its file, the key of the simulator's JSON, the bound.
TRACE_TARGETS = {
    "timers": {"waited_against_same_memory": ("<=", 0.1), "memory_against_plain": ("<=", 0.2)},
    "twitter": {
        "waited_against_same_memory": ("<=", 0.75),
        "memory_against_plain": ("<=", 0.8),
        "gain_of_clairvoyant": (">=", 0.5),
    },
    "commits": {"waited_against_same_memory": ("<=", 1.0), "memory_against_plain": ("<=", 1.0)},
    "worldcup": {
        "forecast_15min_late": (">=", 0.91),
        "forecast_60min_late": (">=", 0.85),
        "utilisation_against_schedule": (">=", 0.9),
    },
}
# Its busiest minutes keep up to eight instances of a model busy that takes two milliseconds.
TRACE_ARGUMENTS = {
    "worldcup": ["--service-ms", "2", "--set", "autoscaling.model_loader.max_instances_per_model=8"],
}


def lines_of(command: list[str], seconds: float) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]}: {done.stdout}{done.stderr}")
    return done.stdout.splitlines()


def decide(report) -> None:
    report.section("Deciding: one tick, one pick, the learned balancer in a simulated pool")
    for line in lines_of([str(BIN / "decide_tick")], 120):
        if found := re.match(r"(\d+) models x 3 instances: median (\d+) us", line):
            target = ("<=", 5.0) if found[1] == "1000" else None
            report.add("decide", f"one tick, {found[1]} models x 3 instances", int(found[2]) / 1000, "ms", target=target)
        elif found := re.match(r"from 100 to 1,000 models: ([\d.]+) times", line):
            report.add("decide", "a tick at 1,000 models against one at 100", float(found[1]), "x")
    for line in lines_of([str(BIN / "balance_pick")], 120):
        if line.startswith("{"):
            found = json.loads(line)
            worst = max(found["pick_ns"], found["pick_degraded_ns"])
            report.add("decide", f"pick of 8 instances, {found['strategy']}", worst, "ns", target=("<=", 150))
    for line in lines_of([str(BIN / "balance_predicted")], 600):
        if line.startswith("{") and (found := json.loads(line))["pool"] == "mixed":
            what = f"p99, predicted against least_connections, load {found['load']:g}"
            report.add("decide", what, found["ratio_median"], "x", target=("<=", 1.0))


def seconds_to_second_instance(body: str) -> float:
    """From the first request of a load that one instance cannot carry until two are ready."""
    with Pilotlight(**{"autoscaling.model_loader.max_instances_per_model": 2}) as ours:
        for _ in range(20):
            ours.infer("minilm", body)
        time.sleep(2)
        load = threading.Thread(target=wrk.post, args=(ours.port, STEP_PATH, body, 16, 3))
        start = time.monotonic()
        load.start()
        try:
            while time.monotonic() < start + 3:
                _, reply = ours.request("/metrics", port=ours.admin_port)
                if re.search(r'pilotlight_instances_ready\{model="minilm"[^}]*\} 2', reply.decode()):
                    return time.monotonic() - start
                time.sleep(0.005)
        finally:
            load.join()
    raise RuntimeError("no second instance within 3 s")


def step(report) -> None:
    from .starts import MINILM_BODY

    report.section("A load step: 16 connections at once on one MiniLM instance")
    taken = [seconds_to_second_instance(MINILM_BODY) for _ in range(PAIRS)]
    report.add_median("step", "until a second instance serves", taken, "s", target=("<=", 0.3))


def traces(report) -> None:
    folder = os.environ.get("BENCH_TRACES")
    if not folder:
        print("\n## Traces: not run, BENCH_TRACES names no folder of traces")
        return
    report.section("Traces: what each policy costs and spares (pilotlight simulate)")
    for file in sorted(Path(folder).glob("*.csv")):
        start = time.monotonic()
        command = [str(BIN / "pilotlight"), "simulate", "--trace", str(file), "--policy", "all", "--json"]
        command += next((more for name, more in TRACE_ARGUMENTS.items() if file.name.startswith(name)), [])
        found = json.loads("\n".join(lines_of(command, 1800)))
        targets = next((bounds for name, bounds in TRACE_TARGETS.items() if file.name.startswith(name)), {})
        report.add("traces", f"{file.stem}: time to simulate", time.monotonic() - start, "s")
        for policy in found["policies"]:
            name = f"{file.stem}, {policy['policy']}"
            report.add("traces", f"{name}: requests that waited", 100 * policy["waited_share"], "%")
            report.add("traces", f"{name}: memory saved", 100 * policy["savings_memory"], "%")
            if policy["policy"] != "predictive":
                continue
            for key, target in targets.items():
                report.add("traces", f"{name}: {key}", policy[key], "", target=target)
