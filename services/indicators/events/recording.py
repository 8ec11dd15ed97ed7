"""What a file of events gave, kept and made observations: months at once, quarters and years when all their months are
there."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert

from services.indicators import catalogue
from services.indicators.events import sketches
from services.indicators.events.computing import Count
from services.indicators.events.kinds import EVENTS, Figure
from services.indicators.observations.operations import record_observations
from services.indicators.observations.values import ratio
from services.indicators.periods import Period
from services.indicators.schemas import ObservationIn
from services.indicators.tables import EventCount, EventFile
from shared.callers import Caller
from shared.database import Database, WriteSession
from shared.peers import Peers
from shared.problems import Invalid

Key = tuple[str, str, str]
"""Community, indicator and month."""


class Defined(Protocol):
    """What of an indicator's definition decides on its values."""

    @property
    def frequency(self) -> str: ...
    @property
    def factor(self) -> float | None: ...


async def record_counts(
    db: Database, peers: Peers, file: EventFile, counts: Sequence[Count], *, by: Caller
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Keep the counts, then record the observations that they make: these, and what still waits for other months.

    The same file again changes nothing. Raises what `record_observations` raises.
    """
    figures = EVENTS[file.kind].figures
    async with db.reading() as reading:
        definitions = await catalogue.indicators(reading)
    async with db.transaction(by=by, to="keep counts of events", about=file.id) as tx:
        kept = await _keep(tx, file, counts)
        places = places_of(kept, definitions)
        months = [
            (community, code, str(month)) for community, code, period in places for month in period.parts("monthly")
        ]  # fmt: skip
        known = await _known(tx, months)
        tx.note(file=str(file.id), counts=len(kept))
    values, waiting = observed(places, known, figures, definitions)
    while values:
        try:
            await record_observations(db, peers, [_observation(value) for value in values], by=by)
            break
        except Invalid as error:
            wrong = {int(one.pointer.split("/")[1]) for one in error.errors}
            if not file.partial or not wrong:
                raise
            values = [value for place, value in enumerate(values) if place not in wrong]
    return values, waiting


def observed(
    places: Iterable[tuple[str, str, Period]],
    known: Mapping[Key, EventCount],
    figures: Mapping[str, Figure],
    definitions: Mapping[str, Defined],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The observations of communities, indicators and periods, and those that wait for months that are not known."""
    values: list[dict[str, Any]] = []
    waiting: list[dict[str, Any]] = []
    for community, code, period in sorted(places, key=lambda place: (place[1], place[0], str(place[2]))):
        parts = {str(month): known.get((community, code, str(month))) for month in period.parts("monthly")}
        missing = [month for month, row in parts.items() if row is None]
        key = {"indicator": code, "community": community, "period": str(period)}
        if missing:
            waiting.append(key | {"months": missing})
        else:
            rows = [row for row in parts.values() if row is not None]
            if (value := _value(rows, figures[code], definitions[code])) is not None:
                values.append(key | value)
    return values, waiting


def places_of(rows: Iterable[EventCount], definitions: Mapping[str, Defined]) -> set[tuple[str, str, Period]]:
    """The communities, indicators and periods (of the indicator's own frequency) that these months concern."""
    return {(row.community_code, row.indicator_code, _longer(row, definitions)) for row in rows}


def _longer(row: EventCount, definitions: Mapping[str, Defined]) -> Period:
    year, month = row.month.split("-")
    frequency: Any = definitions[row.indicator_code].frequency
    return Period("monthly", int(year) * 12 + int(month) - 1).within(frequency)


async def _keep(tx: WriteSession, file: EventFile, counts: Iterable[Count]) -> list[EventCount]:
    """Store what the file gave instead of what there was, or beside it when it appends; once for a file."""
    rows = [row_of(count, file.sha256, demo=file.demo) for count in counts]
    rows.sort(key=lambda row: (row["community_code"], row["indicator_code"], row["month"]))
    keys = [(row["community_code"], row["indicator_code"], row["month"]) for row in rows]
    known = await _known(tx, keys, locked=True)
    if file.appends:
        rows = [_added(known.get(key), row) for key, row in zip(keys, rows, strict=True)]
    statement = insert(EventCount)
    named = [column.name for column in EventCount.__table__.columns]
    changed = {
        name: statement.excluded[name] for name in named if name not in ("community_code", "indicator_code", "month")
    }
    await tx.execute(
        statement.on_conflict_do_update(index_elements=["community_code", "indicator_code", "month"], set_=changed),
        rows,
    )
    return [EventCount(**row) for row in rows]


def row_of(count: Count, sha256: str, *, demo: bool) -> dict[str, Any]:
    """A count as it is stored."""
    return {
        "community_code": count.community, "indicator_code": count.indicator,
        "month": str(Period("monthly", count.month)), "n": count.n, "value": count.value,
        "numerator": count.numerator, "denominator": count.denominator,
        "sketch": None if count.sketch is None else _as_stored(count.sketch),
        "files": [sha256], "demo": demo,
    }  # fmt: skip


def _added(there: EventCount | None, row: dict[str, Any]) -> dict[str, Any]:
    """The sum of what was there and what a file adds; what it was before when the file is counted already."""
    if there is None:
        return row
    if row["files"][0] in there.files:
        return {name: getattr(there, name) for name in row}
    sketch = None
    if row["sketch"] is not None and there.sketch is not None:
        merged = sketches.merged(_whole(there.sketch), _whole(row["sketch"]))
        sketch = _as_stored(merged)
    sums = {
        name: None if row[name] is None or getattr(there, name) is None else row[name] + getattr(there, name)
        for name in ("numerator", "denominator")
    }
    return row | sums | {
        "n": row["n"] + there.n, "value": None, "sketch": sketch, "files": [*there.files, *row["files"]],
        "demo": row["demo"] and there.demo,
    }  # fmt: skip


async def _known(tx: WriteSession, keys: Collection[Key], *, locked: bool = False) -> dict[Key, EventCount]:
    place = tuple_(EventCount.community_code, EventCount.indicator_code, EventCount.month)
    statement = select(EventCount).where(place.in_(sorted(keys))).order_by(*place)
    if locked:
        statement = statement.with_for_update()
    rows = await tx.scalars(statement.execution_options(populate_existing=True))
    return {(row.community_code, row.indicator_code, row.month): row for row in rows}


def _value(rows: Sequence[EventCount], figure: Figure, indicator: Defined) -> dict[str, Any] | None:
    """The observation out of the counts of its months; None where nothing was counted below the line."""
    n = sum(row.n for row in rows)
    if figure.share is not None:
        exact = len(rows) == 1 and rows[0].value is not None
        return {"value": _quantile(rows, figure.share), "numerator": None, "denominator": None, "n": n, "exact": exact}
    numerator, denominator = sum(row.numerator or 0 for row in rows), sum(row.denominator or 0 for row in rows)
    if denominator <= 0 or indicator.factor is None:
        return None
    value = ratio(indicator.factor, numerator, denominator)
    return {"value": value, "numerator": numerator, "denominator": denominator, "n": n, "exact": True}


def _quantile(rows: Sequence[EventCount], share: float) -> float:
    if len(rows) == 1 and rows[0].value is not None:
        return rows[0].value
    merged: dict[int, int] = {}
    for row in rows:
        merged = sketches.merged(merged, _whole(row.sketch or {}))
    return sketches.quantile(merged, share)


def _as_stored(sketch: Mapping[int, int]) -> dict[str, int]:
    return {str(bucket): number for bucket, number in sketch.items()}


def _whole(sketch: Mapping[str, int]) -> dict[int, int]:
    return {int(bucket): number for bucket, number in sketch.items()}


def _observation(value: Mapping[str, Any]) -> ObservationIn:
    """As if somebody had sent it; a ratio as its numerator and denominator."""
    given: dict[str, Any] = {name: value[name] for name in ("indicator", "community", "period", "n")}
    for name in ("numerator", "denominator") if value["numerator"] is not None else ("value",):
        given[name] = Decimal(repr(float(value[name])))
    note = None if value["exact"] else "De varios archivos de eventos: exacto dentro del 1 %."
    return ObservationIn.model_validate(given | {"note": note})
