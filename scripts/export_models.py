#!/usr/bin/env python3
"""Makes the demo repository of real models: demo/models, with Python's own answers beside it in demo/expected."""

import argparse
import logging
import os
import sys
import time
import warnings
from pathlib import Path

# Before torch is imported: models are found in packages on this disk, never on a hub.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")

ROOT = Path(__file__).resolve().parents[1]
SCRATCH = ROOT / ".cache" / "inductor"
SCRATCH.mkdir(parents=True, exist_ok=True)
os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(SCRATCH))
# Its precompiled headers ignore that and go where temporary files go: nothing may be left there.
os.environ["TMPDIR"] = str(SCRATCH)
NAMES = ("mlp", "identity", "silero_vad", "silero_vad_seq", "minilm", "mlp_aoti")


def all_models() -> dict:
    from demo_models import identity, minilm, mlp, silero

    models = (
        mlp.TorchScriptMlp(),
        identity.IdentityModel(),
        silero.Silero(),
        silero.SileroSequence(),
        minilm.MiniLm(),
        mlp.AotInductorMlp(),
    )
    return {model.name: model for model in models}


def export(model, out: Path, force: bool) -> None:
    from demo_models.repository import up_to_date, write

    if not force and up_to_date(model, out):
        print(f"- {model.name}: up to date", flush=True)
        return
    start = time.monotonic()
    slow = " (compiled by g++, half a minute)" if model.file.endswith(".pt2") else ""
    print(f"- {model.name}: exporting{slow} ... ", end="", flush=True)
    write(model, out)
    print(f"{time.monotonic() - start:.1f} s", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "demo", help="folder of models/ and expected/ (default: demo)")
    parser.add_argument("--only", action="append", choices=NAMES, metavar="NAME", help=f"one of {', '.join(NAMES)}; may be repeated")
    parser.add_argument("--force", action="store_true", help="export also what is up to date")
    arguments = parser.parse_args()

    try:
        import torch
    except ImportError:
        print("export_models.py: needs torch: run scripts/install.sh, and this with .venv/bin/python", file=sys.stderr)
        return 1
    # TorchScript is deprecated upstream; it is here on purpose. Fixed threads: the same sums everywhere.
    warnings.filterwarnings("ignore")
    logging.getLogger("torch.export").setLevel(logging.ERROR)
    torch.set_num_threads(1)
    models = all_models()
    for name in arguments.only or NAMES:
        export(models[name], arguments.out, arguments.force)
    return 0


if __name__ == "__main__":
    sys.exit(main())
