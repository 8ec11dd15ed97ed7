"""The years of a community beside each other, in its report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from services.survey.reports import blocks as b
from services.survey.reports.blocks import Block, signed

if TYPE_CHECKING:
    from services.survey.reports.community import CommunityReport


def history_blocks(report: CommunityReport) -> Iterator[Block]:
    words = report.words
    years = [one for one in report.history if one.year <= report.basis.year]
    yield b.h2(words["history"])
    if len(years) < 2:
        yield b.p(words["first_year"])
        return
    items = [
        {"year": str(one.year), "value": one.overall, "label": report.n(one.overall), "same": one.same_method is True}
        for one in years
    ]
    told = "; ".join(f"{item['year']}: {item['label']}" for item in items)
    yield {"kind": "history", "items": items, "alt": report.say("history_alt", values=told)}
    yield b.p(words["history_text"], "small")
    columns = [
        b.column(words["year"]), b.column(words["total"], numeric=True), b.column(words["change"], numeric=True),
        b.column(words["model"], "1fr"),
    ]  # fmt: skip
    rows: list[list[Any]] = []
    for place, one in enumerate(years):
        before = years[place - 1].overall if place else None
        change = one.overall - before if one.overall is not None and before is not None else None
        method = f"{one.model_version} · {one.rule_version}"
        rows.append([str(one.year), b.strong(report.n(one.overall)), signed(change, report.language), method])
    yield b.table(columns, rows)
