"""One bounded run of wrk with one thread, posting the same body again and again."""

import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

SCRIPT = """\
wrk.method = "POST"
local file = io.open("{body}", "rb")
wrk.body = file:read("*a")
file:close()
{headers}
"""
UNITS = {"us": 1.0, "ms": 1e3, "s": 1e6, "m": 60e6}


@dataclass
class Load:
    per_second: float
    requests: int
    failed: int
    p99_us: float


def post(port: int, path: str, body: bytes | str, connections: int, seconds: float, headers=None) -> Load:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        content = Path(folder) / "body"
        content.write_bytes(body.encode() if isinstance(body, str) else body)
        lines = "\n".join(f'wrk.headers["{name}"] = "{value}"' for name, value in (headers or {}).items())
        script = Path(folder) / "post.lua"
        script.write_text(SCRIPT.format(body=content, headers=lines))
        command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "10s", "--latency"]
        command += ["-s", str(script), f"http://127.0.0.1:{port}{path}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60)
    if done.returncode != 0:
        raise RuntimeError(f"wrk: {done.stdout}{done.stderr}")
    return parse(done.stdout)


def parse(text: str) -> Load:
    requests = int(re.search(r"(\d+) requests in", text)[1])
    per_second = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])
    failed = int(found[1]) if (found := re.search(r"Non-2xx or 3xx responses: (\d+)", text)) else 0
    if found := re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text):
        failed += sum(map(int, found.groups()))
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s|m)\b", text)
    return Load(per_second, requests, failed, float(p99[1]) * UNITS[p99[2]] if p99 else float("nan"))
