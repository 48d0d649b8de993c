"""Other servers with the same MLP, where they are installed (scripts/install.sh --peers): optional columns."""

import importlib.util
import os
import shutil
import sys
import time

from . import processes
from .servers import Program, free_port, wait_for
from .settings import MLP_BODY, MODELS, ROOT

APPS = ROOT / "benchmarks" / "peers"
MODEL = MODELS / "mlp" / "1" / "model.pt"


class Peer(Program):
    """A program that answers a POST of the MLP's request on `path`."""

    path = "/"
    seconds_to_start = 60.0

    def environment(self) -> dict[str, str]:
        return {**os.environ, "MLP_MODEL": str(MODEL), "OMP_NUM_THREADS": "1"}

    def start(self):
        self.port = free_port()
        self.run(self.command(), env=self.environment(), cwd=self.folder)
        self.wait_until_accepting(self.port, self.seconds_to_start)
        wait_for(self.answers, self.seconds_to_start, f"{type(self).__name__} answering")

    def answers(self) -> bool:
        try:
            return self.request(self.path, MLP_BODY)[0] == 200
        except OSError:
            return False


class Mosec(Peer):
    path = "/inference"

    @staticmethod
    def is_installed() -> bool:
        return importlib.util.find_spec("mosec") is not None

    def command(self) -> list:
        return [sys.executable, APPS / "mosec_mlp.py", "--address", "127.0.0.1", "--port", self.port]


class LitServe(Peer):
    path = "/predict"

    @staticmethod
    def is_installed() -> bool:
        return importlib.util.find_spec("litserve") is not None

    def command(self) -> list:
        return [sys.executable, APPS / "litserve_mlp.py", self.port]


class Uwsgi(Peer):
    """With --cheap no worker until the first request, with --idle none after it: the one peer that goes to zero."""

    @staticmethod
    def is_installed() -> bool:
        return shutil.which("uwsgi") is not None

    idle_seconds = 0  # no going to zero

    def command(self) -> list:
        words = ["uwsgi", "--plugin", "python3", "--http-socket", f"127.0.0.1:{self.port}", "--master", "--lazy-apps"]
        words += ["--processes", "1", "--disable-logging", "--http-keepalive", "--die-on-term", "--need-app"]
        words += ["--virtualenv", sys.prefix, "--wsgi-file", APPS / "uwsgi_mlp.py"]
        return words + (["--cheap", "--idle", self.idle_seconds] if self.idle_seconds else [])


class Triton(Peer):
    """Its LibTorch backend, on the same model file."""

    path = "/v2/models/mlp/infer"

    @staticmethod
    def is_installed() -> bool:
        return shutil.which("tritonserver") is not None

    def command(self) -> list:
        version = self.folder / "models" / "mlp" / "1"
        version.mkdir(parents=True)
        shutil.copyfile(MODEL, version / "model.pt")
        shutil.copyfile(APPS / "triton_mlp.pbtxt", version.parent / "config.pbtxt")
        return ["tritonserver", "--model-repository", version.parents[1], "--http-address", "127.0.0.1",
                "--http-port", self.port, "--allow-grpc", "false", "--allow-metrics", "false"]  # fmt: skip


def installed() -> list[type[Peer]]:
    return [peer for peer in (Triton, Mosec, LitServe, Uwsgi) if peer.is_installed()]


class UwsgiFromZero(Uwsgi):
    idle_seconds = 1

    def start(self):
        self.port = free_port()
        self.process = self.run(self.command(), env=self.environment(), cwd=self.folder)
        self.wait_until_accepting(self.port)


def uwsgi_from_zero_ms() -> float:
    with UwsgiFromZero() as server:
        # Ask and let it fall to zero once, so that files are in the page cache and the state is what is meant.
        wait_for(server.answers, 60, "uWSGI answering")
        wait_for(lambda: not processes.below(server.process.pid), 60, "uWSGI at zero")
        start = time.perf_counter()
        status, _ = server.request(server.path, MLP_BODY)
        if status != 200:
            raise RuntimeError(f"uWSGI: {status}")
        return (time.perf_counter() - start) * 1000
