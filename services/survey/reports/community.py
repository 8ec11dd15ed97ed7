"""What a community's report says: pure, from what its result, its peers and its years are. See `blocks.py`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import fsum
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale

from services.survey.reports import blocks as b
from services.survey.reports.blocks import Block, day, number, signed
from services.survey.reports.community_firm import firm_blocks, rule_blocks
from services.survey.reports.community_history import history_blocks
from services.survey.reports.texts import chosen
from services.survey.schemas.basis import MeasureBasis, PillarBasis, PointBasis, ResultBasisOut
from services.survey.schemas.comparisons import PeersOut, Position, SensitivityOut
from services.survey.schemas.results import YearResult
from shared.languages import pick

SHOWN_GAPS = 10
FIRST_STEPS = 5


@dataclass(frozen=True)
class CommunityReport:
    """Everything that the report is made of. `degrees` are the scale's labels by level."""

    basis: ResultBasisOut
    country: str
    peers: PeersOut
    history: Sequence[YearResult]
    order: SensitivityOut | None
    degrees: Mapping[int, Mapping[str, str]]
    missing_languages: Mapping[str, int]
    language: str
    zone: ZoneInfo
    origin: str

    @cached_property
    def words(self) -> dict[str, str]:
        return chosen(self.language, "common", "community")

    def say(self, key: str, **values: Any) -> str:
        return self.words[key] % values if values else self.words[key]

    def n(self, value: float | None, decimals: int = 1) -> str:
        return number(value, self.language, decimals)

    def degree(self, level: float) -> str:
        """The meaning of a level, with its number; between two where it is no whole one."""
        low = int(level)
        if level == low:
            return f"{low} · {pick(self.degrees[low], self.language)}"
        return f"{self.n(level)} · {self.say('between', low=low, high=low + 1)}"

    def band(self, level: int | None) -> str:
        label = next((band.label for band in self.basis.bands if band.level == level), None)
        return self.words["no_level"] if label is None else label

    @cached_property
    def points(self) -> list[PointBasis]:
        return [point for pillar in self.basis.pillars for point in pillar.points]

    @cached_property
    def measures(self) -> list[MeasureBasis]:
        return [measure for point in self.points for measure in point.measures]

    @cached_property
    def before(self) -> YearResult | None:
        """The result of the year before the report's, among those that there are."""
        earlier = [one for one in self.history if one.year < self.basis.year]
        return max(earlier, key=lambda one: one.year) if earlier else None

    @cached_property
    def own_year(self) -> YearResult | None:
        return next((one for one in self.history if one.year == self.basis.year), None)

    @property
    def target(self) -> int:
        """The level that gaps are measured to: in use, or the highest of a shorter scale."""
        return min(3, self.basis.top)

    @cached_property
    def shares(self) -> dict[str, float]:
        """How much of the overall score each answered measure makes up."""
        found: dict[str, float] = {}
        pillars = [(p, [q for q in p.points if q.score is not None]) for p in self.basis.pillars if p.score is not None]
        whole = fsum(pillar.weight for pillar, _ in pillars)
        for pillar, points in pillars:
            inside = fsum(point.weight for point in points)
            for point in points:
                known = [m for m in point.measures if m.score is not None]
                answered = fsum(m.weight for m in known)
                for m in known:
                    found[m.code] = pillar.weight / whole * point.weight / inside * m.weight / answered
        return found

    @cached_property
    def gaps(self) -> list[tuple[MeasureBasis, float, float | None]]:
        """Measure, gap and what closing it adds to the whole; the greatest weight times gap first."""
        goal = 100 * self.target / self.basis.top
        found = [(m, goal - m.score) for m in self.measures if m.score is not None and m.score < goal]
        ranked = sorted(found, key=lambda pair: (-pair[0].weight * pair[1], pair[0].code))
        has_total = self.basis.overall is not None
        return [
            (m, gap, self.shares[m.code] * gap if has_total and m.code in self.shares else None) for m, gap in ranked
        ]


def community_content(report: CommunityReport) -> dict[str, Any]:
    """The content of the file."""
    basis = report.basis
    title = report.say("title", name=basis.name, year=basis.year)
    names = Locale.parse(b.FORMATS[report.language]).territories
    bands = sorted(basis.bands, key=lambda band: band.start)
    ends = [*(band.start for band in bands[1:]), 100.0]
    has_level = basis.overall is not None
    edition = str(basis.revision) + ("" if basis.state == "published" else f" · {report.words['draft']}")
    return {
        "title": title, "author": report.words["network"], "language": report.language,
        "description": report.say("description", name=basis.name, year=basis.year),
        "keywords": [basis.name, str(basis.year), report.words["model_name"]],
        "demo": report.words["demo"] if basis.demo else None,
        "running": f"{basis.name} · {basis.year}", "footer": report.say("footer", title=title),
        "cover": {
            "network": report.words["network"], "kicker": report.say("kicker", year=basis.year), "name": basis.name,
            "place": str(names.get(report.country, report.country)),
            "value": report.n(basis.overall) if has_level else None, "value-label": report.words["total"],
            "chip": b.chip(basis.level, f"{report.words['level']} {basis.level} · {report.band(basis.level)}")
            if has_level else None,
            "bands": [
                {"level": band.level, "from": band.start, "to": end, "label": band.label}
                for band, end in zip(bands, ends, strict=True)
            ],
            "at-score": basis.overall or 0,
            "facts": [
                {"label": report.words["edition"], "text": edition},
                {"label": report.words["computed"], "text": day(basis.computed_at, report.language, report.zone)},
                {"label": report.words["model"], "text": f"{basis.model_version} · {basis.rule_version}"},
                {"label": report.words["programme"], "text": report.origin},
            ],
        },
        "blocks": [
            *_short(report), *_profile(report), *firm_blocks(report), *_by_point(report), *history_blocks(report),
            *_measures(report),
            *_strengths(report), *_steps(report), *_among(report), *rule_blocks(report),
        ],
    }  # fmt: skip


def named(points: Sequence[PointBasis], report: CommunityReport) -> str:
    return "; ".join(f"{point.name} ({report.n(point.score)})" for point in points)


def _short(report: CommunityReport) -> Iterator[Block]:
    basis = report.basis
    yield b.h1(report.words["short"], new_page=False)
    if basis.overall is None:
        yield b.p(
            report.say("short_none", name=basis.name, worst=report.n(basis.worst), best=report.n(basis.best)), "lead"
        )
    else:
        told = {"score": report.n(basis.overall), "level": basis.level, "label": report.band(basis.level)}
        yield b.p(report.say("short_score", name=basis.name, **told), "lead")
    yield b.stats(
        *(
            (f"{pillar.code} {pillar.name}", report.n(pillar.score), report.band(pillar.level))
            for pillar in basis.pillars
        )
    )
    scored = sorted((p for p in report.points if p.score is not None), key=lambda p: (-(p.score or 0), p.code))
    said = []
    if len(scored) > 3:
        said += [report.say("best_points", points=named(scored[:3], report))]
        said += [report.say("weak_points", points=named(scored[:-4:-1], report))]
    said += [_since(report), *_place(report), _rests_on(report)]
    yield b.bullets(said)
    if report.basis.model_status == "reconstruction":
        yield b.p(report.words["reconstruction"], "small")
    if report.missing_languages.get(report.language) and report.words["model_language"]:
        yield b.p(report.words["model_language"], "small")
    yield {"kind": "contents", "text": report.words["contents"]}


def _since(report: CommunityReport) -> str:
    before, own = report.before, report.own_year
    if before is None:
        return report.words["first_year"]
    if own is not None and own.same_method is False:
        split = own.change
        if split is not None and split.real is not None and split.method is not None:
            parts = {"total": split.total, "real": split.real, "method": split.method}
            told = {name: signed(value, report.language) for name, value in parts.items()}
            return report.say("changed_split", before=before.year, **told)
        return report.say("changed_method", before=before.year, year=report.basis.year)
    if before.overall is None or report.basis.overall is None:
        return report.say("changed", year=before.year, change=b.NO_VALUE)
    change = signed(report.basis.overall - before.overall, report.language)
    return report.say("changed", year=before.year, change=change)


def _place(report: CommunityReport) -> Iterator[str]:
    overall = report.peers.overall
    if overall.suppressed is None and overall.rank is not None and overall.quartiles is not None:
        yield report.say("place", n=overall.n, rank=overall.rank, median=report.n(overall.quartiles[1]))


def _rests_on(report: CommunityReport) -> str:
    own = report.own_year
    if own is None or not own.respondents:
        return report.words["rests_on_agreed"]
    return report.say("rests_on", respondents=own.respondents, groups=own.groups)


def _previous(report: CommunityReport) -> dict[str, float | None]:
    """Last year's points, where they were measured alike."""
    if report.before is None or report.own_year is None or report.own_year.same_method is not True:
        return {}
    return {point.code: point.score for pillar in report.before.pillars for point in pillar.points}


def _quartiles(report: CommunityReport) -> dict[str, list[float]]:
    return {point.code: point.quartiles for point in report.peers.points if point.quartiles is not None}


def _profile(report: CommunityReport) -> Iterator[Block]:
    previous, quartiles = _previous(report), _quartiles(report)
    scored = [point for point in report.points if point.score is not None]
    yield b.h1(report.words["profile"])
    yield b.p(report.words["profile_text"])
    high = max(scored, key=lambda point: point.score or 0, default=None)
    low = min(scored, key=lambda point: point.score or 0, default=None)
    dash = b.NO_VALUE
    drawn = []
    for pillar in report.basis.pillars:
        for point in pillar.points:
            low_high = quartiles.get(point.code)
            drawn.append(
                {
                    "code": point.code, "pillar": pillar.code, "score": point.score,
                    "previous": previous.get(point.code), "median": low_high[1] if low_high else None,
                    "low": low_high[0] if low_high else None, "high": low_high[2] if low_high else None,
                }
            )  # fmt: skip
    told = {"high": named([high], report) if high else dash, "low": named([low], report) if low else dash}
    yield {"kind": "radar", "points": drawn, "alt": report.say("profile_alt", n=len(drawn), **told)}
    signs = [("own", report.say("own", year=report.basis.year))]
    if previous and report.before is not None:
        signs.append(("previous", str(report.before.year)))
    if quartiles:
        signs += [("median", report.words["peers_median"]), ("spread", report.words["peers_half"])]
    yield b.legend(*signs)


def _by_point(report: CommunityReport) -> Iterator[Block]:
    previous, quartiles, words = _previous(report), _quartiles(report), report.words
    yield b.h1(words["by_point"])
    yield b.p(words["by_point_text"], "small")
    columns = [
        b.column(words["code"]), b.column(words["point"], "1fr"), b.column(words["result"], "4.7"),
        b.column("0–100", numeric=True), b.column(words["level"]),
    ]  # fmt: skip
    if previous:
        columns.append(b.column(words["before"], numeric=True))
    if quartiles:
        columns.append(b.column(words["median"], numeric=True))
    rows: list[list[Any]] = []
    for pillar in report.basis.pillars:
        rows.append([b.span(f"{pillar.code} {pillar.name}: {report.n(pillar.score)}")])
        for point in pillar.points:
            median = quartiles[point.code][1] if point.code in quartiles else None
            row: list[Any] = [
                point.code, point.name, b.bar(point.score, point.level, median, previous.get(point.code)),
                b.strong(report.n(point.score)), b.chip(point.level, report.band(point.level)),
            ]  # fmt: skip
            if previous:
                row.append(report.n(previous.get(point.code)))
            if quartiles:
                row.append(report.n(median))
            rows.append(row)
    yield b.table(columns, rows, size=8.5)


def _measures(report: CommunityReport) -> Iterator[Block]:
    yield b.h1(report.words["measures"])
    for pillar in report.basis.pillars:
        yield b.h2(f"{pillar.code} {pillar.name}")
        yield b.p(_about_pillar(pillar, report))
        rows: list[list[Any]] = []
        for point in pillar.points:
            rows.append([b.span(f"{point.code} {point.name}: {report.n(point.score)}")])
            rows += [_measure_row(measure, report) for measure in point.measures]
        words = report.words
        columns = [
            b.column(words["code"], "1.5"), b.column(words["measure"], "1fr"), b.column(words["meaning"], "5.2"),
            b.column(words["answers"], "2.1", numeric=True),
        ]  # fmt: skip
        yield b.table(columns, rows, size=8.5)


def _about_pillar(pillar: PillarBasis, report: CommunityReport) -> str:
    scored = sorted((point for point in pillar.points if point.score is not None), key=lambda point: point.score or 0)
    if pillar.score is None or not scored:
        return report.say("pillar_none", worst=report.n(pillar.worst), best=report.n(pillar.best))
    return report.say(
        "pillar_text", score=report.n(pillar.score), label=report.band(pillar.level), high=named(scored[-1:], report),
        low=named(scored[:1], report),
    )  # fmt: skip


def _measure_row(measure: MeasureBasis, report: CommunityReport) -> list[Any]:
    if not measure.applicable:
        meaning: Any = b.quiet(report.words["not_applicable"])
    elif measure.value is None:
        meaning = b.quiet(report.words["unanswered"])
    else:
        meaning = report.degree(measure.value)
    voices = report.words["agreed_short"] if measure.source == "agreed" else str(measure.respondents)
    return [measure.code, measure.name, meaning, voices]


def _strengths(report: CommunityReport) -> Iterator[Block]:
    words, target = report.words, report.target
    label = pick(report.degrees[target], report.language)
    strong = [m for m in report.measures if m.value is not None and m.value >= target]
    strong.sort(key=lambda m: (-(m.score or 0), -m.weight, m.code))
    yield b.h1(words["strengths"])
    if strong:
        yield b.p(words["strengths_text"])
        rows = [[m.code, m.name, report.degree(m.value or 0)] for m in strong[:6]]
        yield b.table(
            [b.column(words["code"], "1.5"), b.column(words["measure"], "1fr"), b.column(words["degree"], "6")], rows
        )
    else:
        yield b.p(report.say("no_strengths", target=target))
    yield b.h1(words["gaps"], new_page=False)
    if not report.gaps:
        yield b.p(report.say("no_gaps", target=target))
    else:
        yield b.p(report.say("gaps_text", target=target, label=label))
        columns = [
            b.column(words["code"], "1.5"), b.column(words["measure"], "1fr"), b.column(words["degree"], "4.6"),
            b.column(words["gap"], "1.6", numeric=True), b.column(words["adds"], "2", numeric=True),
        ]  # fmt: skip
        rows = [
            [m.code, m.name, report.degree(m.value or 0), report.n(gap), signed(adds, report.language)]
            for m, gap, adds in report.gaps[:SHOWN_GAPS]
        ]
        yield b.table(columns, rows, size=9)


def _steps(report: CommunityReport) -> Iterator[Block]:
    yield b.h1(report.words["steps"])
    yield b.p(report.words["steps_text"])
    first = report.gaps[:FIRST_STEPS]
    items = [
        report.say(
            "step", name=m.name, code=m.code, now=pick(report.degrees[int(m.value or 0)], report.language),
            next=pick(report.degrees[min(report.basis.top, int(m.value or 0) + 1)], report.language),
        )
        for m, _, _ in first
    ]  # fmt: skip
    yield b.bullets([*items, report.words["step_disagreement"], report.words["step_task"]], "steps")
    gains = [adds for _, _, adds in first if adds is not None]
    if gains and report.basis.overall is not None:
        then = report.n(report.basis.overall + fsum(gains))
        yield b.p(report.say("step_gain", target=report.target, now=report.n(report.basis.overall), then=then), "note")


def _among(report: CommunityReport) -> Iterator[Block]:
    words, peers = report.words, report.peers
    yield b.h1(words["among"], new_page=False)
    yield b.p(report.say("among_text", year=report.basis.year))
    labels = {pillar.code: f"{pillar.code} {pillar.name}" for pillar in report.basis.pillars}
    places = [(words["total"], peers.overall), *((labels.get(p.code, p.code), p) for p in peers.pillars)]
    yield {"kind": "strips", "items": [strip(label, place, report) for label, place in places]}
    yield b.legend(("half", words["peers_half"]), ("dot", report.basis.name))


def strip(label: str, place: Position, report: CommunityReport) -> Block:
    own = report.n(place.score)
    if place.quartiles is None:
        note = report.words["protects" if place.suppressed == "protects_others" else "too_few"]
        alt = report.say("strip_alt_few", label=label, own=own)
    else:
        low, median, high = (report.n(value) for value in place.quartiles)
        rank = place.rank if place.rank is not None else b.NO_VALUE
        note = report.say("rank_note", rank=rank, n=place.n, median=median)
        alt = report.say("strip_alt", label=label, own=own, low=low, high=high, median=median)
    return {
        "label": label, "note": note, "alt": alt, "quartiles": place.quartiles, "own": place.score, "own-label": own,
    }  # fmt: skip
