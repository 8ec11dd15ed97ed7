"""Columns of a file as what they mean: times as seconds of UTC, flags, numbers, words; and what is wrong with a row.

Everything here is an Ibis expression, so that it runs where the rows are.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.indicators.events.kinds import Column, Events
from services.indicators.events.zones import Stretch, months_between

YES = ("true", "t", "1", "1.0", "yes", "y", "si", "sí", "s", "sim", "oui", "o", "verdadero", "x")
NO = ("false", "f", "0", "0.0", "no", "n", "não", "nao", "non", "falso")
ZONED = r"([Zz]| ?UTC| ?GMT)$|:.*[+-]\d\d(:?\d\d)?$"
"""A time that ends with its zone: `Z`, `UTC`, `-06`, `-0600` or `-06:00` after the hour and minute."""
NAMED = "[A-Za-z]{2}"
"""A word beside a time: another name of a zone, which engines read in ways of their own."""
OLDEST = 631_152_000  # 1990-01-01, in seconds of the epoch
COMMUNITY = "community"
EXPECTED: Mapping[str, str] = {
    "time": "must be a date and time, such as 2025-01-31T08:30 or 2025-01-31T08:30-06:00",
    "number": "must be a number that is not negative",
    "flag": "must be true or false",
}


@dataclass(frozen=True)
class Check:
    """What makes a row wrong: `is_wrong` is true of it."""

    column: str
    reason: str
    is_wrong: Any


@dataclass(frozen=True)
class Clocks:
    """The stretches of one offset by community, and the first and last second (of UTC) that a file may have."""

    offsets: Mapping[str, Sequence[Stretch]]
    first: int
    last: int


def typed_columns(raw: Any, events: Events, community: str | None) -> dict[str, Any]:
    """The known columns of a file: of each its value, `<name>_wrong` when it is there and cannot be read, and of times
    `<name>_zoned`. Times are seconds of the epoch, by the wall where they have no zone."""
    found: dict[str, Any] = {}
    if community is None:
        found[COMMUNITY] = _text(raw[COMMUNITY])
    for name, column in events.columns.items():
        if name in raw.columns:
            found |= _read(raw[name], name, column)
    return found


def _read(raw: Any, name: str, column: Column) -> dict[str, Any]:
    import ibis  # noqa: PLC0415 -- heavy, and only in the process that computes

    if column.type == "time":
        return _time(raw, name)
    if column.type == "word":
        word = _text(raw).lower()
        return {name: word, f"{name}_wrong": word.notnull() & ~word.isin(column.words)}
    if column.type == "flag":
        if raw.type().is_boolean():
            return {name: raw, f"{name}_wrong": ibis.literal(value=False)}
        text = _text(raw).lower()
        flag = ibis.cases((text.isin(YES), True), (text.isin(NO), False))
        return {name: flag, f"{name}_wrong": text.notnull() & flag.isnull()}
    if raw.type().is_numeric():
        return {name: raw.cast("float64"), f"{name}_wrong": (raw < 0).fill_null(False)}
    text = _text(raw)
    number = text.replace(",", ".").try_cast("float64")
    number = number.between(0, 1e15).ifelse(number, None)
    return {name: number, f"{name}_wrong": text.notnull() & number.isnull()}


def _time(raw: Any, name: str) -> dict[str, Any]:
    import ibis  # noqa: PLC0415 -- as above

    kind = raw.type()
    if kind.is_timestamp():
        zoned = ibis.literal(kind.timezone is not None)
        return {name: _seconds(raw), f"{name}_zoned": zoned, f"{name}_wrong": ibis.literal(value=False)}
    text = _text(raw)
    zoned = text.re_search(ZONED)
    readable = text.contains(":") & (zoned | ~text.re_search(NAMED))
    wall = readable.ifelse(text, None).try_cast("timestamp('UTC')")
    return {
        name: _seconds(wall), f"{name}_zoned": zoned,
        f"{name}_wrong": text.notnull() & wall.isnull(),
    }  # fmt: skip


def _seconds(time: Any) -> Any:
    import ibis  # noqa: PLC0415 -- as above

    return time.cast("timestamp").delta(ibis.timestamp("1970-01-01 00:00:00"), unit="second")


def _text(raw: Any) -> Any:
    text = raw if raw.type().is_string() else raw.cast("string")
    return text.strip().nullif("")


def placed(rows: Any, events: Events, clocks: Clocks) -> Any:
    """Typed rows with every time in UTC and the local month they belong to, counted as `Period.first_month` does."""
    import ibis  # noqa: PLC0415 -- as above

    times = [name for name, column in events.columns.items() if column.type == "time" and name in rows.columns]
    in_utc = {
        name: rows[f"{name}_zoned"].ifelse(
            rows[name], rows[name] - _offset(rows, rows[name], clocks.offsets, lambda stretch: stretch.until_local)
        )
        for name in times
    }  # fmt: skip
    rows = rows.mutate(**in_utc)
    dated = [rows[name] for name in events.dated if name in times]
    moment = ibis.coalesce(*dated) if len(dated) > 1 else dated[0]
    local = moment + _offset(rows, moment, clocks.offsets, lambda stretch: stretch.until_utc)
    first, starts = months_between(clocks.first, clocks.last)
    return rows.mutate(month=_month(local, starts, first))


def _month(local: Any, starts: Sequence[int], first: int) -> Any:
    """The month of a second by the wall, found by halving among the months that a file has: cheaper than an engine's
    calendar, and many times cheaper than its calendar of time zones.

    `starts`: the second by the wall at which each month but the first begins, in order.
    """
    import ibis  # noqa: PLC0415 -- as above

    def among(low: int, high: int) -> Any:
        if low == high:
            return ibis.literal(first + low, "int64")
        middle = (low + high) // 2
        return (local < starts[middle]).ifelse(among(low, middle), among(middle + 1, high))

    return local.notnull().ifelse(among(0, len(starts)), None)


def _offset(
    rows: Any, seconds: Any, offsets: Mapping[str, Sequence[Stretch]], until: Callable[[Stretch], int | None]
) -> Any:
    """How far the port's clock is ahead of UTC, in seconds."""
    import ibis  # noqa: PLC0415 -- as above

    groups: dict[tuple[Stretch, ...], list[str]] = {}
    for community, stretches in offsets.items():
        groups.setdefault(tuple(stretches), []).append(community)
    if not groups:
        return ibis.literal(0, "int64")
    cases: list[tuple[Any, int]] = []
    for stretches, communities in groups.items():
        here = rows[COMMUNITY].isin(communities) if len(groups) > 1 else None
        for stretch in stretches:
            limit = until(stretch)
            within = seconds < limit if limit is not None else None
            parts = [part for part in (here, within) if part is not None]
            condition = parts[0] & parts[1] if len(parts) == 2 else parts[0] if parts else None
            if condition is None:
                return ibis.cases(*cases, else_=stretch.seconds) if cases else ibis.literal(stretch.seconds, "int64")
            cases.append((condition, stretch.seconds))
    return ibis.cases(*cases, else_=0)


def checks(rows: Any, events: Events, allowed: Sequence[str], now: int) -> list[Check]:
    """Everything that can be wrong with a placed row, worst first. `now`: in seconds of the epoch."""
    import ibis  # noqa: PLC0415 -- as above

    found: list[Check] = []
    if COMMUNITY in rows.columns:
        reason = "is no community that you record data for"
        found.append(Check(COMMUNITY, reason, ~_known(rows[COMMUNITY].isin(allowed))))
    excused = events.excused
    has_all = excused is not None and {"gate_in", "gate_out", "slot_end"} <= set(rows.columns)
    may_lack = excused(rows) if excused is not None and has_all else ibis.literal(value=False)
    for name, column in events.columns.items():
        if name not in rows.columns:
            continue
        reason = EXPECTED.get(column.type) or f"must be one of {', '.join(column.words)}"
        found.append(Check(name, reason, rows[f"{name}_wrong"]))
        if column.is_required:
            missing = rows[name].isnull() & ~rows[f"{name}_wrong"] & ~may_lack
            found.append(Check(name, "is required", missing))
        if column.type == "time":
            far = ~_known(rows[name].between(OLDEST, now + 86_400)) & rows[name].notnull()
            found.append(Check(name, "lies in the future, or before 1990", far))
    for order in events.orders:
        there = [name for name in order if name in rows.columns]
        for place, after in enumerate(there):
            for before in there[:place]:
                back = _known(rows[after] < rows[before])
                found.append(Check(after, f"is before {before}", back))
    return found


def _known(condition: Any) -> Any:
    return condition.fill_null(False)
