"""What the end-to-end tests share: a repository, a running server, clients, Python's own answers, real speech."""

import json
import os
import shutil
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
import tritonclient.http as http

sys.path.insert(0, str(Path(__file__).parent))

from server import ROOT, Server  # noqa: E402

DEMO = Path(os.environ.get("PILOTLIGHT_DEMO", ROOT / "demo"))
SAMPLES, RATE = 512, 16000


@pytest.fixture(scope="session")
def repository(tmp_path_factory) -> Path:
    """The demo models, one without model.toml, and one whose file is no model."""
    folder = tmp_path_factory.mktemp("repository") / "models"
    shutil.copytree(DEMO / "models", folder)
    (folder / "silero_plain" / "1").mkdir(parents=True)
    shutil.copyfile(folder / "silero_vad" / "1" / "model.pt", folder / "silero_plain" / "1" / "model.pt")
    (folder / "broken" / "1").mkdir(parents=True)
    (folder / "broken" / "1" / "model.pt").write_bytes(b"this is no model" * 64)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def server(repository):
    running = Server(repository)
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def show_log(request):
    """Prints what the server logged during a test; pytest shows it only when the test fails."""
    running = request.getfixturevalue("server") if "server" in request.fixturenames else None
    before = running.log.stat().st_size if running else 0
    yield
    if running:
        if running.process.poll() is not None:
            pytest.exit(f"pilotlight died with {running.process.returncode}:\n{running.text()[-8000:]}", returncode=1)
        print("server log:\n" + running.log.read_bytes()[before:].decode(errors="replace")[-8000:])


@pytest.fixture
def client(server):
    with http.InferenceServerClient(server.url, concurrency=4, network_timeout=60.0) as made:
        yield made


def expected(model: str) -> list[dict]:
    """The cases that the export wrote down, tensors as arrays."""
    file = DEMO / "expected" / f"{model}.json"
    if not file.exists():
        raise FileNotFoundError(f"{file}: run scripts/export_models.py first")
    cases = json.loads(file.read_text())["cases"]
    for case in cases:
        for side in ("inputs", "outputs"):
            case[side] = {tensor["name"]: as_array(tensor) for tensor in case[side]}
    return cases


def as_array(tensor: dict) -> np.ndarray:
    kind = {"FP32": np.float32, "INT64": np.int64}[tensor["datatype"]]
    return np.array(tensor["data"], dtype=kind).reshape(tensor["shape"])


def inputs_of(arrays: dict[str, np.ndarray], binary: bool) -> list:
    listed = []
    for name, array in arrays.items():
        given = http.InferInput(name, list(array.shape), {"float32": "FP32", "int64": "INT64"}[array.dtype.name])
        given.set_data_from_numpy(array, binary_data=binary)
        listed.append(given)
    return listed


def outputs_of(names, binary: bool) -> list:
    return [http.InferRequestedOutput(name, binary_data=binary) for name in names]


def assert_equal(found: np.ndarray, wanted: np.ndarray, what: str) -> None:
    assert found is not None, f"{what}: not in the reply"
    assert found.shape == wanted.shape, what
    if wanted.size:  # tritonclient makes float64 of an empty binary tensor
        assert found.dtype == wanted.dtype, what
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6, err_msg=what)


@pytest.fixture(scope="session")
def speech(tmp_path_factory):
    """Two spoken sentences as [pieces, 512] at 16 kHz, each with a second of silence around it."""
    folder = tmp_path_factory.mktemp("speech")
    sentences = {
        "en": "A pilot light keeps burning while nobody cooks.",
        "en-us": "The quick brown fox jumps over the lazy dog, again and again.",
    }
    return [pieces(spoken(folder / f"{voice}.wav", voice, text)) for voice, text in sentences.items()]


def spoken(file: Path, voice: str, text: str) -> np.ndarray:
    # It would play it, too: what the library for that leaves behind belongs beside the file.
    quiet = os.environ | {"PULSE_RUNTIME_PATH": str(file.parent)}
    command = ["espeak-ng", "-v", voice, "-s", "150", "-w", str(file), text]
    subprocess.run(command, check=True, timeout=60, env=quiet)
    with wave.open(str(file)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth()) == (1, 2)
        rate = sound.getframerate()
        samples = np.frombuffer(sound.readframes(sound.getnframes()), dtype="<i2") / 32768.0
    wanted = np.arange(0, len(samples) / rate, 1 / RATE)
    return np.interp(wanted, np.arange(len(samples)) / rate, samples)


def pieces(samples: np.ndarray) -> np.ndarray:
    silence = np.zeros(RATE // 2)
    whole = np.concatenate([silence, samples, silence])
    whole = whole[: len(whole) // SAMPLES * SAMPLES]
    return whole.astype(np.float32).reshape(-1, SAMPLES)
