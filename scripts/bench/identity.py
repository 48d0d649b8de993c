"""1 MiB of FP32 through the identity model, binary tensors both ways, against nginx proxying the same body."""

import json
import struct

from . import wrk
from .servers import NginxPair, Pilotlight
from .settings import LOAD_SECONDS, PAIRS, WARM_SECONDS

CONNECTIONS = 4
VALUES = 256 * 1024
SHORT = b'{"ok":true}'


def binary_request() -> tuple[bytes, dict[str, str]]:
    header = json.dumps(
        {
            "inputs": [
                {"name": "x", "datatype": "FP32", "shape": [256, 1024], "parameters": {"binary_data_size": 4 * VALUES}}
            ],
            "parameters": {"binary_data_output": True},
        }
    ).encode()
    header += b" " * (-len(header) % 64)  # so that the tensor after it may start aligned
    tensor = struct.pack("<f", 0.5) * VALUES
    headers = {"Inference-Header-Content-Length": str(len(header)), "Content-Type": "application/octet-stream"}
    return header + tensor, headers


def identity(report) -> None:
    report.section(f"1 MiB FP32 identity, binary both ways, {CONNECTIONS} connections: requests/s")
    body, headers = binary_request()
    with Pilotlight(**{"autoscaling.model_loader.max_instances_per_model": 1}) as ours:
        reply = ours.infer("identity", body, headers)
        if not reply.endswith(body[-4 * VALUES :]):
            raise RuntimeError("identity did not give back what it got")
        with (
            NginxPair(SHORT, reply, keepalive=False) as plain,
            NginxPair(SHORT, reply, keepalive=True) as kept,
        ):
            targets = {
                "pilotlight": (ours, "/v2/models/identity/infer"),
                "nginx (default proxy_pass)": (plain, "/"),
                "nginx, upstream keepalive": (kept, "/"),
                "nginx, upstream keepalive, answers 1 MiB too": (kept, "/file"),
            }

            def run(name: str, seconds=LOAD_SECONDS) -> float:
                server, path = targets[name]
                load = wrk.post(server.port, path, body, CONNECTIONS, seconds, headers)
                if load.failed:
                    raise RuntimeError(f"{name}: {load.failed} of {load.requests} requests failed")
                return load.per_second

            for name in targets:
                run(name, WARM_SECONDS)
            rounds = [{name: run(name) for name in targets} for _ in range(PAIRS)]
    for name in targets:
        report.add_median("identity", name, [round[name] for round in rounds], "/s")
    for number, name in enumerate(list(targets)[1:]):
        ratios = [round["pilotlight"] / round[name] for round in rounds]
        report.add_median("identity", f"ratio to {name}", ratios, "x", target=(">=", 1.3) if number == 0 else None)
