"""Is what the server tells about itself and its models in the shape that Triton's client expects?"""

import json
import urllib.error
import urllib.request

import pytest
import tritonclient.http as triton
from conftest import expected, inputs_of


def infer_once(client, model="mlp"):
    return client.infer(model, inputs_of(expected(model)[0]["inputs"], True))


def test_server_health_and_metadata(client):
    assert client.is_server_live()
    assert client.is_server_ready()
    metadata = client.get_server_metadata()
    assert metadata["name"] == "pilotlight"
    assert metadata["version"]
    assert "binary_tensor_data" in metadata["extensions"]


def test_a_model_at_zero_is_ready(client):
    assert client.is_model_ready("mlp")
    assert client.is_model_ready("mlp", "1")
    assert not client.is_model_ready("no_such_model")


@pytest.mark.parametrize(
    "model,inputs,outputs",
    (
        ("mlp", [("x", "FP32", [-1, 4])], [("y", "FP32", [-1, 2])]),
        ("mlp_aoti", [("x", "FP32", [-1, 4])], [("y", "FP32", [-1, 2])]),
        (
            "minilm",
            [("input_ids", "INT64", [-1, -1]), ("attention_mask", "INT64", [-1, -1])],
            [("sentence_embedding", "FP32", [-1, 384])],
        ),
        ("silero_vad", [("x", "FP32", [-1, 512])], [("probability", "FP32", [-1, 1])]),
    ),
)
def test_model_metadata_and_config(client, model, inputs, outputs):
    metadata = client.get_model_metadata(model)
    assert metadata["name"] == model
    assert metadata["versions"] == ["1"]

    def triples(tensors):
        return [(tensor["name"], tensor["datatype"], tensor["shape"]) for tensor in tensors]

    assert triples(metadata["inputs"]) == inputs
    assert triples(metadata["outputs"]) == outputs

    config = client.get_model_config(model)
    assert config["name"] == model
    assert config["max_batch_size"] == 0
    for side, tensors in (("input", inputs), ("output", outputs)):
        found = [(tensor["name"], tensor["data_type"], tensor["dims"]) for tensor in config[side]]
        assert found == [(name, "TYPE_" + datatype, dims) for name, datatype, dims in tensors]


def test_statistics_count_requests(client):
    def count():
        (stats,) = client.get_inference_statistics("mlp")["model_stats"]
        assert stats["name"] == "mlp"
        success = stats["inference_stats"]["success"]
        assert set(success) == {"count", "ns"}
        return success["count"], success["ns"]

    infer_once(client)
    count_before, ns_before = count()
    for _ in range(3):
        infer_once(client)
    count_after, ns_after = count()
    assert count_after == count_before + 3
    assert ns_after > ns_before


def test_the_index_lists_every_model(client):
    index = {entry["name"]: entry for entry in client.get_model_repository_index()}
    assert {"mlp", "identity", "minilm", "silero_vad", "silero_vad_seq", "mlp_aoti"} <= set(index)
    assert all("state" in entry for entry in index.values())


def test_unload_disables_and_load_enables(client):
    infer_once(client, "identity")
    client.unload_model("identity")
    assert not client.is_model_ready("identity")
    with pytest.raises(triton.InferenceServerException):
        infer_once(client, "identity")
    client.load_model("identity")
    assert client.is_model_ready("identity")
    infer_once(client, "identity")


def test_an_unknown_model_is_404(server):
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"http://{server.url}/v2/models/nobody", timeout=10)
    assert caught.value.code == 404
    assert "nobody" in json.loads(caught.value.read())["error"]


def test_a_broken_model_fails_at_once_and_alone(client):
    with pytest.raises(triton.InferenceServerException) as caught:
        client.infer("broken", inputs_of(expected("mlp")[0]["inputs"], True))
    assert caught.value.status() in ("503", "HTTP 503") or "503" in str(caught.value.status())
    infer_once(client, "mlp")
