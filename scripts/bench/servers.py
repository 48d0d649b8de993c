"""Starts and ends what is measured: pilotlight, and nginx in front of nginx. All on free ports of 127.0.0.1."""

import http.client
import json
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from . import processes
from .settings import BIN, MODELS


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, seconds: float, what: str, every: float = 0.01):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if value := condition():
            return value
        time.sleep(every)
    raise RuntimeError(f"{what}: not within {seconds:g} s")


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Program:
    """A server process in a folder of its own; both are gone after the `with`."""

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="bench-"))
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in self.__dict__.get("running", []):
            process.send_signal(signal.SIGTERM)
        for process in self.__dict__.get("running", []):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, command: list, **options) -> subprocess.Popen:
        self.log = self.folder / "log"
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, **options
            )
        self.__dict__.setdefault("running", []).append(process)
        return process

    def pids(self) -> list[int]:
        """Every process of the server side."""
        return [pid for process in self.running for pid in processes.tree(process.pid)]

    def wait_until_accepting(self, port: int, seconds: float = 60) -> None:
        def condition():
            if any(process.poll() is not None for process in self.running):
                raise RuntimeError(f"{type(self).__name__} ended:\n{self.log.read_text(errors='replace')[-4000:]}")
            return accepts(port)

        wait_for(condition, seconds, f"{type(self).__name__} listening")

    def request(self, path: str, body=None, port=None, headers=None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=120)
        try:
            connection.request("POST" if body is not None else "GET", path, body, headers or {})
            reply = connection.getresponse()
            return reply.status, reply.read()
        finally:
            connection.close()


class Pilotlight(Program):
    """`settings` are keys as for --set."""

    path = "/v2/models/mlp/infer"

    def __init__(self, repository: Path = MODELS, **settings):
        self.repository = repository
        self.settings = {"autoscaling.zero_scaling.scale_to_zero_delay": 3600.0, **settings}

    def start(self):
        ready = self.folder / "ready.json"
        config = self.folder / "pilotlight.toml"
        config.write_text("")
        command = [BIN / "pilotlight", "serve", "--config", config, "--ready-file", ready]
        fixed = {
            "listen.http": "127.0.0.1:0",
            "listen.admin": "127.0.0.1:0",
            "models.repository": self.repository,
            "cache.directory": self.folder / "cache",
        }
        for key, value in {**fixed, **self.settings}.items():
            command += ["--set", f"{key}={value}"]
        self.process = self.run(command)

        def ports():
            if self.process.poll() is not None:
                raise RuntimeError(f"pilotlight ended:\n{self.log.read_text(errors='replace')[-4000:]}")
            try:
                return json.loads(ready.read_text())
            except (FileNotFoundError, ValueError):
                return None

        found = wait_for(ports, 60, "pilotlight listening")
        self.port, self.admin_port = found["http"], found["admin"]

    def workers(self) -> list[int]:
        return processes.below(self.process.pid)

    def wait_for_zero(self, seconds: float = 120) -> None:
        wait_for(lambda: not self.workers(), seconds, "all workers gone")

    def admin(self, path: str, body: dict | None = None) -> dict:
        status, reply = self.request(path, json.dumps(body) if body is not None else None, self.admin_port)
        if status // 100 != 2:
            raise RuntimeError(f"{path}: {status} {reply.decode(errors='replace')}")
        return json.loads(reply) if reply else {}

    def scale(self, model: str, instances: int) -> None:
        self.admin(f"/v1/models/{model}/scale", {"instances": instances})

    def infer(self, model: str, body: bytes | str, headers=None) -> bytes:
        status, reply = self.request(f"/v2/models/{model}/infer", body, headers=headers)
        if status != 200:
            raise RuntimeError(f"{model}: {status} {reply.decode(errors='replace')[:500]}")
        return reply


COMMON = """\
worker_processes 1;
daemon off;
pid {folder}/{name}.pid;
error_log {folder}/{name}.error warn;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  client_max_body_size 16m;
  client_body_buffer_size 4m;
  client_body_temp_path {folder}/{name}-body;
  proxy_temp_path {folder}/{name}-proxy;
  fastcgi_temp_path {folder}/{name}-fastcgi;
  uwsgi_temp_path {folder}/{name}-uwsgi;
  scgi_temp_path {folder}/{name}-scgi;
  default_type application/json;
"""
BACK = """\
  server {{
    listen 127.0.0.1:{port} reuseport;
    location / {{ return 200 '{answer}'; }}
    location /file {{ root {folder}; error_page 405 =200 $uri; sendfile on; }}
  }}
}}
"""
FRONT = """\
  upstream back {{ server 127.0.0.1:{back}; {kept} }}
  server {{
    listen 127.0.0.1:{port} reuseport;
    location / {{
      proxy_pass http://back;
      {spoken}
      proxy_buffers 64 64k;
      proxy_buffer_size 64k;
      proxy_busy_buffers_size 2m;
    }}
  }}
}}
"""
KEPT = "keepalive 256; keepalive_requests 1000000000; keepalive_timeout 600s;"
SPOKEN_KEPT = 'proxy_http_version 1.1; proxy_set_header Connection "";'


class NginxPair(Program):
    """One nginx with one worker process, proxying to another that gives a fixed answer. As it comes, proxy_pass makes
    a connection to the other for each request; with `keepalive` it keeps them."""

    path = "/"

    def __init__(self, answer: bytes, file: bytes = b"", *, keepalive: bool):
        if b"'" in answer or b"$" in answer or b"\\" in answer:
            raise ValueError("an answer for nginx has no quote, dollar or backslash")
        self.answer, self.file = answer.decode(), file
        self.kept, self.spoken = (KEPT, SPOKEN_KEPT) if keepalive else ("", "")

    def start(self):
        (self.folder / "file").write_bytes(self.file)
        self.folder.chmod(0o755)  # the worker is another user
        back, self.port = free_port(), free_port()
        self.nginx("back", BACK.format(port=back, answer=self.answer, folder=self.folder))
        self.wait_until_accepting(back)
        self.nginx("front", FRONT.format(port=self.port, back=back, kept=self.kept, spoken=self.spoken))
        self.wait_until_accepting(self.port)
        status, reply = self.request("/", "x")
        assert (status, reply.decode()) == (200, self.answer), (status, reply)

    def nginx(self, name: str, rest: str) -> None:
        config = self.folder / f"{name}.conf"
        config.write_text(COMMON.format(folder=self.folder, name=name) + rest)
        self.run(["/usr/sbin/nginx", "-p", self.folder, "-c", config])
