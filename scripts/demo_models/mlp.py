"""A tiny MLP, 4 -> 16 -> 2: as TorchScript (`mlp`) and as an AOTInductor package (`mlp_aoti`), with equal weights."""

import inspect
import shutil
import time
from pathlib import Path

import torch

from .repository import Case, Model, checksum_of, environment

MODEL_TOML = """\
# A tiny MLP: 4 features in, 2 out, any batch.
[[inputs]]
name = "x"
datatype = "FP32"
shape = [-1, 4]

[[outputs]]
name = "y"
datatype = "FP32"
shape = [-1, 2]

[[warmup]]
[[warmup.inputs]]
name = "x"
datatype = "FP32"
shape = [1, 4]
"""


class Mlp(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2))

    def forward(self, x):
        return self.layers(x)


def seeded() -> Mlp:
    torch.manual_seed(2013)
    return Mlp().eval()


def cases(module) -> list[Case]:
    batches = torch.randn(1, 4), torch.randn(8, 4), torch.tensor([[1.0, 2.0, 3.0, 4.0]]), torch.zeros(3, 4)
    return [Case(f"a batch of {len(x)}", {"x": x}, {"y": module(x)}) for x in batches]


class TorchScriptMlp(Model):
    name = "mlp"
    file = "model.pt"
    toml = MODEL_TOML

    def build(self, path: Path) -> list[Case]:
        frozen = torch.jit.freeze(torch.jit.script(seeded()))
        frozen.save(str(path))
        torch.manual_seed(1)
        return cases(frozen)


class AotInductorMlp(Model):
    """Compiled by g++ in half a minute, so the package is kept in .cache by the checksum of its sources."""

    name = "mlp_aoti"
    file = "model.pt2"
    toml = MODEL_TOML

    # One thread and a fixed instruction set: by default both are those of the compiling machine, and
    # a package compiled elsewhere would start threads in a forked worker or die of an illegal instruction.
    options = {"cpp.threads": 1, "cpp.march": "x86-64-v3", "cpp.simdlen": 256}

    def build(self, path: Path) -> list[Case]:
        module = seeded()
        key = checksum_of(inspect.getsource(Mlp), inspect.getsource(seeded), str(self.options), environment())
        kept = Path(__file__).resolve().parents[2] / ".cache" / "aoti" / f"mlp-{key}.pt2"
        if not kept.exists():
            self.compile(module, kept)
        shutil.copyfile(kept, path)
        torch.manual_seed(1)
        return cases(torch._inductor.aoti_load_package(str(path)))

    def compile(self, module: Mlp, kept: Path) -> None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        partial = kept.with_suffix(f".{time.monotonic_ns()}.pt2")
        batch = torch.export.Dim("batch", min=1, max=4096)
        with torch.no_grad():
            program = torch.export.export(module, (torch.randn(2, 4),), dynamic_shapes={"x": {0: batch}})
            torch._inductor.aoti_compile_and_package(
                program, package_path=str(partial), inductor_configs=self.options
            )
        partial.rename(kept)
