"""The catalogue of indicators: public, in the current version of each."""

from datetime import datetime
from typing import Annotated

from fastapi import Query, Request
from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from services.indicators.periods import MONTHS
from services.indicators.schemas import IndicatorOut
from services.indicators.tables import Indicator
from services.indicators.words import INTERFACE_NAMES, POLARITY_NAMES, Frequency, Interface
from shared.answers import answer, public_to
from shared.callers import Anyone
from shared.database import Database, ReadSession, WriteSession
from shared.dependencies import Db
from shared.fields import Counted
from shared.languages import pick
from shared.paging import Part, count_of
from shared.problems import NotFound, documented
from shared.routing import house_router

router = house_router("/api/v1/indicators", tags=["indicators"])
KEPT = 300  # seconds; a definition changes with a release
KEY = (Indicator.code, Indicator.version, Indicator.recorded_at)
"""What tells a version from any other, of whatever database."""
REMEMBERED = 1000
_remembered: dict[tuple[str, int, datetime], Indicator] = {}
AnyReading = ReadSession | WriteSession | AsyncConnection


def current() -> Select[Indicator]:
    """The newest version of every indicator."""
    newest = select(Indicator.code, func.max(Indicator.version).label("version")).group_by(Indicator.code).subquery()
    return select(Indicator).join(newest, (Indicator.code == newest.c.code) & (Indicator.version == newest.c.version))


async def indicators(db: AnyReading) -> dict[str, Indicator]:
    """The catalogue by code, in its own order."""
    newest = select(*KEY).ext(distinct_on(Indicator.code)).order_by(Indicator.code, Indicator.version.desc())
    found = await _versions(db, newest)
    return {row.code: row for row in sorted(found, key=lambda row: (row.position, row.code))}


async def indicator_to_see(db: AnyReading, code: str) -> Indicator:
    """The current version. Raises NotFound."""
    newest = select(*KEY).where(Indicator.code == code).order_by(Indicator.version.desc()).limit(1)
    for found in await _versions(db, newest):
        return found
    raise NotFound("This indicator")


async def indicator_of_path(db: Database, code: str) -> Indicator:
    """The current version of the indicator that an address names, read by itself. Raises NotFound."""
    async with db.statements.connect() as connection:
        return await indicator_to_see(connection, code)


async def _versions(db: AnyReading, wanted: Select[str, int, datetime]) -> list[Indicator]:
    """The versions that a selection of keys names. A version never changes, so one that was read before is not read
    again; the rows belong to no session."""
    keys = [(code, version, recorded_at) for code, version, recorded_at in await db.execute(wanted)]
    known = {key: found for key in keys if (found := _remembered.get(key)) is not None}
    missing = [key[:2] for key in keys if key not in known]
    if missing:
        these = tuple_(Indicator.code, Indicator.version).in_(missing)
        for row in await db.execute(select(Indicator.__table__).where(these)):
            known[row.code, row.version, row.recorded_at] = Indicator(**row._mapping)
        if len(_remembered) > REMEMBERED:
            _remembered.clear()
        _remembered.update(known)
    return [known[key] for key in keys]


def band_of(row: Indicator) -> tuple[float, float] | None:
    if row.target_low is None or row.target_high is None:
        return None
    return row.target_low, row.target_high


def of_frequency(catalogue: dict[str, Indicator], frequency: Frequency) -> list[str]:
    """The codes of the indicators that are observed at this frequency."""
    return [code for code, row in catalogue.items() if row.frequency == frequency]


def computed_at(row: Indicator, months: int) -> bool:
    """Whether a period of so many months is longer than those in which this indicator is observed."""
    return months > MONTHS[row.frequency]  # type: ignore[index]  # the column holds these words only


def indicator_out(row: Indicator, language: str) -> IndicatorOut:
    band = band_of(row)
    interface = INTERFACE_NAMES[row.interface]
    return IndicatorOut.model_validate(
        {
            "code": row.code, "version": row.version, "interface": row.interface,
            "interface_name": pick(interface, language), "interface_names": interface,
            "name": pick(row.names, language), "names": row.names,
            "definition": pick(row.definitions, language) if row.definitions else row.definition,
            "definitions": row.definitions or {"en": row.definition}, "unit": row.unit,
            "polarity": row.polarity, "polarity_name": pick(POLARITY_NAMES[row.polarity], language),
            "target_band": list(band) if band else None, "statistic": row.statistic,
            "numerator": row.numerator, "denominator": row.denominator, "factor": row.factor,
            "frequency": row.frequency, "valid_range": [row.valid_low, row.valid_high],
            "aggregation": row.aggregation, "min_share": row.min_share, "source": row.source,
            "source_read": row.source_read, "basis": row.basis,
        }
    )  # fmt: skip


@router.get("/catalogue", response_model=Counted[IndicatorOut], responses=documented(422))
async def list_indicators(
    request: Request,
    caller: Anyone,
    db: Db,
    part: Part,
    interface: Annotated[Interface | None, Query(description="Only those of one interface of the port.")] = None,
) -> Response:
    """The indicators, by interface. Each says how it is computed, combined and judged."""
    statement = current()
    if interface is not None:
        statement = statement.where(Indicator.interface == interface)
    async with db.reading() as reading:
        total = await count_of(reading, statement)
        found = (await reading.scalars(part.apply(statement, [Indicator.position, Indicator.code]))).all()
    rows, following = part.cut(found, lambda row: (row.position, row.code))
    items = [indicator_out(row, request.state.language) for row in rows]
    out: Counted[IndicatorOut] = Counted(items=items, next=following, total=total)
    return answer(request, out, caching=public_to(request, seconds=KEPT))


@router.get("/catalogue/{code}", response_model=IndicatorOut, responses=documented(404))
async def read_indicator(request: Request, code: str, caller: Anyone, db: Db) -> Response:
    """One indicator, in its current version."""
    async with db.reading() as reading:
        row = await indicator_to_see(reading, code)
    out = indicator_out(row, request.state.language)
    return answer(request, out, version=row.version, caching=public_to(request, seconds=KEPT))
