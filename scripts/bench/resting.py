"""What does it cost while nobody calls, and what does each further instance cost?"""

import concurrent.futures
import shutil
import tempfile
import time
from pathlib import Path

from . import processes
from .servers import Pilotlight, wait_for
from .settings import IDLE_SECONDS, MODELS
from .starts import MINILM_BODY, ready

CONFIGURED = 100


def idle(report) -> None:
    report.section(f"At zero, {CONFIGURED} models configured, {IDLE_SECONDS:g} s")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for number in range(CONFIGURED):
            shutil.copytree(MODELS / "mlp", Path(folder) / f"mlp_{number:03}")
        with Pilotlight(Path(folder)) as ours:
            time.sleep(1)
            ours.wait_for_zero()  # the descriptions of new model files are made first
            proxy = [ours.process.pid]
            before = processes.cpu_us(proxy)
            most = 0
            until = time.monotonic() + IDLE_SECONDS
            while time.monotonic() < until:
                most = max(most, len(ours.workers()))
                time.sleep(min(1, max(0.01, until - time.monotonic())))
            used = (processes.cpu_us(proxy) - before) / 1000
            memory = processes.pss_mib(proxy)
    report.add("idle", "PSS of the proxy", memory, "MiB", target=("<=", 8))
    report.add("idle", f"CPU time in {IDLE_SECONDS:g} s", used, "ms", target=("<=", IDLE_SECONDS))
    report.add("idle", "worker processes", most, "", target=("<=", 0))


def memory(report) -> None:
    report.section("PSS added by each further MiniLM instance")
    most = 4
    with Pilotlight(**{"autoscaling.model_loader.max_instances_per_model": most}) as ours:
        sums = []
        for count in range(1, most + 1):
            ours.scale("minilm", count)
            wait_for(lambda: ready(ours, "minilm") == count, 60, f"{count} instances of minilm")
            with concurrent.futures.ThreadPoolExecutor(2 * count) as pool:  # every instance has worked
                list(pool.map(lambda _: ours.infer("minilm", MINILM_BODY), range(40 * count)))
            time.sleep(1)
            sums.append(processes.pss_mib(ours.pids()))
    report.add("memory", "the whole tree with one instance", sums[0], "MiB")
    added = [after - before for before, after in zip(sums, sums[1:])]
    report.add_median("memory", "each further instance", added, "MiB", target=("<=", 25))

