"""silero_vad: is this piece of sound speech? A real stateful TorchScript: it keeps context between calls."""

import importlib.util
import shutil
from pathlib import Path

import torch

from .repository import Case, Model

SAMPLES = 512  # one piece at 16 kHz: the only length the model takes
RATE = 16000

MODEL_TOML = """\
# Probability of speech in pieces of 512 samples at 16 kHz.
{stateful}[[inputs]]
name = "x"
datatype = "FP32"
shape = [-1, 512]

[[outputs]]
name = "probability"
datatype = "FP32"
shape = [-1, 1]

[arguments]
sr = 16000

[[warmup]]
[[warmup.inputs]]
name = "x"
datatype = "FP32"
shape = [1, 512]
"""


def packaged_file() -> Path:
    """Found without importing the package: that would ask for torchaudio."""
    return Path(importlib.util.find_spec("silero_vad").submodule_search_locations[0]) / "data" / "silero_vad.jit"


def voice_like(seed: int, pieces: int) -> torch.Tensor:
    """[pieces, 512]: a buzz with moving overtones, loud and quiet by turns. The end-to-end tests use real speech."""
    generator = torch.Generator().manual_seed(seed)
    time = torch.arange(pieces * SAMPLES) / RATE
    pitch = 110 + 40 * seed + 15 * torch.sin(2 * torch.pi * 3 * time)
    phase = torch.cumsum(2 * torch.pi * pitch / RATE, 0)
    buzz = sum(torch.sin(k * phase) / k for k in range(1, 20))
    loud = 0.5 + 0.5 * torch.sin(2 * torch.pi * 2 * time)
    noise = torch.randn(len(time), generator=generator)
    return (0.2 * buzz * loud + 0.01 * noise).reshape(pieces, SAMPLES)


class Silero(Model):
    """Every request is answered from the state of a fresh load."""

    name = "silero_vad"
    file = "model.pt"
    toml = MODEL_TOML.format(stateful="")

    def build(self, path: Path) -> list[Case]:
        shutil.copyfile(packaged_file(), path)
        return self.cases(path)

    def cases(self, path: Path) -> list[Case]:
        found = []
        for number, x in enumerate(voice_like(1, 6)):
            x = x.reshape(1, SAMPLES)
            fresh = torch.jit.load(str(path))
            found.append(Case(f"piece {number}, fresh state", {"x": x}, {"probability": fresh(x, RATE)}))
        return found


class SileroSequence(Silero):
    """The state goes on from request to request of one sequence; `sequence` of a case says which."""

    name = "silero_vad_seq"
    toml = MODEL_TOML.format(stateful='stateful = "sequence"\n\n')

    def cases(self, path: Path) -> list[Case]:
        found = []
        for sequence in (1, 2):
            module = torch.jit.load(str(path))
            for number, x in enumerate(voice_like(sequence, 12)):
                x = x.reshape(1, SAMPLES)
                title = f"sequence {sequence}, piece {number}"
                found.append(Case(title, {"x": x}, {"probability": module(x, RATE)}, sequence=sequence))
        return found
