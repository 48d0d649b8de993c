"""A load at 16 connections while the strategy is changed, the configuration read again, an instance killed: does a client
ever notice? (Section kill does the last for longer, and to every process of the tree.)"""

import itertools
import multiprocessing
import os
import signal
import time

from . import load_client, processes
from .pool import use
from .servers import Pilotlight, wait_for
from .settings import CHANGE_SECONDS, KILL_EVERY
from .starts import BODIES, ready

CONNECTIONS = 16
MODEL = "mlp"
STRATEGIES = (
    "round_robin",
    "random",
    "weighted",
    "response_time",
    "resource_based",
    "predicted",
    "geographic",
    "consistent_hash",
    "least_connections",
)


def changes_of_strategy(ours: Pilotlight):
    turn = itertools.cycle(STRATEGIES)
    return lambda: use(ours, next(turn))


def reloads(ours: Pilotlight):
    """Each changes something that running instances, the queue or the control loop goes by."""
    turn = itertools.cycle(range(4))

    def reload():
        which = next(turn)
        table = f"[autoscaling]\ntick = {1 + which / 4}\n[autoscaling.thresholds]\nqueue_length_max = {10 + which}\n"
        table += f"[hold]\nmax_requests = {1000 + which}\n[log]\nlevel = \"{'info' if which % 2 else 'warn'}\"\n"
        (ours.folder / "pilotlight.toml").write_text(table)
        if not ours.admin("/v1/config/reload", {}):
            raise RuntimeError("a reload changed nothing")

    return reload


def kills(ours: Pilotlight):
    def kill():
        for pid in processes.by_role(ours.process.pid).get("instance", [])[:1]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    return kill


def under(ours: Pilotlight, change) -> tuple[load_client.Outcome, int]:
    """The load's outcome, and how many changes were made under it."""
    made = 0
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        arguments = (ours.port, f"/v2/models/{MODEL}/infer", BODIES[MODEL], CONNECTIONS, CHANGE_SECONDS)
        load = pool.apply_async(load_client.run, arguments)
        time.sleep(1)
        until = time.monotonic() + CHANGE_SECONDS - 2
        while time.monotonic() < until:
            change()
            made += 1
            time.sleep(KILL_EVERY)
        return load.get(timeout=CHANGE_SECONDS + 120), made


def changes(report) -> None:
    report.section(f"{CHANGE_SECONDS:g} s at {CONNECTIONS} connections on two instances of the MLP, a change every {KILL_EVERY:g} s")
    for what, by in (("strategy changed", changes_of_strategy), ("configuration read again", reloads), ("instance killed", kills)):
        with Pilotlight(**{"autoscaling.model_loader.min_instances": 2}) as ours:
            wait_for(lambda: ready(ours, MODEL) == 2, 60, "two instances")
            outcome, made = under(ours, by(ours))
        report.add("changes", f"{what}: failed requests", outcome.failed, "", target=("<=", 0), note=outcome.why())
        report.add("changes", f"{what}: so many times", made, "", target=(">=", CHANGE_SECONDS))
        report.add("changes", f"{what}: answered", outcome.answered / CHANGE_SECONDS, "/s")
