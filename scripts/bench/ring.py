"""Round trip through the rings, worker replying at once. The program prints one JSON line per way of waiting."""

import json
import subprocess

from .settings import BIN


def ring(report) -> None:
    report.section("Ring round trip, worker replying at once")
    done = subprocess.run([str(BIN / "ring_round_trip")], capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(f"ring_round_trip: {done.stdout}{done.stderr}")
    for line in done.stdout.splitlines():
        if not line.startswith("{"):
            print(line)
            continue
        found = json.loads(line)
        for name in ("p50_ns", "p99_ns"):
            report.add("ring", f"{found['mode']}, {name[:3]}", found[name] / 1000, "us")
