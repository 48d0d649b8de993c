"""MiniLM, one worker, the same sentence on every connection: batching on against off, two servers side by side."""

import json

from . import wrk
from .servers import Pilotlight
from .settings import LOAD_SECONDS, MODELS, PAIRS

CONNECTIONS = 32
PATH = "/v2/models/minilm/infer"
WARM_SECONDS = 3  # a cold start, the proof, and batches that grow


def body_of(case: dict) -> str:
    tensors = [{key: tensor[key] for key in ("name", "datatype", "shape", "data")} for tensor in case["inputs"]]
    return json.dumps({"inputs": tensors})


def server(size: int, threads: int) -> Pilotlight:
    return Pilotlight(
        **{
            "autoscaling.model_loader.max_instances_per_model": 1,
            "batching.max_batch_size": size,
            "worker.threads": threads,
        }
    )


def load(one: Pilotlight, body: str, seconds: float) -> wrk.Load:
    found = wrk.post(one.port, PATH, body, CONNECTIONS, seconds)
    if found.failed:
        raise RuntimeError(f"{found.failed} of {found.requests} requests failed")
    return found


def per_forward(one: Pilotlight) -> float:
    _, reply = one.request("/v2/models/minilm/stats")
    counts = json.loads(reply)["model_stats"][0]
    return counts["inference_count"] / max(1, counts["execution_count"])


def batching(report) -> None:
    case = json.loads((MODELS.parent / "expected" / "minilm.json").read_text())["cases"][0]
    tokens = case["inputs"][0]["shape"][1]
    report.section(f"MiniLM, one sentence of {tokens} tokens, {CONNECTIONS} connections, 1 worker: batching on and off")
    body = body_of(case)
    for threads in (1, 2):
        where = f", {threads} thread" + ("s" if threads > 1 else "")
        with server(32, threads) as on, server(1, threads) as off:
            for one in (on, off):
                load(one, body, WARM_SECONDS)
            rounds = [(load(on, body, LOAD_SECONDS), load(off, body, LOAD_SECONDS)) for _ in range(PAIRS)]
            size = per_forward(on)
        report.add_median("batching", "on" + where, [a.per_second for a, _ in rounds], "/s")
        report.add_median("batching", "off" + where, [b.per_second for _, b in rounds], "/s")
        report.add("batching", "requests in a forward" + where, size, "")
        target = (">=", 1.5) if threads == 1 else None
        gains = [a.per_second / b.per_second for a, b in rounds]
        report.add_median("batching", "on against off" + where, gains, "x", target=target)
        tails = [a.p99_us / b.p99_us for a, b in rounds]
        report.add_median(
            "batching", "p99, on against off" + where, tails, "x", target=("<=", 1.0) if threads == 1 else None
        )
