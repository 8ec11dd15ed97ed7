"""A load from outside: `wrk` against an address, the median of several short runs."""

import re
import shutil
import statistics
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """Requests per second, over the runs."""

    runs: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.runs)

    def of(self, other: "Rate") -> float:
        """This rate in units of another that was measured in turn with it: the median of the rounds' ratios, so that a
        machine that is slow for a while is slow in both."""
        return statistics.median(ours / theirs for ours, theirs in zip(self.runs, other.runs, strict=True))

    @property
    def spread(self) -> str:
        return f"{min(self.runs):,.0f} to {max(self.runs):,.0f}"


def measure(url: str, headers: Mapping[str, str], *, seconds: int = 4, connections: int = 16) -> float:
    """Requests per second of one run. Every answer must be 2xx."""
    program = shutil.which("wrk")
    if program is None:
        raise SystemExit("The benchmarks need `wrk`: install your system's package.")
    given = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    done = subprocess.run(
        [program, "-t1", f"-c{connections}", f"-d{seconds}s", *given, url], capture_output=True, text=True, check=True
    )
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise SystemExit(f"{url} did not answer well:\n{done.stdout}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    if found is None:
        raise SystemExit(done.stdout)
    return float(found[1])


def measure_in_turn(
    targets: Mapping[str, tuple[str, Mapping[str, str]]], *, rounds: int = 5, seconds: int = 3
) -> dict[str, Rate]:
    """All targets in turn, A B C A B C …, so that a machine that slows down slows all of them."""
    runs: dict[str, list[float]] = {name: [] for name in targets}
    for name, (url, headers) in targets.items():
        measure(url, headers, seconds=1)
        runs[name].clear()
    for _ in range(rounds):
        for name, (url, headers) in targets.items():
            runs[name].append(measure(url, headers, seconds=seconds))
    return {name: Rate(tuple(found)) for name, found in runs.items()}
