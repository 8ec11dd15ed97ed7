"""Several communities beside each other: their places over time, and their values with those of ports elsewhere."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import select

from services.indicators import statistics
from services.indicators.benchmarks import queries
from services.indicators.benchmarks.cells import Cell, cell, standing
from services.indicators.benchmarks.operations import cells_over_time
from services.indicators.benchmarks.questions import Question
from services.indicators.catalogue import band_of
from services.indicators.peer_groups.groups import group_named
from services.indicators.periods import Period
from services.indicators.schemas_of_comparisons import (
    ComparedOut,
    ComparisonOut,
    PlaceOut,
    RankPointOut,
    RanksOut,
    ReferenceOut,
    ReferencePortOut,
)  # fmt: skip
from services.indicators.tables import Community, Indicator, ReferenceSeries, ReferenceValue
from services.indicators.words import Frequency, Polarity
from shared.callers import Caller
from shared.database import Database, ReadSession
from shared.languages import pick


async def ranks_of(
    db: Database, indicator: Indicator, first: Period | None, last: Period | None, question: Question, *, by: Caller
) -> RanksOut:
    """The places of every community whose value the caller may see, over the periods of a trend. Raises Invalid."""
    group, cells = await cells_over_time(db, indicator, first, last, question, by=by)
    return RanksOut(
        indicator=indicator.code, community=question.community, peer_group=group.slug,
        frequency=cast("Frequency", indicator.frequency),
        points=[
            RankPointOut(period=str(period), n=one.peers.n, communities=_places(indicator, one))
            for period, one in cells
        ],
        demo=any(one.demo for _, one in cells),
    )  # fmt: skip


def _places(indicator: Indicator, of: Cell) -> list[PlaceOut]:
    if of.is_suppressed:
        return []
    polarity, band = cast("Polarity", indicator.polarity), band_of(indicator)
    places = [
        PlaceOut(code=code, value=value, rank=statistics.rank(value, of.ordered, polarity, band))
        for code, value in of.seen
    ]
    return sorted(places, key=lambda place: (place.rank, place.code))


async def comparison_of(
    db: Database,
    indicator: Indicator,
    period: Period,
    communities: Sequence[str],
    ports: Sequence[str],
    question: Question,
    *,
    by: Caller,
) -> ComparisonOut:
    """Communities that allow it beside each other, with the peers' quartiles and what reference series say. Raises
    Invalid."""
    async with db.reading(snapshot=True) as reading:
        network, contributions = await queries.benchmark(await reading.connection(), indicator, period)
        group = group_named(network.groups, question.peer_group)
        rows = await reading.execute(select(Community.code, Community.names).where(Community.code.in_(communities)))
        names = {code: pick(by_language, question.language) for code, by_language in rows}
        references = await _references(reading, indicator, ports, question.language)
    hidden = network.hidden_from(by, indicator.code)
    inside = cell(group, network, contributions, hidden)
    compared, withheld = [], []
    for code in communities:
        own = contributions.of(code)
        if own is None or code in hidden:
            withheld.append(code)
            continue
        stands = standing(indicator, inside, code)
        compared.append(
            ComparedOut(
                code=code, name=names.get(code, code), value=own, rank=stands.rank if stands else None,
                percentile_rank=stands.percentile_rank if stands else None,
            )
        )  # fmt: skip
    return ComparisonOut(
        indicator=indicator.code, name=pick(indicator.names, question.language), unit=indicator.unit,
        polarity=cast("Polarity", indicator.polarity), period=str(period), peer_group=group.slug, peers=inside.peers,
        communities=compared, withheld=withheld, references=references, demo=inside.demo,
    )  # fmt: skip


async def _references(db: ReadSession, indicator: Indicator, ports: Sequence[str], language: str) -> list[ReferenceOut]:
    """What every reference series says of the indicator's measure, in the indicator's unit."""
    found: list[ReferenceOut] = []
    for series in await db.scalars(select(ReferenceSeries).order_by(ReferenceSeries.position)):
        measure: dict[str, Any] | None = next(
            (one for one in series.measures if one.get("indicator") == indicator.code), None
        )
        if measure is None:
            continue
        column = getattr(ReferenceValue, measure["field"])
        rows = (
            await db.execute(
                select(ReferenceValue.unlocode, ReferenceValue.port, column)
                .where(ReferenceValue.series_slug == series.slug, column.is_not(None))
                .order_by(ReferenceValue.unlocode)
            )
        ).all()
        values = {unlocode: (port, value * measure["factor"]) for unlocode, port, value in rows}
        if not values:
            continue
        asked = [
            ReferencePortOut(unlocode=code, port=values[code][0], value=values[code][1])
            for code in ports
            if code in values
        ]
        found.append(
            ReferenceOut(
                series=series.slug, name=pick(series.names, language), edition=series.edition,
                attribution=series.attribution, n=len(values),
                quartiles=list(statistics.quartiles([value for _, value in values.values()])), ports=asked,
            )
        )  # fmt: skip
    return found
