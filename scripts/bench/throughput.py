"""Requests a second and CPU time a request, tiny MLP in JSON, one worker: interleaved rounds against nginx, twice: as
its proxy_pass comes (that is what the targets were set on), and with kept upstream connections; and against others."""

import contextlib
import statistics

from . import peers, processes, wrk
from .servers import NginxPair, Pilotlight
from .settings import LOAD_SECONDS, MLP_BODY, PAIRS, WARM_SECONDS

NGINX = ("nginx (default proxy_pass)", "nginx, upstream keepalive")
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


@contextlib.contextmanager
def side_by_side():
    """Pilotlight and both nginx, warmed."""
    with one_worker() as ours:
        answer = ours.infer("mlp", MLP_BODY)
        with NginxPair(answer, keepalive=False) as plain, NginxPair(answer, keepalive=True) as kept:
            yield [warmed(server) for server in (ours, plain, kept)]


def compare(report, section: str, where: str, rounds: list[tuple[float, float, float]], unit: str, target) -> None:
    """One round: the value of pilotlight, of nginx as it comes, and of nginx with kept connections."""
    for name, values in zip(("pilotlight", *NGINX), zip(*rounds)):
        report.add_median(section, f"{name}{where}", list(values), unit)
    for number, name in enumerate(NGINX, 1):
        ratios = [values[0] / values[number] for values in rounds]
        report.add_median(section, f"ratio to {name}{where}", ratios, "x", target=target if number == 1 else None)


def throughput(report) -> None:
    report.section("Tiny MLP, JSON, 1 worker: requests/s, wrk -t1")
    with side_by_side() as servers:
        for connections, target in TARGETS.items():
            loads = [[measure(server, connections)[0] for server in servers] for _ in range(PAIRS)]
            where = f", {connections} connection" + ("s" if connections > 1 else "")
            rounds = [tuple(load.per_second for load in round) for round in loads]
            compare(report, "throughput", where, rounds, "/s", (">=", target))
            tail = [round[0].p99_us / 1000 for round in loads]
            report.add_median("throughput", f"pilotlight p99{where}", tail, "ms")


def cpu(report) -> None:
    report.section("CPU time of all server processes per request, 32 connections")
    with side_by_side() as servers:
        rounds = [tuple(measure(server, 32)[1] for server in servers) for _ in range(PAIRS)]
    compare(report, "cpu", "", rounds, "us", ("<=", 1.2))


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
