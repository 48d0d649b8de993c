"""A real pool of unequal instances, whose requests differ in size: the learned balancer against least_connections.

Instances are made unequal by the kernel: each in a CPU cgroup of its own, with a quota. That takes root.
"""

import asyncio
import json
import os
import random
import statistics
import time
from contextlib import contextmanager
from pathlib import Path

from .load_client import read_reply
from .servers import Pilotlight, wait_for
from .settings import PAIRS
from .starts import ready, state_of

MODEL = "minilm"
QUOTAS = (0.8, 0.4, 0.2)  # cores of each instance
PERIOD_US = 5000
TOKENS = ((0.85, 16), (0.15, 96))  # share of the requests, and their length
LOAD = 0.55  # of what the pool can do
LEARN_SECONDS = 8
RUN_SECONDS = 20


def cgroup_root() -> Path:
    """Where CPU cgroups can be made: v1's controller, else v2's tree."""
    for folder in (Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")):
        if (folder / "cgroup.procs").exists() and os.access(folder, os.W_OK):
            return folder
    raise RuntimeError("no CPU cgroup can be made here (that takes root)")


@contextmanager
def quotas(pids: list[int], cores: tuple[float, ...]):
    root, made = cgroup_root(), []
    try:
        for pid, share in zip(pids, cores):
            folder = root / f"pilotlight-bench-{pid}"
            folder.mkdir()
            made.append(folder)
            quota = str(int(PERIOD_US * share))
            if (folder / "cpu.cfs_quota_us").exists():
                (folder / "cpu.cfs_period_us").write_text(str(PERIOD_US))
                (folder / "cpu.cfs_quota_us").write_text(quota)
            else:
                (folder / "cpu.max").write_text(f"{quota} {PERIOD_US}")
            (folder / "cgroup.procs").write_text(str(pid))
        yield
    finally:
        for pid in pids:
            try:
                (root / "cgroup.procs").write_text(str(pid))
            except OSError:
                pass  # it has gone
        for folder in made:
            folder.rmdir()


def request_of(tokens: int, port: int) -> bytes:
    tensors = [
        {"name": name, "datatype": "INT64", "shape": [1, tokens], "data": [value] * tokens}
        for name, value in (("input_ids", 2000), ("attention_mask", 1))
    ]
    body = json.dumps({"inputs": tensors})
    head = f"POST /v2/models/{MODEL}/infer HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


class OpenLoad:
    """Poisson arrivals, whatever is still open: (moment of arrival, seconds to the answer)."""

    def __init__(self, port: int, per_second: float, seconds: float, seed: int):
        self.port, self.idle, self.taken, self.failed, self.why = port, [], [], 0, ""
        self.bodies = [request_of(tokens, port) for _, tokens in TOKENS]
        chance = random.Random(seed)
        self.plan, at = [], 0.0
        while (at := at + chance.expovariate(per_second)) < seconds:
            self.plan.append((at, chance.choices(self.bodies, [share for share, _ in TOKENS])[0]))

    async def ask(self, request: bytes) -> None:
        start = time.monotonic()
        try:
            status = await self.exchange(request)
        except (OSError, EOFError, asyncio.TimeoutError, ValueError) as error:
            self.failed += 1
            self.why = repr(error)
            return
        self.taken.append(time.monotonic() - start)
        if status != 200:
            self.failed += 1
            self.why = str(status)

    async def exchange(self, request: bytes) -> int:
        """On a connection that is free; one that the server has closed since is no failure of the request."""
        while self.idle:
            reader, writer = self.idle.pop()
            if not reader.at_eof():
                break
            writer.close()
        else:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request)
        status, _ = await asyncio.wait_for(read_reply(reader), 60)
        self.idle.append((reader, writer))
        return status

    async def go(self) -> None:
        start, open_ones = time.monotonic(), []
        for at, request in self.plan:
            await asyncio.sleep(max(0.0, start + at - time.monotonic()))
            open_ones.append(asyncio.create_task(self.ask(request)))
        await asyncio.gather(*open_ones)
        for _, writer in self.idle:
            writer.close()

    def run(self) -> list[float]:
        asyncio.run(self.go())
        if self.failed:
            raise RuntimeError(f"{self.failed} of {len(self.plan)} requests failed: {self.why}")
        return sorted(self.taken)


def seconds_of(port: int, tokens: int) -> float:
    """One request of that length, one after another on one whole core: the median."""
    load = OpenLoad(port, 1, 0, 0)

    async def one_by_one():
        for _ in range(15):
            await load.ask(request_of(tokens, port))

    asyncio.run(one_by_one())
    return statistics.median(load.taken)


def use(ours: Pilotlight, strategy: str) -> None:
    table = f'[autoscaling.model_loader]\nload_balancing_strategy = "{strategy}"\n'
    (ours.folder / "pilotlight.toml").write_text(table)
    ours.admin("/v1/config/reload", {})


def pool(report) -> None:
    report.section(f"A real pool: MiniLM, {len(QUOTAS)} instances of {QUOTAS} cores, inputs of two lengths, load {LOAD:g}")
    settings = {
        "autoscaling.enabled": False,
        "autoscaling.health_monitoring.enabled": False,  # it would draw traffic off the slow ones itself
        "autoscaling.model_loader.max_instances_per_model": len(QUOTAS),
        "worker.threads": 1,
    }
    tails = {"least_connections": [], "predicted": []}
    with Pilotlight(**{key: str(value).lower() for key, value in settings.items()}) as ours:
        ours.scale(MODEL, 1)
        wait_for(lambda: ready(ours, MODEL) == 1, 60, "one instance")
        each = sum(share * seconds_of(ours.port, tokens) for share, tokens in TOKENS)
        ours.scale(MODEL, len(QUOTAS))
        wait_for(lambda: ready(ours, MODEL) == len(QUOTAS), 60, f"{len(QUOTAS)} instances")
        per_second = LOAD * sum(QUOTAS) / each
        report.add("pool", "requests per second", per_second, "/s")
        with quotas([one["pid"] for one in state_of(ours, MODEL)["instances"]], QUOTAS):
            for turn in range(PAIRS):
                for strategy, found in tails.items():
                    use(ours, strategy)
                    OpenLoad(ours.port, per_second, LEARN_SECONDS, 1000 + turn).run()
                    taken = OpenLoad(ours.port, per_second, RUN_SECONDS, turn).run()
                    found.append(1000 * taken[int(len(taken) * 0.99)])
    for strategy, found in tails.items():
        report.add_median("pool", f"p99, {strategy}", found, "ms")
    ratios = [mine / plain for mine, plain in zip(tails["predicted"], tails["least_connections"])]
    report.add_median("pool", "p99, predicted against least_connections", ratios, "x", target=("<=", 1.0))
