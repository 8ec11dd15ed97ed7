"""Indicators out of a table of events, by Ibis on whatever engine holds it: DuckDB on one machine, Spark on many."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from services.indicators.events import sketches
from services.indicators.events.kinds import EVENTS, Events, Figure
from services.indicators.events.reading import COMMUNITY, OLDEST, Check, Offsets, checks, placed, typed_columns
from services.indicators.events.zones import stretches

Sketches = dict[tuple[str, str | None, int], dict[int, int]]
MOST_NAMED = 10_000
"""Wrong rows that are told one by one; of more only the number."""
YEAR = 400 * 86_400  # seconds, and a month more
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
    offsets = _offsets(rows, raw, question, run)
    table = placed(rows, events, offsets)
    rules = checks(table, events, question.allowed, question.now)
    table = table.mutate(is_wrong=_any(rules))
    if settles_all:
        shown = [name for name in table.columns if not name.endswith(("_zoned", "_wrong")) or name == "is_wrong"]
        table = settle(table.select(*shown))
    keys = [COMMUNITY, "month"] if question.community is None else ["month"]
    groups = table.group_by([*keys, "is_wrong"]).aggregate(rows=table.count(), **_aggregates(table, figures))
    found = run(groups)
    outcome.rows = sum(row["rows"] for row in found)
    outcome.rejected = sum(row["rows"] for row in found if row["is_wrong"])
    if outcome.rejected:
        outcome.errors = _wrong_rows(raw, question, offsets, run)
    if outcome.rejected and not question.partial:
        return outcome
    drawn = _sketches(table.filter(~table.is_wrong) if outcome.rejected else table, keys, figures, run)
    outcome.counts = [
        count
        for row in found if not row["is_wrong"]
        for code, figure in figures.items() if (count := _count(row, code, figure, question, drawn)) is not None
    ]  # fmt: skip
    outcome.counts.sort(key=lambda count: (count.community, count.indicator, count.month))
    return outcome


def _unusable(raw: Any, question: Question) -> str | None:
    required = [name for name, column in question.events.columns.items() if column.is_required]
    wanted = required if question.community is not None else [COMMUNITY, *required]
    missing = [name for name in wanted if name not in raw.columns]
    if missing:
        return f"The file has no column {', '.join(missing)}. It may have: {', '.join(question.events.columns)}."
    return None


def _offsets(rows: Any, raw: Any, question: Question, run: Run) -> Offsets:
    """The offsets of the communities in the file, from a year before its first event to a year after its last."""
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
    for row in run(grouped):
        community = question.community if question.community is not None else row[COMMUNITY]
        known = [_in_seconds(value) for name, value in row.items() if name != COMMUNITY and value is not None]
        if community in question.zones and known:
            first, last = max(min(known), OLDEST) - YEAR, min(max(known), question.now) + YEAR
            found[community] = stretches(question.zones[community], first, max(first, last))
    return found


def _in_seconds(moment: Any) -> int:
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()) if isinstance(moment, datetime) else int(moment)


def _any(rules: Sequence[Check]) -> Any:
    wrong = rules[0].is_wrong
    for rule in rules[1:]:
        wrong = wrong | rule.is_wrong
    return wrong


def _aggregates(table: Any, figures: Mapping[str, Figure]) -> dict[str, Any]:
    return {
        f"{code}.{name}": value for code, figure in figures.items() for name, value in figure.aggregates(table).items()
    }


def _sketches(table: Any, keys: Sequence[str], figures: Mapping[str, Figure], run: Run) -> Sketches:
    """The sketch of every sample, by indicator, community and month."""
    found: Sketches = {}
    for code, figure in figures.items():
        if figure.share is None or figure.like in figures:
            continue
        sample = figure.sample(table)
        logarithm = (sample >= sketches.SMALLEST).ifelse(sample, sketches.SMALLEST).ln() / sketches.LOG_GAMMA
        bucket = (sample < sketches.SMALLEST).ifelse(sketches.ZERO, logarithm.ceil().cast("int64"))
        buckets = table.select(*keys, bucket=bucket)
        for row in run(buckets.group_by([*keys, "bucket"]).aggregate(n=buckets.count())):
            if row["bucket"] is not None:
                found.setdefault((code, row.get(COMMUNITY), row["month"]), {})[row["bucket"]] = row["n"]
    return found


def _count(row: Mapping[str, Any], code: str, figure: Figure, question: Question, drawn: "Sketches") -> Count | None:
    """What a group says of an indicator; None without any event that counts."""
    n = row[f"{code}.n"]
    if not n or row["month"] is None:
        return None
    sketch = drawn.get((figure.like or code, row.get(COMMUNITY), row["month"])) if figure.share is not None else None
    return Count(
        community=question.community or row[COMMUNITY], indicator=code, month=row["month"], n=n,
        value=row.get(f"{code}.value"),
        numerator=row.get(f"{code}.numerator"), denominator=row.get(f"{code}.denominator"), sketch=sketch,
    )  # fmt: skip


def _wrong_rows(raw: Any, question: Question, offsets: Offsets, run: Run) -> list[tuple[int | None, str, str, str]]:
    """Row, column, value and reason of what is wrong, in the order of the file; the first thing wrong with a column."""
    import ibis  # noqa: PLC0415 -- heavy, and only in the process that computes

    events = question.events
    names = [name for name in (COMMUNITY, *events.columns) if name in raw.columns]
    numbered = raw.mutate(file_row=ibis.row_number() + 2)
    said = {f"said_{name}": numbered[name].cast("string") for name in names}
    rows = numbered.select("file_row", **said, **typed_columns(numbered, events, question.community))
    table = placed(rows, events, offsets)
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
