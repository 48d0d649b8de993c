"""One running pilotlight for the tests: started on free ports, stopped with SIGTERM, and it must exit with 0."""

import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build" / "release" / "bin" / "pilotlight"
START_SECONDS = 60
STOP_SECONDS = 15


class Server:
    """`settings` are keys as for --set. The log is kept, to be shown when something fails."""

    def __init__(self, repository: Path, **settings):
        self.folder = tempfile.TemporaryDirectory(prefix="e2e-")
        folder = Path(self.folder.name)
        ready = folder / "ready.json"
        config = folder / "pilotlight.toml"
        config.write_text("")
        self.log = folder / "log"
        settings = {
            "listen.http": "127.0.0.1:0",
            "listen.admin": "127.0.0.1:0",
            "models.repository": str(repository),
            "cache.directory": str(folder / "cache"),
            **settings,
        }
        command = [str(PROGRAM), "serve", "--config", str(config), "--ready-file", str(ready)]
        for key, value in settings.items():
            command += ["--set", f"{key}={value}"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        ports = self._wait_for_ports(ready)
        self.port, self.admin_port = ports["http"], ports["admin"]
        self.url = f"127.0.0.1:{self.port}"
        self.admin_url = f"http://127.0.0.1:{self.admin_port}"

    def _wait_for_ports(self, ready: Path) -> dict:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise RuntimeError(f"pilotlight ended with {self.process.returncode}:\n{self.text()}")
            try:
                return json.loads(ready.read_text())
            except (FileNotFoundError, ValueError):
                time.sleep(0.02)
        self.process.kill()
        raise RuntimeError(f"pilotlight was not listening after {START_SECONDS} s:\n{self.text()}")

    def text(self) -> str:
        return self.log.read_text(errors="replace")

    def workers(self) -> dict[int, str]:
        """Every process below the proxy, by its title. All have it as their parent."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                after_name = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(after_name[1]) == self.process.pid and after_name[0] != "Z":
                    title = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    found[int(entry.name)] = title.strip()
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended meanwhile
        return found

    def wait_for_zero(self, seconds: float) -> dict[int, str]:
        """Waits until no worker is left; what is left after that time is returned."""
        until = time.monotonic() + seconds
        while (left := self.workers()) and time.monotonic() < until:
            time.sleep(0.05)
        return left

    def stop(self) -> None:
        """Ends it as a service manager would; anything but a quick, clean exit is an error."""
        workers = self.workers()
        try:
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGTERM)
            code = self.process.wait(STOP_SECONDS)
            log = self.text()
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"pilotlight did not exit within {STOP_SECONDS} s of SIGTERM:\n{self.text()}")
        finally:
            self.folder.cleanup()
        assert code == 0, f"pilotlight exited with {code}:\n{log}"
        orphans = [pid for pid in workers if os.path.exists(f"/proc/{pid}")]
        assert not orphans, f"workers outlived the proxy: {[workers[pid] for pid in orphans]}"
