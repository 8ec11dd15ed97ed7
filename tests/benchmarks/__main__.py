"""`make bench`: run every benchmark and write `docs/performance.md`."""

import asyncio
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks import answering, documents, events, gateway, imports, starting, surveys

REPORT = Path(__file__).parents[2] / "docs" / "performance.md"


def machine() -> str:
    """What this was measured on, in one line."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    processor = names[0].partition(":")[2].strip() if names else platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores ({processor}), {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}"


async def report() -> str:
    lines = [
        "# How fast it is",
        "",
        f"Measured by `make bench` on {datetime.now(UTC):%Y-%m-%d}: {machine()}. Requests by `wrk`, one thread, 16",
        "connections, all targets in turn within one run; the median of five rounds. Compare ratios, not machines.",
        "",
        "## The gateway",
        "",
        f"`GET {gateway.PATH}`, an answer that costs the service little, so that what lies before it shows; asked for by a signed-in person.",
        "",
        "| | Requests a second | From to | Of direct | Wanted |",
        "|---|---|---|---|---|",
    ]
    lines += [line async for line in gateway.figures()]
    lines += ["", "## The survey", "", "| | Measured | Wanted |", "|---|---|---|"]
    lines += [line async for line in surveys.figures()]
    lines += [line async for line in answering.figures()]
    lines += ["", "## Files of observations", "", "| | Measured | Wanted |", "|---|---|---|"]
    lines += [line async for line in imports.figures()]
    lines += ["", "## Documents", "", "| | Measured | Wanted |", "|---|---|---|"]
    lines += [line async for line in documents.figures()]
    lines += ["", "## Events and benchmarks", "", "| | Measured | Wanted |", "|---|---|---|"]
    lines += [line async for line in events.figures()]
    lines += ["", "## Starting and memory", "", "| | Measured | Wanted |", "|---|---|---|", *starting.figures(), ""]
    return "\n".join(lines)


def main() -> int:
    text = asyncio.run(report())
    REPORT.write_text(text)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
