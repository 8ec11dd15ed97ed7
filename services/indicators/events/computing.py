"""Indicators out of a table of events, by Ibis on whatever engine holds it: DuckDB on one machine, Spark on many."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from services.indicators.events.kinds import EVENTS, Events, Figure
from services.indicators.events.reading import COMMUNITY, OLDEST, Check, Clocks, checks, placed, typed_columns
from services.indicators.events.tallies import TIMES, buckets, quantiles, tally, totals
from services.indicators.events.zones import stretches

MOST_NAMED = 10_000
"""Wrong rows that are told one by one; of more only the number."""
DAY, YEAR = 86_400, 400 * 86_400  # seconds, and a month more
Settle = Callable[[Any], Any]
"""Computes an expression once and gives it back as a table that can be read again and again."""
Run = Callable[[Any], list[dict[str, Any]]]
"""The rows of an expression."""


@dataclass(frozen=True)
class Question:
    """What to make of a file: whose events (None: a column says so), whose may be sent, and the clocks of all ports."""

    kind: str
    community: str | None
    allowed: Sequence[str]
    zones: Mapping[str, str]
    """IANA names by community."""
    partial: bool
    now: int
    """Seconds of the epoch; nothing happened later."""

    @property
    def events(self) -> Events:
        return EVENTS[self.kind]


@dataclass(frozen=True)
class Count:
    """What the events of a community and month give for an indicator: enough to add more of them later."""

    community: str
    indicator: str
    month: int
    n: int
    value: float | None
    numerator: float | None
    denominator: float | None
    sketch: Mapping[int, int] | None


@dataclass
class Outcome:
    """What came of a file. `errors`: (row, column, value, reason), the header being row 1, at most MOST_NAMED rows of
    them; `problem`: why nothing could be read at all."""

    rows: int = 0
    rejected: int = 0
    counts: list[Count] = field(default_factory=list)
    errors: list[tuple[int | None, str, str, str]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    problem: str | None = None

    @property
    def accepted(self) -> int:
        return self.rows - self.rejected


def compute(raw: Any, question: Question, run: Run, settle: Settle, *, settles_all: bool = False) -> Outcome:
    """The indicators of every month of a table of events; nothing of it when a row is wrong and `partial` is not asked
    for. `run`, `settle`: the engine at work; `settles_all`: it is better at many short plans than at one long one."""
    events = question.events
    outcome = Outcome(ignored=[name for name in raw.columns if name not in (COMMUNITY, *events.columns)])
    if problem := _unusable(raw, question):
        outcome.problem = problem
        return outcome
    figures = {code: one for code, one in events.figures.items() if all(name in raw.columns for name in one.needs)}
    outcome.lacking = sorted(events.figures.keys() - figures.keys())
    rows = raw.select(**typed_columns(raw, events, question.community))
    is_text = any(raw[name].type().is_string() for name in events.columns if name in raw.columns)
    rows = settle(rows) if is_text else rows
    clocks = _clocks(rows, raw, question, run)
    table = placed(rows, events, clocks)
    rules = checks(table, events, question.allowed, question.now)
    table = table.mutate(is_wrong=_any(rules))
    if settles_all:
        shown = [name for name in table.columns if not name.endswith(("_zoned", "_wrong")) or name == "is_wrong"]
        table = settle(table.select(*shown))
    keys = [COMMUNITY, "month"] if question.community is None else ["month"]
    samples = {code: one for code, one in figures.items() if one.share is not None and one.like not in figures}
    first = next(iter(samples), None)
    sums = {f"{code}.{name}": value for code, one in figures.items() for name, value in one.sums(table).items()}
    sample = samples[first].sample(table) if first is not None else None
    whole = settle(tally(table, [*keys, "is_wrong"], sample, **sums))
    groups = run(totals(whole, [*keys, "is_wrong"], sums))
    outcome.rows = sum(row[TIMES] for row in groups)
    outcome.rejected = sum(row[TIMES] for row in groups if row["is_wrong"])
    if outcome.rejected:
        outcome.errors = _wrong_rows(raw, question, clocks, run)
    if outcome.rejected and not question.partial:
        return outcome
    right = table.filter(~table.is_wrong) if outcome.rejected else table
    for row in groups:
        if not row["is_wrong"]:
            outcome.counts += [_ratio(row, code, question) for code in figures if row.get(f"{code}.n")]
    for code, figure in samples.items():
        tallied = whole.filter(~whole.is_wrong) if code == first else settle(tally(right, keys, figure.sample(right)))
        outcome.counts += _quantiles(tallied, keys, code, figures, question, run)
    outcome.counts.sort(key=lambda count: (count.community, count.indicator, count.month))
    return outcome


def _unusable(raw: Any, question: Question) -> str | None:
    required = [name for name, column in question.events.columns.items() if column.is_required]
    wanted = required if question.community is not None else [COMMUNITY, *required]
    missing = [name for name in wanted if name not in raw.columns]
    if missing:
        return f"The file has no column {', '.join(missing)}. It may have: {', '.join(question.events.columns)}."
    return None


def _clocks(rows: Any, raw: Any, question: Question, run: Run) -> Clocks:
    """The clocks of the communities in the file, from a year before its first event to a year after its last."""
    dated = [name for name in question.events.dated if name in rows.columns]
    if question.community is not None and all(raw[name].type().is_timestamp() for name in dated):
        rows = raw  # whose smallest and largest an engine may know without reading it
    bounds = {
        f"{name}_{side}": getattr(rows[name], function)()
        for name in dated
        for side, function in (("from", "min"), ("to", "max"))
    }
    grouped = rows.group_by(COMMUNITY).aggregate(**bounds) if question.community is None else rows.aggregate(**bounds)
    found: dict[str, Any] = {}
    begin, end = question.now, OLDEST
    for row in run(grouped):
        community = question.community if question.community is not None else row[COMMUNITY]
        known = [_in_seconds(value) for name, value in row.items() if name != COMMUNITY and value is not None]
        if community in question.zones and known:
            first, last = max(min(known), OLDEST), min(max(known), question.now + DAY)
            found[community] = stretches(question.zones[community], first - YEAR, max(first, last) + YEAR)
            begin, end = min(begin, first), max(end, last)
    return Clocks(found, begin, max(begin, end))


def _in_seconds(moment: Any) -> int:
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()) if isinstance(moment, datetime) else int(moment)


def _any(rules: Sequence[Check]) -> Any:
    wrong = rules[0].is_wrong
    for rule in rules[1:]:
        wrong = wrong | rule.is_wrong
    return wrong


def _ratio(row: Mapping[str, Any], code: str, question: Question) -> Count:
    """What a group says of a ratio."""
    n = int(row[f"{code}.n"])
    return Count(
        community=question.community or row[COMMUNITY], indicator=code, month=row["month"], n=n, value=None,
        numerator=float(row[f"{code}.numerator"]), denominator=float(row.get(f"{code}.denominator", n)), sketch=None,
    )  # fmt: skip


def _quantiles(
    tallied: Any, keys: Sequence[str], code: str, figures: Mapping[str, Figure], question: Question, run: Run
) -> Iterator[Count]:
    """What the groups of a tally say of an indicator, and of those that have the same sample."""
    drawn: dict[tuple[str, int], dict[int, int]] = {}
    for row in run(buckets(tallied, keys)):
        group = question.community or row[COMMUNITY], row["month"]
        drawn.setdefault(group, {})[row["bucket"]] = row[TIMES]
    shares = {
        name: one.share for name, one in figures.items() if one.share is not None and code in (name, one.like)
    }  # fmt: skip
    for row in run(quantiles(tallied, keys, shares)):
        community, month = question.community or row[COMMUNITY], row["month"]
        for name in shares:
            yield Count(community, name, month, row["n"], row[name], None, None, drawn[community, month])


def _wrong_rows(raw: Any, question: Question, clocks: Clocks, run: Run) -> list[tuple[int | None, str, str, str]]:
    """Row, column, value and reason of what is wrong, in the order of the file; the first thing wrong with a column."""
    import ibis  # noqa: PLC0415 -- heavy, and only in the process that computes

    events = question.events
    names = [name for name in (COMMUNITY, *events.columns) if name in raw.columns]
    numbered = raw.mutate(file_row=ibis.row_number() + 2)
    said = {f"said_{name}": numbered[name].cast("string") for name in names}
    rows = numbered.select("file_row", **said, **typed_columns(numbered, events, question.community))
    table = placed(rows, events, clocks)
    rules = checks(table, events, question.allowed, question.now)
    table = table.mutate(**{f"wrong_{place}": rule.is_wrong for place, rule in enumerate(rules)})
    flags = [f"wrong_{place}" for place in range(len(rules))]
    wrong = table.filter(_any([Check("", "", table[flag]) for flag in flags]))
    shown = wrong.select("file_row", *said, *flags).order_by("file_row").limit(MOST_NAMED)
    errors: list[tuple[int | None, str, str, str]] = []
    for row in run(shown):
        named: set[str] = set()
        for place, rule in enumerate(rules):
            if row[f"wrong_{place}"] and rule.column not in named:
                named.add(rule.column)
                value = row.get(f"said_{rule.column}")
                errors.append((row["file_row"], rule.column, "" if value is None else str(value)[:200], rule.reason))
    return errors


def seconds_now() -> int:
    return int(time.time())
