"""What do processes cost? Read from /proc: CPU time, proportional memory (PSS), the tree below a process, its roles."""

import os
from pathlib import Path

TICK_US = 1_000_000 / os.sysconf("SC_CLK_TCK")
ROLES = {
    "pilotlight-worker: zygote": "zygote",
    "pilotlight-worker: model zygote ": "model zygote",
    "pilotlight-worker: instance ": "instance",
}


def stat_fields(pid: int) -> list[str] | None:
    """What follows the name in /proc/<pid>/stat: state, parent, ...; None when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def below(root: int) -> list[int]:
    """Every living process below root, without it."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (fields := stat_fields(int(entry))) and fields[0] != "Z":
            parents[int(entry)] = int(fields[1])
    found, waiting = [], [root]
    while waiting:
        parent = waiting.pop()
        children = [pid for pid, its in parents.items() if its == parent]
        found += children
        waiting += children
    return found


def tree(root: int) -> list[int]:
    return [root, *below(root)]


def cpu_us(pids: list[int]) -> float:
    """User and system time that these have used, in microseconds."""
    total = 0.0
    for pid in pids:
        if fields := stat_fields(pid):
            total += (int(fields[11]) + int(fields[12])) * TICK_US
    return total


def pss_mib(pids: list[int]) -> float:
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def title(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def by_role(root: int) -> dict[str, list[int]]:
    """The workers below root by what they are."""
    found: dict[str, list[int]] = {}
    for pid in below(root):
        words = title(pid)
        for prefix, role in ROLES.items():
            if words == prefix or (prefix.endswith(" ") and words.startswith(prefix)):
                found.setdefault(role, []).append(pid)
    return found
