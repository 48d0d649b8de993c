"""Are the answers Python's, whatever way they travel?"""

import asyncio
import http.client
import json
import zlib

import gzip
import numpy as np
import pytest
import tritonclient.http as triton
import tritonclient.http.aio as triton_aio
from conftest import assert_equal, expected, inputs_of, outputs_of

STATELESS = ("mlp", "identity", "minilm", "silero_vad", "mlp_aoti")
CASES = [(model, case) for model in STATELESS for case in expected(model)]
IDS = [f"{model}: {case['title']}" for model, case in CASES]


def check(result, case) -> None:
    for name, wanted in case["outputs"].items():
        assert_equal(result.as_numpy(name), wanted, f"{case['title']}: {name}")


@pytest.mark.parametrize("binary_out", (True, False), ids=("binary reply", "JSON reply"))
@pytest.mark.parametrize("binary_in", (True, False), ids=("binary request", "JSON request"))
@pytest.mark.parametrize("model,case", CASES, ids=IDS)
def test_an_answer_equals_pythons(client, model, case, binary_in, binary_out):
    outputs = outputs_of(case["outputs"], binary_out)
    check(client.infer(model, inputs_of(case["inputs"], binary_in), outputs=outputs), case)


@pytest.mark.parametrize("model", STATELESS)
def test_all_outputs_come_when_none_is_asked_for(client, model):
    case = expected(model)[0]
    check(client.infer(model, inputs_of(case["inputs"], True)), case)


@pytest.mark.parametrize("reply", (None, "gzip", "deflate"))
@pytest.mark.parametrize("request_", (None, "gzip", "deflate"))
@pytest.mark.parametrize("binary", (True, False), ids=("binary", "JSON"))
def test_compressed_bodies(client, request_, reply, binary):
    case = expected("identity")[2]
    result = client.infer(
        "identity",
        inputs_of(case["inputs"], binary),
        outputs=outputs_of(case["outputs"], binary),
        request_compression_algorithm=request_,
        response_compression_algorithm=reply,
    )
    check(result, case)


@pytest.mark.parametrize("encoding,inflate", (("gzip", gzip.decompress), ("deflate", zlib.decompress)))
def test_a_reply_is_compressed_when_asked(server, encoding, inflate):
    body = json.dumps({"inputs": [{"name": "x", "datatype": "FP32", "shape": [64, 64], "data": [0.5] * 4096}]})
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("POST", "/v2/models/identity/infer", body, {"Accept-Encoding": encoding})
    reply = connection.getresponse()
    data = reply.read()
    connection.close()
    assert reply.status == 200
    assert reply.headers["Content-Encoding"] == encoding
    assert json.loads(inflate(data))["outputs"][0]["shape"] == [64, 64]


def test_binary_and_json_inputs_mix(client):
    case = expected("minilm")[1]
    ids, mask = inputs_of(case["inputs"], True)
    mask.set_data_from_numpy(case["inputs"]["attention_mask"], binary_data=False)
    for binary_out in (True, False):
        check(client.infer("minilm", [ids, mask], outputs=outputs_of(case["outputs"], binary_out)), case)


def test_per_output_binary_data_is_obeyed(client):
    case = expected("mlp")[0]
    for binary in (True, False):
        result = client.infer("mlp", inputs_of(case["inputs"], True), outputs=outputs_of(["y"], binary))
        (output,) = result.get_response()["outputs"]
        assert ("data" in output) != binary
        assert ("binary_data_size" in output.get("parameters", {})) == binary


def test_an_unknown_output_is_refused_by_name(client):
    case = expected("mlp")[0]
    with pytest.raises(triton.InferenceServerException, match="nonsense"):
        client.infer("mlp", inputs_of(case["inputs"], True), outputs=outputs_of(["nonsense"], True))


def test_the_request_id_is_echoed(client):
    case = expected("mlp")[0]
    result = client.infer("mlp", inputs_of(case["inputs"], True), request_id="order 66, \"quoted\"")
    assert result.get_response()["id"] == 'order 66, "quoted"'
    assert result.get_response()["model_name"] == "mlp"


def test_a_version_can_be_named(client):
    case = expected("mlp")[0]
    result = client.infer("mlp", inputs_of(case["inputs"], True), model_version="1")
    assert result.get_response()["model_version"] == "1"
    check(result, case)
    with pytest.raises(triton.InferenceServerException):
        client.infer("mlp", inputs_of(case["inputs"], True), model_version="2")


def test_many_requests_at_once(client):
    cases = expected("mlp") * 25
    waiting = [client.async_infer("mlp", inputs_of(case["inputs"], True)) for case in cases]
    for case, request in zip(cases, waiting):
        check(request.get_result(timeout=60), case)


def test_the_asyncio_client(server):
    cases = [("mlp", case) for case in expected("mlp")] + [("minilm", case) for case in expected("minilm")]

    async def all_of_them():
        async with triton_aio.InferenceServerClient(server.url) as client:
            assert await client.is_server_ready()
            requests = [client.infer(model, inputs_of(case["inputs"], True)) for model, case in cases]
            return await asyncio.gather(*requests)

    for (_, case), result in zip(cases, asyncio.run(all_of_them())):
        check(result, case)


def test_a_large_tensor_comes_back_whole(client):
    x = np.random.default_rng(5).standard_normal((512, 4096), dtype=np.float32)
    result = client.infer("identity", inputs_of({"x": x}, True))
    np.testing.assert_array_equal(result.as_numpy("y"), x)
