"""60 s of load at 16 connections while processes of the tree are killed: does a client ever notice?"""

import multiprocessing
import os
import random
import signal
import time

from . import load_client, processes
from .servers import Pilotlight
from .settings import KILL_EVERY, KILL_SECONDS
from .starts import BODIES

CONNECTIONS = 16
ROLES = ("instance", "model zygote", "zygote")


def under_fire(ours: Pilotlight, model: str, number: signal.Signals, roles, seed: int):
    """The load's outcome, and how many were killed of each role. Roles come in turn, which of them by chance."""
    chance = random.Random(seed)
    killed = dict.fromkeys(roles, 0)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        load = pool.apply_async(
            load_client.run, (ours.port, f"/v2/models/{model}/infer", BODIES[model], CONNECTIONS, KILL_SECONDS)
        )
        time.sleep(1)
        until = time.monotonic() + KILL_SECONDS - 2
        next_kill = time.monotonic()
        while time.monotonic() < until:
            next_kill += KILL_EVERY
            alive = processes.by_role(ours.process.pid)
            # The role that was hit least, of those that live: after a zygote's death there is none for a moment.
            order = sorted((role for role in roles if alive.get(role)), key=lambda role: (killed[role], chance.random()))
            if order:
                try:
                    os.kill(chance.choice(alive[order[0]]), number)
                    killed[order[0]] += 1
                except ProcessLookupError:
                    pass
            time.sleep(max(0, next_kill - time.monotonic()))
        return load.get(timeout=KILL_SECONDS + 120), killed


def kill(report) -> None:
    report.section(f"{KILL_SECONDS:g} s at {CONNECTIONS} connections, one process killed with -9 every {KILL_EVERY:g} s")
    for model in ("mlp", "minilm"):
        with Pilotlight(**{"autoscaling.model_loader.max_instances_per_model": 2}) as ours:
            ours.infer(model, BODIES[model])
            outcome, killed = under_fire(ours, model, signal.SIGKILL, ROLES, seed=1)
        report.add("kill", f"{model}: failed requests", outcome.failed, "", target=("<=", 0), note=outcome.why())
        report.add("kill", f"{model}: goodput", outcome.answered / KILL_SECONDS, "/s")
        report.add("kill", f"{model}: longest wait", outcome.longest_ms, "ms")
        least = 30 * KILL_SECONDS / 60
        for role, count in killed.items():
            report.add("kill", f"{model}: killed, role {role}", count, "", target=(">=", least))


def segv(report) -> None:
    report.section(f"{KILL_SECONDS:g} s at {CONNECTIONS} connections, SEGV to an instance every {KILL_EVERY:g} s")
    for model in ("mlp", "minilm"):
        with Pilotlight(**{"autoscaling.model_loader.max_instances_per_model": 2}) as ours:
            ours.infer(model, BODIES[model])
            outcome, killed = under_fire(ours, model, signal.SIGSEGV, ("instance",), seed=2)
        poisoned = outcome.statuses.get(500, 0)
        note = outcome.why()
        report.add("segv", f"{model}: failed, not by the poison rule", outcome.failed - poisoned, "", target=("<=", 0), note=note)
        report.add("segv", f"{model}: failed by the poison rule (500)", poisoned, "")
        report.add("segv", f"{model}: goodput", outcome.answered / KILL_SECONDS, "/s")
        report.add("segv", f"{model}: SEGV sent", killed["instance"], "")
