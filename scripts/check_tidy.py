#!/usr/bin/env python3
"""clang-tidy on the sources that changed since they were last found clean (.cache/tidy remembers them by checksum).

The tree is built by g++ with precompiled headers; clang gets the same flags less those it does not know, and
precompiles the same headers itself. A source counts as changed when it, a project header that it reaches, its
flags or .clang-tidy changed. Most recently changed first; after --seconds the rest is left for the next run.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import time
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CLEAN = ROOT / ".cache" / "tidy" / "clean"
PRECOMPILED = ROOT / ".cache" / "tidy" / "precompiled"
CLANG, TIDY = "clang++-16", "clang-tidy-16"
# What g++ knows and clang does not, or what means nothing without code generation.
DROPPED = re.compile(
    r"-Wno-(maybe-uninitialized|stringop-overflow|mismatched-new-delete|restrict)$|-Winvalid-pch$|-fpch-preprocess$|-flto|"
    r"-fno-fat-lto-objects$|-ffat-lto-objects$|-Werror$|-MD$|-g\d?$"
)
PRECOMPILED_HEADER = re.compile(r"^#include <([^>]+)>", re.MULTILINE)
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def arguments_of(entry: dict) -> tuple[list[str], str | None]:
    """The flags for clang, and the header that g++ precompiled for this source, if any."""
    words = shlex.split(entry["command"])
    while not words[0].startswith("-"):
        words.pop(0)  # ccache, g++
    kept, header = [], None
    rest = iter(words)
    for word in rest:
        if word in ("-o", "-MF", "-MT", "-c"):
            next(rest)
        elif word == "-include":
            generated = Path(next(rest))
            found = PRECOMPILED_HEADER.search(generated.read_text())
            header = str(ROOT / found[1]) if found else None
        elif not DROPPED.match(word):
            kept.append(word)
    return [*kept, "-Wno-unknown-warning-option"], header


@lru_cache(maxsize=None)
def text_of(path: Path) -> str:
    return path.read_text(errors="replace")


@lru_cache(maxsize=None)
def reached(path: Path) -> frozenset[Path]:
    """This file and every project file that it includes, also through others."""
    found, waiting = set(), [path]
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found.add(file)
        for name in INCLUDE.findall(text_of(file)):
            for candidate in (ROOT / name, file.parent / name):
                if candidate.is_file():
                    waiting.append(candidate.resolve())
                    break
    return frozenset(found)


def checksum(path: Path, flags: list[str], header: str | None) -> str:
    files = reached(path) | (reached(Path(header)) if header else frozenset())
    digest = hashlib.sha256(" ".join(flags).encode())
    for file in sorted(files | {ROOT / ".clang-tidy"}):
        digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + text_of(file).encode() + b"\0")
    return digest.hexdigest()[:24]


def precompile(flags: list[str], header: str) -> list[str]:
    """clang's own precompiled form of the header for these flags; made once, all sources of a target share it."""
    key = hashlib.sha256((" ".join(flags) + text_of(Path(header))).encode()).hexdigest()[:16]
    output = PRECOMPILED / f"{key}.pch"
    if not output.exists():
        PRECOMPILED.mkdir(parents=True, exist_ok=True)
        command = [CLANG, *flags, "-x", "c++-header", header, "-o", str(output)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"cannot precompile {header}:\n{done.stderr}")
    return ["-include-pch", str(output)]


def last_change(paths: list[Path]) -> dict[Path, float]:
    """When each file was last committed; what is not committed counts as changed now."""
    times: dict[Path, float] = {}
    log = subprocess.run(
        ["git", "log", "--format=@%ct", "--name-only", "--no-renames"], cwd=ROOT, capture_output=True, text=True
    ).stdout
    current = 0.0
    for line in log.splitlines():
        if line.startswith("@"):
            current = float(line[1:])
        elif line:
            times.setdefault(ROOT / line, current)
    status = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True).stdout
    for line in status.splitlines():
        times[ROOT / line[3:]] = time.time()
    return {path: times.get(path, time.time()) for path in paths}


def tidy(path: Path, flags: list[str]) -> tuple[bool, str]:
    command = [TIDY, "--quiet", str(path), "--", *flags]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    noise = re.compile(r"^\d+ warnings? .*generated\.$|^Suppressed |^Use -header-filter")
    said = (done.stdout + done.stderr).splitlines()
    return done.returncode == 0, "\n".join(line for line in said if not noise.match(line))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="every source, however long it takes")
    parser.add_argument("--seconds", type=float, default=300, help="start no further source after this time (default 300)")
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "release", help="a configured build folder")
    parser.add_argument("names", nargs="*", help="only sources whose path contains one of these")
    options = parser.parse_args()

    database = options.build / "compile_commands.json"
    if not database.exists():
        print(f"{database} does not exist: configure first (cmake --preset release)")
        return 1
    CLEAN.mkdir(parents=True, exist_ok=True)
    work: dict[Path, tuple[list[str], str | None, str]] = {}
    for entry in json.loads(database.read_text()):
        path = Path(entry["file"]).resolve()
        if not path.is_relative_to(ROOT) or path.is_relative_to(options.build) or path in work:
            continue
        if options.names and not any(name in str(path.relative_to(ROOT)) for name in options.names):
            continue
        flags, header = arguments_of(entry)
        work[path] = flags, header, checksum(path, flags, header)

    changed = [path for path in work if options.all or not (CLEAN / work[path][2]).exists()]
    times = last_change(changed)
    changed.sort(key=lambda path: (-times[path], path))
    prepared = {}
    for path in changed:
        flags, header, _ = work[path]
        prepared[path] = [*flags, *(precompile(flags, header) if header else [])]

    until = time.monotonic() + options.seconds
    failed = left = 0

    def check(path: Path):
        if not options.all and time.monotonic() > until:
            return path, None, ""
        return path, *tidy(path, prepared[path])

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, clean, output in pool.map(check, changed):
            if clean is None:
                left += 1
            elif clean:
                (CLEAN / work[path][2]).touch()
            else:
                failed += 1
                print(output.strip(), flush=True)
    checked = len(changed) - left
    print(f"clang-tidy: {checked} of {len(work)} sources checked, {len(work) - len(changed)} unchanged, {failed} with findings", end="")
    print(f", {left} left when the time was up (--all checks them)" if left else "")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
