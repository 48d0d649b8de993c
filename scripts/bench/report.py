"""Prints results as a table, and keeps them as JSON lines in build/bench/results.jsonl."""

import json
import statistics
import time

from .settings import RESULTS


class Report:
    """One per run. A target is a bound on the value: ("<=" or ">=", number)."""

    def __init__(self):
        RESULTS.mkdir(parents=True, exist_ok=True)
        self.file = (RESULTS / "results.jsonl").open("w")
        self.started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.missed: list[str] = []

    def section(self, title: str) -> None:
        print(f"\n## {title}\n", flush=True)
        self.header_printed = False

    def add(self, section: str, what: str, value: float, unit: str, *, spread=None, target=None, note="") -> None:
        if not self.header_printed:
            print(f"{'what':<58} {'median':>12} {'spread':>23} {'target':>10}")
            self.header_printed = True
        verdict = ""
        met = None
        if target:
            sign, bound = target
            met = value <= bound if sign == "<=" else value >= bound
            verdict = f"{sign} {bound:g}" + ("" if met else "  MISSED")
            if not met:
                self.missed.append(f"{section}: {what}")
        low_high = f"{rounded(spread[0])} .. {rounded(spread[1])}" if spread else ""
        figure = f"{value:.4g}" if met is False and rounded(value) == rounded(bound) else rounded(value)
        print(f"{what:<58} {figure:>9} {unit:<5} {low_high:>20} {verdict:>10}  {note}".rstrip(), flush=True)
        line = {"section": section, "what": what, "value": value, "unit": unit, "run": self.started}
        if spread:
            line["spread"] = list(spread)
        if target:
            line["target"], line["met"] = f"{sign} {bound:g}", met
        if note:
            line["note"] = note
        self.file.write(json.dumps(line) + "\n")
        self.file.flush()

    def add_median(self, section: str, what: str, values: list[float], unit: str, **more) -> float:
        middle = statistics.median(values)
        self.add(section, what, middle, unit, spread=(min(values), max(values)), **more)
        return middle

    def finish(self) -> int:
        self.file.close()
        print(f"\nJSON lines: {(RESULTS / 'results.jsonl').relative_to(RESULTS.parents[1])}")
        if self.missed:
            print("targets missed: " + "; ".join(self.missed))
        return 1 if self.missed else 0


def rounded(value: float) -> str:
    if value != value:
        return "nan"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"
