"""What is said of several communities beside each other."""

from services.indicators.schemas import Contributors, PeersOut
from services.indicators.words import Frequency, Polarity
from shared.fields import Output


class PlaceOut(Output):
    """A community's place among those that contribute; only of communities whose value the caller may see."""

    code: str
    value: float
    rank: int


class RankPointOut(Output):
    """The places of one period; none where the cell is suppressed."""

    period: str
    n: Contributors
    communities: list[PlaceOut]


class RanksOut(Output):
    """Places over time, the best first: for a bump chart."""

    indicator: str
    community: str | None
    peer_group: str
    frequency: Frequency
    points: list[RankPointOut]
    demo: bool


class ComparedOut(Output):
    """A community in a comparison. `rank` and `percentile_rank` are null where the cell of the peers is suppressed."""

    code: str
    name: str
    value: float
    rank: int | None
    percentile_rank: float | None


class ReferencePortOut(Output):
    unlocode: str
    port: str
    value: float


class ReferenceOut(Output):
    """The same measure in a reference series, in the indicator's unit: its quartiles over all ports, and the ports
    asked for. Of one edition: another edition is another series."""

    series: str
    name: str
    edition: str
    attribution: str
    n: int
    quartiles: list[float]
    ports: list[ReferencePortOut]


class ComparisonOut(Output):
    """Communities beside each other. `withheld`: those that have no value, or none that the caller may see; which of
    the two is not told."""

    indicator: str
    name: str
    unit: str
    polarity: Polarity
    period: str
    peer_group: str
    peers: PeersOut
    communities: list[ComparedOut]
    withheld: list[str]
    references: list[ReferenceOut]
    demo: bool


class PositionOut(Output):
    """Where a community is, in degrees of WGS 84."""

    lat: float
    lon: float


class MappedOut(Output):
    """A community on a map. `value` is null where there is none, or none that the caller may see; which of the two is
    not told. `quarter`: of the peers' values, 1 the lowest to 4 the highest; null where the cell is suppressed.
    `position` is null for a community of which no place is known."""

    code: str
    name: str
    value: float | None
    quarter: int | None
    position: PositionOut | None


class MapOut(Output):
    """A benchmark by community: all those of the peer group, those first whose value is shown."""

    indicator: str
    version: int
    name: str
    unit: str
    polarity: Polarity
    period: str
    peer_group: str
    peers: PeersOut
    communities: list[MappedOut]
    demo: bool
