"""Does a model with state of its own answer as promised, over real speech? Stateless by default: each request runs on
the state of a fresh load. As sequences: each goes on from its own last request, and knows nothing of the others."""


import numpy as np
import pytest
import torch
import tritonclient.http as triton
from conftest import RATE, assert_equal, expected, inputs_of


@pytest.fixture
def fresh_module(repository):
    file = repository / "silero_vad" / "1" / "model.pt"
    return lambda: torch.jit.load(str(file))


def python_answer(module, piece: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return module(torch.from_numpy(piece[None]), RATE).numpy()


def ask(client, model: str, piece: np.ndarray, output: str = "probability", **options) -> np.ndarray:
    return client.infer(model, inputs_of({"x": piece[None]}, True), **options).as_numpy(output)


def test_speech_is_told_from_silence(speech, fresh_module):
    """Else the tests below would compare nothing with nothing."""
    module = fresh_module()
    heard = [python_answer(module, piece).item() for piece in speech[0]]
    assert max(heard) > 0.8
    assert min(heard) < 0.2


def test_by_default_the_same_input_gives_the_same_answer(client, speech, fresh_module):
    loudest = speech[0][np.abs(speech[0]).max(axis=1).argmax()]
    wanted = python_answer(fresh_module(), loudest)
    for _ in range(3):
        assert_equal(ask(client, "silero_vad", loudest), wanted, "a fresh model's answer")


def test_by_default_neighbours_change_nothing(client, speech, fresh_module):
    for piece in speech[1][::7]:
        assert_equal(ask(client, "silero_vad", piece), python_answer(fresh_module(), piece), "after others")


def test_two_interleaved_sequences_are_each_as_alone(client, speech, fresh_module):
    length = min(len(each) for each in speech)
    modules = fresh_module(), fresh_module()
    for step in range(length):
        for number, (audio, module) in enumerate(zip(speech, modules)):
            found = ask(
                client,
                "silero_vad_seq",
                audio[step],
                sequence_id=101 + number,
                sequence_start=step == 0,
                sequence_end=step == length - 1,
            )
            assert_equal(found, python_answer(module, audio[step]), f"sequence {number}, step {step}")


def test_a_sequence_may_have_a_name(client):
    for case in expected("silero_vad_seq"):
        if case["sequence"] != 1:
            continue
        number = int(case["title"].rpartition(" ")[2])
        found = ask(
            client,
            "silero_vad_seq",
            case["inputs"]["x"][0],
            sequence_id="a caller",
            sequence_start=number == 0,
            sequence_end=number == 11,
        )
        assert_equal(found, case["outputs"]["probability"], case["title"])


def test_a_sequence_that_was_never_started_is_told_so(client, speech):
    with pytest.raises(triton.InferenceServerException):
        ask(client, "silero_vad_seq", speech[0][0], sequence_id=999, sequence_start=False)


def test_an_argument_that_is_no_tensor_is_a_parameter(client, speech, fresh_module):
    """silero_plain has no model.toml: names come from forward(), and `sr` must be given."""
    piece = speech[0][20]
    found = ask(client, "silero_plain", piece, output="OUTPUT__0", parameters={"sr": RATE})
    assert_equal(found, python_answer(fresh_module(), piece), "sr as a parameter")
    with pytest.raises(triton.InferenceServerException, match="sr"):
        ask(client, "silero_plain", piece, output="OUTPUT__0")


def test_the_models_own_refusal_reaches_the_client(client):
    wrong_length = np.zeros(600, dtype=np.float32)
    with pytest.raises(triton.InferenceServerException, match="number of samples"):
        ask(client, "silero_plain", wrong_length, output="OUTPUT__0", parameters={"sr": RATE})
