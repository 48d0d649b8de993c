"""How does a demo model get onto the disk? `<out>/models/<name>/1/model.pt`, `<out>/models/<name>/model.toml`, and
`<out>/expected/<name>.json`: inputs with Python's answers, for the tests. A model that is up to date is left alone."""

import hashlib
import inspect
import json
import os
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import torch

DATATYPES = {torch.float32: "FP32", torch.int64: "INT64"}


@dataclass
class Case:
    title: str
    inputs: dict[str, torch.Tensor]
    outputs: dict[str, torch.Tensor]
    sequence: int | None = None
    parameters: dict = field(default_factory=dict)


class Model:
    """One model of the repository. `build` writes the model file and gives the cases to remember."""

    name: str
    file: str
    toml: str

    def build(self, path: Path) -> list[Case]:
        raise NotImplementedError


def checksum_of(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def environment() -> str:
    """What else a model file depends on."""
    return f"torch {torch.__version__}, python {sys.version_info.major}.{sys.version_info.minor}"


def made_from(model: Model) -> str:
    """Changes when a file that has a part in this model changes."""
    sources = Path(inspect.getfile(type(model))).read_text(), Path(__file__).read_text()
    return checksum_of(model.name, *sources, environment())


def up_to_date(model: Model, out: Path) -> bool:
    expected = out / "expected" / f"{model.name}.json"
    files = out / "models" / model.name / "1" / model.file, out / "models" / model.name / "model.toml"
    if not expected.exists() or not all(file.exists() for file in files):
        return False
    try:
        return json.loads(expected.read_text())["made_from"] == made_from(model)
    except (ValueError, KeyError):
        return False


def write(model: Model, out: Path) -> None:
    """Files appear whole or not at all, `expected` last: a run that was interrupted is simply done again."""
    folder = out / "models" / model.name
    (folder / "1").mkdir(parents=True, exist_ok=True)
    (out / "expected").mkdir(parents=True, exist_ok=True)
    # LibTorch tells the kind of a file by its suffix and writes its name into it: only the folder may differ.
    with tempfile.TemporaryDirectory(dir=out, prefix=".partial-") as partial:
        path = Path(partial) / model.file
        with torch.no_grad():
            cases = model.build(path)
        path.replace(folder / "1" / model.file)
    replace_text(folder / "model.toml", model.toml)
    replace_text(out / "expected" / f"{model.name}.json", expected_json(model, cases))


def replace_text(path: Path, text: str) -> None:
    partial = path.with_name(f".{os.getpid()}-{path.name}")
    partial.write_text(text)
    partial.replace(path)


def expected_json(model: Model, cases: list[Case]) -> str:
    listed = []
    for case in cases:
        entry = {"title": case.title}
        if case.sequence is not None:
            entry["sequence"] = case.sequence
        if case.parameters:
            entry["parameters"] = case.parameters
        entry["inputs"] = tensors_json(case.inputs)
        entry["outputs"] = tensors_json(case.outputs)
        listed.append(entry)
    return json.dumps({"model": model.name, "made_from": made_from(model), "cases": listed}) + "\n"


def tensors_json(tensors: dict[str, torch.Tensor]) -> list[dict]:
    return [
        {
            "name": name,
            "datatype": DATATYPES[tensor.dtype],
            "shape": list(tensor.shape),
            "data": tensor.flatten().tolist(),
        }
        for name, tensor in tensors.items()
    ]
