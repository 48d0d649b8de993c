"""How long from nothing to the first answer, and to one instance more?"""

import concurrent.futures
import json
import subprocess
import time

from . import peers
from .servers import Pilotlight, wait_for
from .settings import BIN, MLP_BODY, MODELS

MINILM_BODY = json.dumps(
    {
        "inputs": [
            {"name": name, "datatype": "INT64", "shape": [1, 16], "data": [value] * 16}
            for name, value in (("input_ids", 2000), ("attention_mask", 1))
        ]
    }
)
BODIES = {"mlp": MLP_BODY, "minilm": MINILM_BODY}
SHAPES = {"mlp": ["fp32:1,4"], "minilm": ["int64:1,16", "int64:1,16"]}
ROUNDS = {"mlp": 15, "minilm": 11}
AT_ONCE = 4


def bare_start_ms(model: str) -> float:
    """exec to the line that it prints after the first forward."""
    command = [str(BIN / "bare_start"), str(MODELS / model / "1" / "model.pt"), *SHAPES[model]]
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        line = process.stdout.readline()
        taken = (time.perf_counter() - start) * 1000
    if not line.startswith(b"done"):
        raise RuntimeError(f"bare_start {model} failed")
    return taken


def cold_ms(ours: Pilotlight, model: str) -> float:
    """Request to answer, with no worker process at all before."""
    for each in BODIES:
        ours.scale(each, 0)
    ours.wait_for_zero()
    return one_answer_ms(ours, model)


def cold(report) -> None:
    report.section("Zero -> first answer, against a bare C++ LibTorch program")
    with Pilotlight() as ours:
        for model, rounds in ROUNDS.items():
            bare_start_ms(model)  # the files are in the page cache
            ours.infer(model, BODIES[model])
            mine, bare, ratios = [], [], []
            for _ in range(rounds):
                bare.append(bare_start_ms(model))
                mine.append(cold_ms(ours, model))
                ratios.append(mine[-1] / bare[-1])
            report.add_median("cold", f"pilotlight, {model}", mine, "ms")
            report.add_median("cold", f"bare LibTorch program, {model}", bare, "ms")
            middle = sorted(mine)[len(mine) // 2] / sorted(bare)[len(bare) // 2]
            spread = min(ratios), max(ratios)
            report.add("cold", f"ratio of the medians, {model}", middle, "x", spread=spread, target=("<=", 1.15))
        if peers.Uwsgi.is_installed():
            mine = [cold_ms(ours, "mlp") for _ in range(3)]
            theirs = [peers.uwsgi_from_zero_ms() for _ in range(3)]
            report.add_median("cold", "uWSGI in cheap mode with Python torch, mlp", theirs, "ms")
            ratio = sorted(theirs)[1] / sorted(mine)[1]
            report.add("cold", "uWSGI against pilotlight, mlp", ratio, "x", target=(">=", 5))


def state_of(ours: Pilotlight, model: str) -> dict:
    return next(each for each in ours.admin("/v1/models")["models"] if each["name"] == model)


def ready(ours: Pilotlight, model: str) -> int:
    return sum(each["state"] == "ready" for each in state_of(ours, model)["instances"])


def one_more_ms(ours: Pilotlight, model: str) -> float:
    """From the order to start it to its first answer: the proxy's own time to ready, and then the slowest of a few
    requests at once, one of which is the first of the new instance. Nobody asks for states meanwhile: that costs."""
    old = {each["pid"] for each in state_of(ours, model)["instances"]}
    ours.scale(model, 2)
    time.sleep(0.3)
    wait_for(lambda: ready(ours, model) == 2, 30, f"two instances of {model}", every=0.2)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(time.sleep, [0.01] * AT_ONCE))  # its threads exist
        for _ in range(50):
            slowest = max(pool.map(lambda _: one_answer_ms(ours, model), range(AT_ONCE)))
            newest = state_of(ours, model)
            if any(each["served"] > 0 and each["pid"] not in old for each in newest["instances"]):
                return newest["last_instance_start_ms"] + slowest
    raise RuntimeError(f"the second instance of {model} got no request")


def one_answer_ms(ours: Pilotlight, model: str) -> float:
    start = time.perf_counter()
    ours.infer(model, BODIES[model])
    return (time.perf_counter() - start) * 1000


def instance(report) -> None:
    report.section("One more instance while one runs, to its first answer")
    with Pilotlight(**{"autoscaling.model_loader.max_instances_per_model": 2}) as ours:
        for model, target in (("mlp", 30), ("minilm", 80)):
            for _ in range(20):  # warm
                ours.infer(model, BODIES[model])
            time.sleep(2)  # the model zygote is warmed after the first answer
            taken = []
            for _ in range(9):
                taken.append(one_more_ms(ours, model))
                ours.scale(model, 1)
                wait_for(lambda: len(state_of(ours, model)["instances"]) == 1, 30, f"one instance of {model}")
            report.add_median("instance", model, taken, "ms", target=("<=", target))
