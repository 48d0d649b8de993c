"""Does zero mean zero? No process before the first request, none again after the delay, and requests in between held,
not refused. A server of its own, with a short delay."""

import concurrent.futures
import http.client
import json
import time

import pytest
from conftest import expected
from server import Server

DELAY = 1.0


@pytest.fixture(scope="module")
def short_lived(repository):
    running = Server(repository, **{"autoscaling.zero_scaling.scale_to_zero_delay": DELAY})
    yield running
    running.stop()


def get(server: Server, path: str, admin=False):
    connection = http.client.HTTPConnection("127.0.0.1", server.admin_port if admin else server.port, timeout=60)
    connection.request("GET", path)
    reply = connection.getresponse()
    body = reply.read()
    connection.close()
    return reply, body


def infer_mlp(server: Server):
    case = expected("mlp")[0]
    data = case["inputs"]["x"].flatten().tolist()
    body = {"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 4], "data": data}]}
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("POST", "/v2/models/mlp/infer", json.dumps(body))
    reply = connection.getresponse()
    answer = json.loads(reply.read())
    connection.close()
    assert reply.status == 200, answer
    assert answer["outputs"][0]["data"] == pytest.approx(case["outputs"]["y"].flatten().tolist(), rel=1e-5)
    return reply


def test_no_get_wakes_a_worker(short_lived):
    assert not short_lived.wait_for_zero(60), "the descriptions are made once, then their process is gone"
    for path in ("/v2", "/v2/health/live", "/v2/health/ready", "/v2/models/mlp", "/v2/models/mlp/ready",
                 "/v2/models/mlp/config", "/v2/models/mlp/stats"):
        reply, _ = get(short_lived, path)
        assert reply.status == 200, path
    assert get(short_lived, "/metrics", admin=True)[0].status == 200
    assert not short_lived.workers()


def test_zero_to_answer_to_zero(short_lived):
    assert not short_lived.wait_for_zero(60)
    for _ in range(3):
        reply = infer_mlp(short_lived)
        assert reply.headers["X-Pilotlight-Cold-Start"]
        stages = reply.headers["Server-Timing"]
        assert "hold" in stages and "compute" in stages
        titles = " | ".join(short_lived.workers().values())
        assert "pilotlight-worker: instance mlp:1/" in titles
        assert "X-Pilotlight-Cold-Start" not in infer_mlp(short_lived).headers
        assert not short_lived.wait_for_zero(DELAY + 10)


def test_requests_that_race_with_the_end_are_answered(short_lived):
    """Each arrives around the moment at which the delay is over."""
    for nudge in (-0.10, -0.05, -0.02, 0.0, 0.02, 0.05):
        infer_mlp(short_lived)
        time.sleep(DELAY + nudge)
        infer_mlp(short_lived)


def test_a_crowd_at_zero_is_held_and_answered(short_lived):
    assert not short_lived.wait_for_zero(DELAY + 10)
    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        list(pool.map(lambda _: infer_mlp(short_lived), range(24)))
