"""What does the admin port tell of a server that works? Prometheus' own checker reads /metrics, and the statistics
agree with what was asked of it."""

import http.client
import json
import shutil
import subprocess
import time

import pytest
from conftest import expected
from server import PROGRAM, Server

DELAY = 1.0
ASKED = 12


def infer(server: Server, times: int):
    case = expected("mlp")[0]
    data = case["inputs"]["x"].flatten().tolist()
    body = json.dumps({"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 4], "data": data}]})
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    for _ in range(times):
        connection.request("POST", "/v2/models/mlp/infer", body)
        reply = connection.getresponse()
        assert reply.status == 200, reply.read()
        reply.read()
    connection.close()


@pytest.fixture(scope="module")
def busy(repository):
    running = Server(repository, **{"autoscaling.zero_scaling.scale_to_zero_delay": DELAY})
    infer(running, ASKED)
    yield running
    running.stop()


def ask(server: Server, path: str, method="GET", body=None):
    connection = http.client.HTTPConnection("127.0.0.1", server.admin_port, timeout=30)
    connection.request(method, path, body)
    reply = connection.getresponse()
    text = reply.read().decode()
    connection.close()
    return reply, text


def test_promtool_accepts_the_metrics(busy):
    assert shutil.which("promtool"), "Debian's package prometheus has it: scripts/install.sh --test"
    reply, text = ask(busy, "/metrics")
    assert reply.status == 200 and reply.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, capture_output=True, timeout=60)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert not checked.stderr.strip(), checked.stderr
    assert f'pilotlight_requests_succeeded_total{{model="mlp",version="1"}} {ASKED}\n' in text


def test_the_statistics_agree_with_what_was_asked(busy):
    stats = json.loads(ask(busy, "/v1/autoscaling/stats")[1])
    for key in ("active_instances", "loaded_models", "scale_operations", "cost_savings_percent", "worker_seconds",
                "always_on_seconds", "cold_starts", "prediction_accuracy_percent"):
        assert key in stats, key
    assert stats["cold_starts"] >= 1
    assert 0 <= stats["cost_savings_percent"] <= 100
    performance = json.loads(ask(busy, "/v1/performance")[1])
    for key in ("avg_response_time_ms", "p50_ms", "p95_ms", "p99_ms", "requests_per_second", "error_rate_percent",
                "cache_hit_rate_percent"):
        assert key in performance, key
    assert performance["requests"] == ASKED and performance["failures"] == 0
    models = json.loads(ask(busy, "/v1/models")[1])["models"]
    mlp = next(each for each in models if each["name"] == "mlp")
    assert mlp["rung"] in ("zero", "zygote", "model_zygote", "instance")
    if mlp["instances"]:
        assert mlp["pss_bytes"] > 1_000_000


def test_worker_seconds_are_what_an_instance_was_there_for(repository):
    running = Server(repository, **{"autoscaling.zero_scaling.scale_to_zero_delay": 600,
                                    "autoscaling.health_monitoring.basic_check_interval": 0.2})
    try:
        begin = time.monotonic()
        infer(running, 1)
        ready = time.monotonic()
        time.sleep(3)
        stats = json.loads(ask(running, "/v1/autoscaling/stats")[1])
        now = time.monotonic()
        assert now - ready - 0.2 <= stats["worker_seconds"] <= now - begin + 0.2
        saved = 100 * (1 - stats["worker_seconds"] / stats["always_on_seconds"])
        assert abs(stats["cost_savings_percent"] - saved) < 0.1
        assert stats["active_instances"] == stats["loaded_models"] == 1
        assert stats["cold_starts"] == 1 and stats["scale_operations"] == 0
        health = json.loads(ask(running, "/v1/health")[1])
        assert health["healthy_instances"] == health["total_instances"] == 1
        assert [each["level"] for each in health["models"] if each["name"] == "mlp"] == ["healthy"]
        assert ask(running, "/v1/models/mlp/scale", "POST", '{"instances": 2}')[0].status == 200
        assert json.loads(ask(running, "/v1/autoscaling/stats")[1])["scale_operations"] == 1
    finally:
        running.stop()


@pytest.mark.parametrize("path, says", [
    ("/v1/decisions?modle=mlp", "query key 'modle' is not known"),
    ("/v1/decisions?limit=0", "query key 'limit' is '0'"),
    ("/v1/performance?window=5", "query key 'window' is not known"),
])
def test_a_bad_query_is_refused_naming_the_key(busy, path, says):
    reply, body = ask(busy, path)
    assert reply.status == 400 and says in json.loads(body)["error"]


def test_a_model_that_is_not_there_has_no_stream(busy):
    reply, body = ask(busy, "/v1/decisions/stream?model=nobody")
    assert reply.status == 404 and "nobody" in json.loads(body)["error"]


def test_the_stream_ends_with_the_server(repository):
    running = Server(repository)
    connection = http.client.HTTPConnection("127.0.0.1", running.admin_port, timeout=30)
    connection.request("GET", "/v1/decisions/stream")
    reply = connection.getresponse()
    assert reply.status == 200 and reply.headers["Content-Type"] == "text/event-stream"
    assert reply.headers["Content-Length"] is None
    running.process.terminate()
    text = reply.read().decode()
    assert text.endswith('event: closing\ndata: {"reason":"shutting_down"}\n\n')
    connection.close()
    running.stop()


def test_a_reader_that_goes_leaves_nothing_behind(busy):
    before = int(json.loads(ask(busy, "/v1/performance")[1])["connections"])
    readers = []
    for _ in range(5):
        connection = http.client.HTTPConnection("127.0.0.1", busy.admin_port, timeout=30)
        connection.request("GET", "/v1/decisions/stream?model=mlp")
        assert connection.getresponse().status == 200
        readers.append(connection)
    for each in readers:
        each.sock.close() if each.sock else each.close()
    del readers
    until = time.monotonic() + 5
    while int(json.loads(ask(busy, "/v1/performance")[1])["connections"]) > before + 1 and time.monotonic() < until:
        time.sleep(0.05)
    assert int(json.loads(ask(busy, "/v1/performance")[1])["connections"]) <= before + 1


def test_status_and_explain_speak_to_people(busy):
    admin = f"127.0.0.1:{busy.admin_port}"
    told = subprocess.run([PROGRAM, "status", "--admin", admin], text=True, capture_output=True, timeout=30)
    assert told.returncode == 0, told.stderr
    for word in ("RUNG", "P95", "SAVED", "saved", "requests", "health", "scaling"):
        assert word in told.stdout, told.stdout
    unknown = subprocess.run([PROGRAM, "explain", "nobody", "--admin", admin], text=True, capture_output=True, timeout=30)
    assert unknown.returncode == 1 and "nobody" in unknown.stderr and "admin port" not in unknown.stderr
