"""The years of a community beside each other, in its report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from services.survey.reports import blocks as b
from services.survey.reports.blocks import Block, signed

if TYPE_CHECKING:
    from services.survey.reports.community import CommunityReport
    from services.survey.schemas.results import YearResult


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
    is_split = any(one.same_method is False for one in years)
    if is_split:
        yield b.p(words["split_text"], "small")
    columns = [b.column(words["year"]), b.column(words["total"], numeric=True), b.column(words["change"], numeric=True)]
    if is_split:
        columns += [b.column(words["real_change"], numeric=True), b.column(words["method_change"], numeric=True)]
    columns.append(b.column(words["model"], "1fr"))
    yield b.table(columns, [_row(one, report, is_split=is_split) for one in years])
    for one in years:
        if one.imported is not None:
            yield b.p(report.say("imported_year", year=one.year, source=one.imported.source), "small")


def _row(one: YearResult, report: CommunityReport, *, is_split: bool) -> list[Any]:
    change = one.change
    parts = [change.total if change else None]
    if is_split:
        parts += [change.real if change else None, change.method if change else None]
    method = f"{one.model_version} · {report.words['from_file'] if one.imported else one.rule_version}"
    return [
        str(one.year), b.strong(report.n(one.overall)), *(signed(part, report.language) for part in parts), method,
    ]  # fmt: skip
