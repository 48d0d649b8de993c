"""1 MiB of FP32 through the identity model, binary tensors both ways, against nginx proxying the same body."""

import json
import struct

from . import wrk
from .servers import NginxPair, Pilotlight
from .settings import LOAD_SECONDS, PAIRS, WARM_SECONDS

CONNECTIONS = 4
VALUES = 256 * 1024


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
        with NginxPair(b'{"ok":true}', file=reply) as nginx:

            def run(server, path, seconds=LOAD_SECONDS) -> float:
                load = wrk.post(server.port, path, body, CONNECTIONS, seconds, headers)
                if load.failed:
                    raise RuntimeError(f"{path}: {load.failed} of {load.requests} requests failed")
                return load.per_second

            paths = (ours, "/v2/models/identity/infer"), (nginx, "/"), (nginx, "/file")
            for server, path in paths:
                run(server, path, WARM_SECONDS)
            rounds = [[run(server, path) for server, path in paths] for _ in range(PAIRS)]
    mine, short, full = map(list, zip(*rounds))
    report.add_median("identity", "pilotlight", mine, "/s")
    report.add_median("identity", "nginx to nginx, short answer", short, "/s")
    report.add_median("identity", "nginx to nginx, answer of 1 MiB too", full, "/s")
    report.add_median("identity", "ratio, to the short answer", [m / s for m, s in zip(mine, short)], "x", target=(">=", 1.3))
    report.add_median("identity", "ratio, to the answer of 1 MiB", [m / f for m, f in zip(mine, full)], "x")
