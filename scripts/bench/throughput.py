"""Requests a second and CPU time a request, tiny MLP in JSON, one worker: interleaved pairs against nginx and others."""

import statistics

from . import peers, processes, wrk
from .servers import NginxPair, Pilotlight
from .settings import LOAD_SECONDS, MLP_BODY, PAIRS, WARM_SECONDS

TARGETS = {1: 0.9, 8: 1.2, 32: 1.5, 64: 1.5}


def measure(server, connections: int, seconds: float = LOAD_SECONDS) -> tuple[wrk.Load, float]:
    """The load that the server took, and the CPU microseconds that each request cost all its processes."""
    pids = server.pids()
    before = processes.cpu_us(pids)
    load = wrk.post(server.port, server.path, MLP_BODY, connections, seconds)
    used = processes.cpu_us(pids) - before
    if load.failed:
        raise RuntimeError(f"{type(server).__name__}: {load.failed} of {load.requests} requests failed")
    return load, used / max(1, load.requests)


def warmed(server):
    wrk.post(server.port, server.path, MLP_BODY, 8, WARM_SECONDS)
    return server


def one_worker() -> Pilotlight:
    return Pilotlight(**{"autoscaling.model_loader.max_instances_per_model": 1})


def throughput(report) -> None:
    report.section("Tiny MLP, JSON, 1 worker: requests/s, wrk -t1")
    with one_worker() as ours:
        answer = ours.infer("mlp", MLP_BODY)
        with NginxPair(answer) as nginx:
            warmed(ours), warmed(nginx)
            for connections, target in TARGETS.items():
                mine, theirs, ratios, tail = [], [], [], []
                for _ in range(PAIRS):
                    their = measure(nginx, connections)[0]
                    my = measure(ours, connections)[0]
                    mine.append(my.per_second)
                    theirs.append(their.per_second)
                    ratios.append(my.per_second / their.per_second)
                    tail.append(my.p99_us / 1000)
                name = f"{connections} connection" + ("s" if connections > 1 else "")
                report.add_median("throughput", f"pilotlight, {name}", mine, "/s")
                report.add_median("throughput", f"nginx to nginx, {name}", theirs, "/s")
                report.add_median("throughput", f"pilotlight p99, {name}", tail, "ms")
                report.add_median("throughput", f"ratio, {name}", ratios, "x", target=(">=", target))


def cpu(report) -> None:
    report.section("CPU time of all server processes per request, 32 connections")
    with one_worker() as ours:
        answer = ours.infer("mlp", MLP_BODY)
        with NginxPair(answer) as nginx:
            warmed(ours), warmed(nginx)
            mine, theirs, ratios = [], [], []
            for _ in range(PAIRS):
                theirs.append(measure(nginx, 32)[1])
                mine.append(measure(ours, 32)[1])
                ratios.append(mine[-1] / theirs[-1])
    report.add_median("cpu", "pilotlight", mine, "us")
    report.add_median("cpu", "nginx to nginx", theirs, "us")
    report.add_median("cpu", "ratio", ratios, "x", target=("<=", 1.2))


def others(report) -> None:
    found = peers.installed()
    report.section("Tiny MLP, JSON, 1 worker, other servers")
    if not found:
        print("none is installed (scripts/install.sh --peers)")
        return
    best = {}
    with one_worker() as ours:
        ours.infer("mlp", MLP_BODY)
        warmed(ours)
        for peer in found:
            with peer() as theirs:
                warmed(theirs)
                for connections in (1, 8, 32):
                    pairs = [
                        (measure(ours, connections)[0].per_second, measure(theirs, connections)[0].per_second)
                        for _ in range(3)
                    ]
                    name = f"{peer.__name__}, {connections} connection" + ("s" if connections > 1 else "")
                    report.add_median("peers", name, [their for _, their in pairs], "/s")
                    ratio = statistics.median(my / their for my, their in pairs)
                    report.add("peers", f"pilotlight against {name}", ratio, "x")
                    best[connections] = min(best.get(connections, ratio), ratio)
    report.add("peers", "pilotlight against the best of them, 32 connections", best[32], "x", target=(">=", 6))
