"""The end of a community's report: how firm the result is, and how it was computed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from services.survey.reports import blocks as b
from services.survey.reports.blocks import Block

if TYPE_CHECKING:
    from services.survey.reports.community import CommunityReport


def firm_blocks(report: CommunityReport) -> Iterator[Block]:
    """What is missing, and what other weights would do to the place in the order."""
    basis, words = report.basis, report.words
    yield b.h2(words["firm"])
    said = []
    if basis.worst == basis.best and basis.overall is not None:
        said.append(words["firm_whole"])
    else:
        said.append(report.say("firm_missing", worst=report.n(basis.worst), best=report.n(basis.best)))
    order = report.order
    own = next((item for item in order.items if item.community == basis.community), None) if order else None
    if order is not None and own is not None and len(order.items) > 1:
        told = {"spread": f"{report.n(100 * order.spread, 0)} %", "draws": order.draws, "seed": order.seed}
        key = "firm_same" if own.low == own.high else "firm_order"
        said.append(report.say(key, low=own.low, high=own.high, **told))
    yield b.bullets(said)


def rule_blocks(report: CommunityReport) -> Iterator[Block]:
    """The rules in words, the community's own numbers put into them, weights, levels, versions."""
    basis, words = report.basis, report.words
    yield b.h1(words["rule_title"])
    coverage = f"{report.n(100 * basis.coverage_threshold, 0)} %"
    yield b.bullets(
        [
            words["rule_1"],
            words["rule_2"],
            report.say("rule_3", top=basis.top),
            report.say("rule_4", coverage=coverage),
        ],
        "steps",
    )
    yield from _example(report)
    yield b.h2(words["bands"])
    bands = sorted(basis.bands, key=lambda band: band.start)
    rows = []
    for place, band in enumerate(bands):
        low = report.n(band.start, 0)
        last = place + 1 == len(bands)
        text = (
            report.say("band_last", low=low)
            if last
            else report.say("band_from", low=low, high=report.n(bands[place + 1].start, 0))
        )
        rows.append([b.chip(band.level, f"{band.level} · {band.label}"), text])
    yield b.table([b.column(words["level"]), b.column("0–100", "1fr")], rows)
    yield from _weights(report)
    yield b.p(words["rule_privacy"])
    yield b.p(words["recompute"])
    how = (
        (words["model"], f"{basis.model_version} · {basis.rule_version}"), (words["edition"], str(basis.revision)),
        (words["hash"], basis.answers_hash),
    )  # fmt: skip
    yield b.bullets([f"**{what}**: {text}" for what, text in how])
    yield b.h3(words["cite"])
    title = report.say("title", name=basis.name, year=basis.year)
    cited = (
        f"{words['network']} ({basis.computed_at:%Y}). {title}. {words['edition']} {basis.revision}. {report.origin}"
    )
    yield b.p(cited, "small")


def _example(report: CommunityReport) -> Iterator[Block]:
    """The first point with a score, its sum written out."""
    point = next((point for point in report.points if point.score is not None), None)
    if point is None:
        return
    known = [m for m in point.measures if m.score is not None]
    top = " + ".join(
        f"{report.n(m.weight, 0) if m.weight == int(m.weight) else report.n(m.weight, 2)} · {report.n(m.score)}"
        for m in known
    )
    bottom = " + ".join(report.n(m.weight, 0) if m.weight == int(m.weight) else report.n(m.weight, 2) for m in known)
    yield b.h2(report.words["example"])
    yield b.p(f"{point.code} {point.name}:")
    yield {"kind": "code", "text": f"({top}) / ({bottom}) = {report.n(point.score)}"}


def _weights(report: CommunityReport) -> Iterator[Block]:
    words, basis = report.words, report.basis
    parts = [
        (part.code, part.name, part.weight)
        for parts in (basis.pillars, report.points, report.measures)
        for part in parts
    ]
    yield b.h2(words["weights_title"])
    if all(weight == 1 for _, _, weight in parts):
        yield b.p(words["weights_equal"])
        return
    rows = [[code, name, report.n(weight, 2)] for code, name, weight in parts if weight != 1]
    columns = [b.column(words["code"]), b.column(words["name"], "1fr"), b.column(words["weight"], numeric=True)]
    yield b.table(columns, rows, size=8.5)
