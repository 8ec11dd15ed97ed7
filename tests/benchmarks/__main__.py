"""`make bench`: run every benchmark and write `docs/performance.md`.

`python -m tests.benchmarks survey events` runs these two and leaves what the page says of the others.
"""

import asyncio
import os
import platform
import sys
import traceback
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks import answering, documents, events, gateway, growth, imports, starting, surveys, workspace

REPORT = Path(__file__).parents[2] / "docs" / "performance.md"
HEAD = """# How fast it is

Written by `make bench`, each part in one run of its own. Compare ratios, not machines.
"""
WANTED = ("| | Measured | Wanted |", "|---|---|---|")
OF_GATEWAY = (
    f"`GET {gateway.PATH}`, an answer that costs the service little, so that what lies before it shows; asked for by a",
    "signed-in person with `wrk`: one thread, 16 connections, all targets in turn; medians of nine rounds.",
    "",
    "| | Requests a second | From to | Of direct | Wanted |",
    "|---|---|---|---|---|",
)


@dataclass(frozen=True)
class Part:
    """A part of the page: its title, what stands above its lines, and what makes these."""

    title: str
    figures: Callable[[], AsyncIterator[str]]
    above: Sequence[str] = WANTED


PARTS = {
    "gateway": Part("The gateway", gateway.figures, OF_GATEWAY),
    "survey": Part("The survey", surveys.figures),
    "answering": Part("Answering the survey", answering.figures),
    "imports": Part("Files of observations", imports.figures),
    "documents": Part("Documents", documents.figures),
    "workspace": Part("Tasks and notifications", workspace.figures),
    "events": Part("Events and benchmarks", events.figures),
    "growth": Part("Growing", growth.figures),
    "starting": Part("Starting and memory", starting.figures),
}


def machine() -> str:
    """What this was measured on, in one line."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    processor = names[0].partition(":")[2].strip() if names else platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores ({processor}), {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}"


async def measured(part: Part) -> str:
    """The text of a part; its lines are printed as they come."""
    lines = [f"## {part.title}", "", f"Measured on {datetime.now(UTC):%Y-%m-%d}: {machine()}.", "", *part.above]
    print(lines[0], flush=True)
    async for line in part.figures():
        print(line, flush=True)
        lines.append(line)
    return "\n".join(lines) + "\n"


def parts_of(page: str) -> Iterator[tuple[str, str]]:
    """Title and text of every part that the page has."""
    for text in page.split("\n## ")[1:]:
        yield text.partition("\n")[0], "## " + text.rstrip() + "\n"


def main(names: Sequence[str]) -> int:
    if unknown := [name for name in names if name not in PARTS]:
        raise SystemExit(f"There is no benchmark {', '.join(unknown)}; there are {', '.join(PARTS)}.")
    known = dict(parts_of(REPORT.read_text())) if REPORT.exists() else {}
    failed = []
    for name in names or PARTS:
        part = PARTS[name]
        try:
            known[part.title] = asyncio.run(measured(part))
        except Exception:  # the others are measured all the same
            traceback.print_exc()
            failed.append(name)
            continue
        REPORT.write_text("\n".join([HEAD, *(known[each.title] for each in PARTS.values() if each.title in known)]))
    if failed:
        print(f"Failed: {', '.join(failed)}. The page keeps what it said of them.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
