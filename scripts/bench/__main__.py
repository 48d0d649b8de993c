"""Runs the sections asked for, in this order. A section that cannot run is reported, and the others go on."""

import argparse
import sys
import traceback

from . import batching, changes, compressed, identity, kills, pool, resting, ring, scaling, starts, throughput
from .report import Report

SECTIONS = {
    "throughput": throughput.throughput,
    "cpu": throughput.cpu,
    "peers": throughput.others,
    "identity": identity.identity,
    "batching": batching.batching,
    "cold": starts.cold,
    "instance": starts.instance,
    "idle": resting.idle,
    "memory": resting.memory,
    "kill": kills.kill,
    "segv": kills.segv,
    "changes": changes.changes,
    "ring": ring.ring,
    "decide": scaling.decide,
    "pool": pool.pool,
    "step": scaling.step,
    "flaps": scaling.flaps,
    "compressed": compressed.compressed,
    "traces": scaling.traces,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench.sh", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS) + " (default: all)")
    wanted = parser.parse_args().sections or list(SECTIONS)
    if unknown := [name for name in wanted if name not in SECTIONS]:
        parser.error(f"no section {unknown[0]}: there are {', '.join(SECTIONS)}")
    report = Report()
    broken = []
    for name, run in SECTIONS.items():
        if name in wanted:
            try:
                run(report)
            except Exception:  # a broken section is told at the end and must not cost the others
                traceback.print_exc()
                broken.append(name)
    code = report.finish()
    if broken:
        print("could not run: " + ", ".join(broken))
    return 1 if broken else code


if __name__ == "__main__":
    sys.exit(main())
