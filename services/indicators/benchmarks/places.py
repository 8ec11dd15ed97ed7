"""A benchmark by community: what its caller may see of each, and where it is."""

from collections.abc import Mapping
from typing import cast

from sqlalchemy import select

from services.indicators.benchmarks import queries
from services.indicators.benchmarks.cells import cell
from services.indicators.benchmarks.questions import Question, period_asked
from services.indicators.peer_groups.groups import group_named
from services.indicators.periods import Period
from services.indicators.schemas_of_comparisons import MapOut, MappedOut, PositionOut
from services.indicators.statistics import Quartiles
from services.indicators.tables import Community, Indicator
from services.indicators.words import Polarity
from services.registry.client import RegistryClient
from shared.callers import Caller
from shared.database import Database
from shared.languages import pick
from shared.peers import Peers

Positions = Mapping[str, PositionOut]


async def positions_of(peers: Peers) -> Positions:
    """Where the communities are that have a place, as everybody may see them; call this before a transaction."""
    found = {}
    for one in await RegistryClient(peers).communities():
        if one.location is not None:
            found[one.code] = PositionOut(lat=one.location.lat, lon=one.location.lon)
    return found


async def map_of(
    db: Database, indicator: Indicator, period: Period | None, question: Question, positions: Positions, *, by: Caller
) -> MapOut:
    """The communities of a peer group with the values that the caller may see, under the rules of the benchmark;
    without a period, of the newest that may be shown. Raises Invalid."""
    asked = await period_asked(db, indicator, period, question, by=by)
    async with db.reading(snapshot=True) as reading:
        network, contributions = await queries.benchmark(await reading.connection(), indicator, asked)
        group = group_named(network.groups, question.peer_group)
        communities = (await reading.scalars(select(Community).where(Community.active).order_by(Community.code))).all()
    inside = cell(group, network, contributions, network.hidden_from(by, indicator.code))
    values = dict(inside.seen)
    mapped = [
        MappedOut(
            code=one.code, name=pick(one.names, question.language), value=values.get(one.code),
            quarter=_quarter(values.get(one.code), inside.shown), position=positions.get(one.code),
        )
        for one in communities if group.holds(one.code, one)
    ]  # fmt: skip
    return MapOut(
        indicator=indicator.code, version=indicator.version, name=pick(indicator.names, question.language),
        unit=indicator.unit, polarity=cast("Polarity", indicator.polarity), period=str(asked), peer_group=group.slug,
        peers=inside.peers, communities=sorted(mapped, key=lambda one: (one.value is None, one.code)), demo=inside.demo,
    )  # fmt: skip


def _quarter(value: float | None, quartiles: Quartiles | None) -> int | None:
    """By the quartiles as they were shown: the quarter tells nothing that value and quartiles do not."""
    if value is None or quartiles is None:
        return None
    return 1 + sum(value > boundary for boundary in quartiles)
