"""What the Network's report says: pure, and only of what was published. See `blocks.py`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale

from services.survey.reports import blocks as b
from services.survey.reports.blocks import Block, day, number, signed
from services.survey.reports.texts import chosen
from services.survey.schemas.comparisons import PointsRow, SensitivityOut
from services.survey.schemas.results import Figure, NetworkGroup, NetworkOut

GOOD = 60.0
"""A score from which on a community can show others the way."""
TOGETHER = 4
LEADERS = 3


@dataclass(frozen=True)
class NetworkReport:
    """Everything that the report is made of. `groups` are the Network's figures by attribute, `earlier` those of the
    years before, the oldest first. `bands`: where each maturity level begins, and its label."""

    year: int
    network: NetworkOut
    groups: Mapping[str, NetworkOut]
    earlier: Sequence[NetworkOut]
    rows: Sequence[PointsRow]
    order: SensitivityOut
    participants: int
    names: Mapping[str, str]
    bands: Sequence[tuple[int, float, str]]
    top: int
    coverage_threshold: float
    is_reconstruction: bool
    is_published: bool
    moment: datetime
    language: str
    zone: ZoneInfo
    origin: str

    @cached_property
    def words(self) -> dict[str, str]:
        return chosen(self.language, "common", "network")

    def say(self, key: str, **values: Any) -> str:
        return self.words[key] % values

    def n(self, value: float | None, decimals: int = 1) -> str:
        return number(value, self.language, decimals)

    def level(self, score: float | None) -> int | None:
        if score is None:
            return None
        return max(((start, level) for level, start, _ in self.bands if start <= score), default=(0.0, None))[1]

    def named(self, figures: Sequence[Figure]) -> str:
        return "; ".join(f"{self.names.get(f.code, f.code)} ({self.n(f.mean)})" for f in figures)

    @cached_property
    def ranked(self) -> list[Figure]:
        """The points that are shown, the highest mean first."""
        shown = [figure for figure in self.network.network.points if figure.mean is not None]
        return sorted(shown, key=lambda figure: (-(figure.mean or 0), figure.code))


def network_content(report: NetworkReport) -> dict[str, Any]:
    """The content of the file."""
    words, whole = report.words, report.network.network
    title = report.say("title", year=report.year)
    level = report.level(whole.mean)
    label = next((text for known, _, text in report.bands if known == level), "")
    bands = sorted(report.bands, key=lambda band: band[1])
    ends = [*(start for _, start, _ in bands[1:]), 100.0]
    edition = day(report.moment, report.language, report.zone)
    return {
        "title": title, "author": words["network"], "language": report.language,
        "description": report.say("description", year=report.year),
        "keywords": [str(report.year), words["model_name"]], "demo": words["demo"] if report.network.demo else None,
        "running": title, "footer": report.say("footer", title=title),
        "cover": {
            "network": words["network"], "kicker": words["kicker"], "name": title, "place": words["place"],
            "value": None if whole.mean is None else report.n(whole.mean), "value-label": words["mean_label"],
            "chip": None if level is None else b.chip(level, f"{words['level']} {level} · {label}"),
            "bands": [
                {"level": known, "from": start, "to": end, "label": text}
                for (known, start, text), end in zip(bands, ends, strict=True)
            ],
            "at-score": whole.mean or 0,
            "facts": [
                {
                    "label": words["published_label"],
                    "text": report.say("published_of", n=len(report.rows), total=report.participants),
                },
                {"label": words["date"], "text": edition if report.is_published else f"{edition} · {words['draft']}"},
                {"label": words["model"], "text": report.network.model_version},
                {"label": words["programme"], "text": report.origin},
            ],
        },
        "blocks": [
            *_short(report), *_pillars(report), *_points(report), *_groups(report), *_heat(report), *_order(report),
            *_history(report), *_together(report), *_rules(report),
        ],
    }  # fmt: skip


def _short(report: NetworkReport) -> Iterator[Block]:
    words, whole = report.words, report.network.network
    yield b.h1(words["short"], new_page=False)
    if whole.mean is None or whole.quartiles is None:
        yield b.p(report.say("short_few", year=report.year), "lead")
        return
    yield b.p(report.say("short_score", n=whole.n, year=report.year, mean=report.n(whole.mean)), "lead")
    yield b.stats(
        *((f"{f.code} {report.names.get(f.code, '')}", report.n(f.mean), _rests(f, report)) for f in whole.pillars)
    )
    low, median, high = (report.n(value) for value in whole.quartiles)
    said = [report.say("short_half", low=low, median=median, high=high)]
    if len(report.ranked) > 3:
        said.append(report.say("short_best", points=report.named(report.ranked[:3])))
        said.append(report.say("short_weak", points=report.named(report.ranked[:-4:-1])))
    before = report.earlier[-1].network.mean if report.earlier else None
    if before is not None:
        change = signed(whole.mean - before, report.language)
        said.append(report.say("short_change", year=report.earlier[-1].year, change=change))
    yield b.bullets(said)
    yield {"kind": "contents", "text": words["contents"]}


def _rests(figure: Figure | NetworkGroup, report: NetworkReport) -> str:
    if figure.suppressed is not None:
        return report.words["protects" if figure.suppressed == "protects_others" else "too_few"]
    return report.say("n_communities", n=figure.n)


def _pillars(report: NetworkReport) -> Iterator[Block]:
    whole = report.network.network
    yield b.h1(report.words["pillars"])
    yield b.p(report.words["pillars_text"], "small")
    labels = [(f"{f.code} {report.names.get(f.code, '')}", f) for f in whole.pillars]
    figures: list[tuple[str, Figure | NetworkGroup]] = [(report.words["total"], whole), *labels]
    yield {"kind": "strips", "items": [_strip(label, figure, report) for label, figure in figures]}
    yield b.legend(("half", report.words["peers_half"]), ("dot", report.words["mean"]))


def _strip(label: str, figure: Figure | NetworkGroup, report: NetworkReport) -> Block:
    alt = f"{label}: {_rests(figure, report)}"
    if figure.quartiles is not None:
        low, median, high = (report.n(value) for value in figure.quartiles)
        alt = report.say("strip_alt", label=label, mean=report.n(figure.mean), low=low, median=median, high=high)
    return {
        "label": label, "note": _rests(figure, report), "alt": alt, "quartiles": figure.quartiles,
        "own": figure.mean, "own-label": report.n(figure.mean),
    }  # fmt: skip


def _points(report: NetworkReport) -> Iterator[Block]:
    words = report.words
    yield b.h1(words["points"])
    yield b.p(words["points_text"], "small")
    columns = [
        b.column(words["code"]), b.column(words["point"], "1fr"), b.column(words["mean"], "4.7"),
        b.column("0–100", numeric=True), b.column(words["quartiles"], numeric=True), b.column("n", numeric=True),
    ]  # fmt: skip
    rows: list[list[Any]] = []
    for figure in report.network.network.points:
        median = figure.quartiles[1] if figure.quartiles else None
        half = f"{report.n(figure.quartiles[0])}–{report.n(figure.quartiles[2])}" if figure.quartiles else None
        rows.append(
            [
                figure.code, report.names.get(figure.code, figure.code),
                b.bar(figure.mean, report.level(figure.mean), median), b.strong(report.n(figure.mean)), half,
                str(figure.n) if figure.n is not None else None,
            ]
        )  # fmt: skip
    yield b.table(columns, rows)


def _groups(report: NetworkReport) -> Iterator[Block]:
    words = report.words
    yield b.h1(words["groups"])
    yield b.p(words["groups_text"])
    columns = [
        b.column(words["group"], "1fr"), b.column("n", numeric=True), b.column(words["mean"], numeric=True),
        b.column(words["median"], numeric=True), b.column(words["quartiles"], "6.4", numeric=True),
    ]  # fmt: skip
    for dimension, found in report.groups.items():
        yield b.h2(words[f"by_{dimension}"])
        rows = [[b.strong(words["whole"]), *_numbers(report.network.network, report)]]
        rows += [[_value(dimension, group.group, report), *_numbers(group, report)] for group in found.groups]
        yield b.table(columns, rows, size=9)


def _numbers(group: NetworkGroup, report: NetworkReport) -> list[Any]:
    if group.quartiles is None:
        return [str(group.n) if group.n is not None else None, None, None, b.quiet(_rests(group, report))]
    low, median, high = (report.n(value) for value in group.quartiles)
    return [str(group.n), b.strong(report.n(group.mean)), median, f"{low}–{high}"]


def _value(dimension: str, group: str | None, report: NetworkReport) -> str:
    name = group or ""
    if name == "unknown":
        return report.words["value_unknown"]
    if dimension == "country":
        return str(Locale.parse(b.FORMATS[report.language]).territories.get(name, name))
    if dimension == "phase":
        return report.say("value_phase", phase=name)
    return report.words.get(f"value_{name}", name)


def _heat(report: NetworkReport) -> Iterator[Block]:
    words = report.words
    codes = [figure.code for figure in report.network.network.points]
    yield b.h1(words["heat"])
    yield b.p(words["heat_text"])
    columns = [b.column(words["community"], "1fr"), b.column("0–100", "1.2", numeric=True)]
    columns += [b.column(code, "0.92") for code in codes]
    rows: list[list[Any]] = []
    for row in report.rows:
        cells = [b.heat(report.n(row.points.get(code), 0), report.level(row.points.get(code))) for code in codes]
        rows.append([row.name, b.strong(report.n(row.overall)), *cells])
    yield b.table(columns, rows, size=8)
    yield b.p(
        " · ".join(f"**{level}** {label} ({report.n(start, 0)}+)" for level, start, label in report.bands), "small"
    )


def _order(report: NetworkReport) -> Iterator[Block]:
    words, order = report.words, report.order
    yield b.h1(words["order"])
    spread = f"{report.n(100 * order.spread, 0)} %"
    yield b.p(report.say("order_text", spread=spread, draws=order.draws, seed=order.seed))
    columns = [
        b.column(words["rank"], numeric=True), b.column(words["community"], "1fr"), b.column("0–100", numeric=True),
        b.column(words["interval"], numeric=True), b.column(words["flips"], "2.6", numeric=True),
        b.column(words["flips_from"], "1.8", numeric=True),
    ]  # fmt: skip
    rows: list[list[Any]] = []
    for place, item in enumerate(order.items):
        last = place + 1 == len(order.items)
        least = words["never"] if item.flips_from is None else f"{report.n(100 * item.flips_from, 0)} %"
        flips = None if item.flips is None else f"{report.n(100 * item.flips, 0)} %"
        between = str(item.low) if item.low == item.high else f"{item.low}–{item.high}"
        rows.append(
            [str(item.rank), item.name, b.strong(report.n(item.overall)), between, flips, None if last else least]
        )
    yield b.table(columns, rows, size=9)


def _history(report: NetworkReport) -> Iterator[Block]:
    years = [*report.earlier, report.network]
    if len(years) < 2:
        return
    items = []
    for place, one in enumerate(years):
        same = place > 0 and years[place - 1].model_version == one.model_version
        mean = one.network.mean
        items.append({"year": str(one.year), "value": mean, "label": report.n(mean), "same": same})
    told = "; ".join(f"{item['year']}: {item['label']}" for item in items)
    yield b.h2(report.words["history"])
    yield {"kind": "history", "items": items, "alt": report.say("history_alt", values=told)}
    yield b.p(report.words["history_text"], "small")


def _together(report: NetworkReport) -> Iterator[Block]:
    words = report.words
    if not report.ranked:
        return
    yield b.h1(words["together"])
    yield b.p(words["together_text"])
    items = []
    for figure in report.ranked[: -TOGETHER - 1 : -1]:
        scored = [(row.points.get(figure.code) or 0.0, row.name) for row in report.rows]
        leaders = [name for score, name in sorted(scored, reverse=True) if score >= GOOD][:LEADERS]
        told = {
            "name": report.names.get(figure.code, figure.code), "code": figure.code, "mean": report.n(figure.mean),
        }  # fmt: skip
        if leaders:
            items.append(report.say("together_item", leaders=", ".join(leaders), **told))
        else:
            items.append(report.say("together_alone", **told))
    yield b.bullets(items, "steps")


def _rules(report: NetworkReport) -> Iterator[Block]:
    words = report.words
    yield b.h1(words["rule_title"])
    coverage = f"{report.n(100 * report.coverage_threshold, 0)} %"
    steps = [
        words["rule_1"],
        words["rule_2"],
        report.say("rule_3", top=report.top),
        report.say("rule_4", coverage=coverage),
    ]
    yield b.bullets([*steps, words["rule_privacy"]], "steps")
    yield b.p(words["recompute"])
    if report.is_reconstruction:
        yield b.p(words["reconstruction"], "small")
