"""Does Triton's own load generator run against this server unchanged? It lies in the wheel of tritonclient."""

import csv
import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from conftest import expected

PROGRAM = Path(sys.executable).parent / "perf_analyzer"
CUDA_RUNTIME = Path(sysconfig.get_paths()["purelib"]) / "nvidia" / "cuda_runtime" / "lib"


def input_file(model: str, case: int, folder: Path) -> Path:
    tensors = expected(model)[case]["inputs"]
    entry = {name: {"content": x.flatten().tolist(), "shape": list(x.shape)} for name, x in tensors.items()}
    file = folder / f"{model}.json"
    file.write_text(json.dumps({"data": [entry]}))
    return file


@pytest.mark.parametrize("style", ("binary", "json"))
@pytest.mark.parametrize("model,case", (("mlp", 0), ("minilm", 0), ("silero_vad", 2)))
def test_perf_analyzer(server, tmp_path, model, case, style):
    """Batches of one: of a larger one perf_analyzer writes only the first row when it writes JSON."""
    tensors = expected(model)[case]["inputs"]
    report = tmp_path / "report.csv"
    command = [str(PROGRAM), "-m", model, "-u", server.url, "-i", "http", "--concurrency-range", "4"]
    command += ["--input-data", str(input_file(model, case, tmp_path)), "-f", str(report)]
    command += ["--input-tensor-format", style, "--output-tensor-format", style]
    # Short windows: this asks whether it runs, not how fast.
    command += ["--measurement-interval", "500", "--max-trials", "4", "--stability-percentage", "100"]
    for name, x in tensors.items():
        command += ["--shape", f"{name}:{','.join(map(str, x.shape))}"]
    environment = {**os.environ, "LD_LIBRARY_PATH": str(CUDA_RUNTIME)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=90, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    (row,) = csv.DictReader(report.open())
    assert float(row["Inferences/Second"]) > 0, done.stdout
