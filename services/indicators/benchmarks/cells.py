"""One cell of a benchmark, from who contributes what: pure, no I/O. The rules are in docs/formulas.md."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple, cast

from services.indicators import confidentiality, statistics
from services.indicators.catalogue import band_of
from services.indicators.confidentiality import FEWER_THAN_K, two_digits
from services.indicators.peer_groups.groups import EVERYBODY, Group, Groups, Member
from services.indicators.schemas import GapOut, PeersOut, StandingOut
from services.indicators.statistics import Quartiles
from services.indicators.tables import Indicator
from services.indicators.words import Polarity


class Contribution(NamedTuple):
    """The approved (or computed) value of a community for an indicator and period, with what decides on groups and
    on who may see it."""

    community: str
    value: float
    country: str
    kind: str
    phase: str | None
    size_class: str | None
    level: str
    demo: bool
    plain_mean: bool

    @property
    def member(self) -> Member:
        return self.community, self.country, self.phase, self.kind, self.size_class


_code = itemgetter(0)


@dataclass(frozen=True)
class Cell:
    """The peers of a group as one caller may see them. `quartiles` are the true ones; `shown` and `peers` are fit to be
    given away."""

    contributions: Sequence[Contribution]
    quartiles: Quartiles | None
    shown: Quartiles | None
    two_digits: bool

    @property
    def is_suppressed(self) -> bool:
        return self.shown is None

    @property
    def peers(self) -> PeersOut:
        return PeersOut(
            n=len(self.contributions) if self.shown else FEWER_THAN_K,
            quartiles=list(self.shown) if self.shown else None,
            two_digits=self.two_digits,
            suppressed=None if self.shown else "too_few_peers",
        )  # fmt: skip

    @property
    def demo(self) -> bool:
        return any(contribution.demo for contribution in self.contributions)


def members(group: Group, contributions: Iterable[Contribution]) -> list[Contribution]:
    return [row for row in contributions if group.holds(row.community, row)]


def published_groups(groups: Groups, contributions: Sequence[Contribution]) -> frozenset[str]:
    """The groups whose cell may be shown for this indicator and period, of all that can be asked for."""
    return groups.published(tuple(map(_code, contributions)), lambda: [row.member for row in contributions])


def cell(
    group: Group,
    groups: Groups,
    contributions: Sequence[Contribution],
    sees: Callable[[Contribution], bool],
) -> Cell:
    """The group's cell out of what everybody contributed. What `sees` says of a value decides only on rounding, never
    on suppression."""
    inside = members(group, contributions) if group is not EVERYBODY else contributions
    if group.slug not in published_groups(groups, contributions):
        return Cell(inside, None, None, two_digits=False)
    exact = statistics.quartiles([row.value for row in inside])
    hides = not all(sees(row) for row in inside)
    rounded = confidentiality.must_be_rounded(len(inside), hides=hides)
    shown = cast("Quartiles", tuple(two_digits(value) for value in exact)) if rounded else exact
    return Cell(inside, exact, shown, two_digits=rounded)


def standing(
    indicator: Indicator, of: Cell, community: str | None, sees: Callable[[Contribution], bool]
) -> StandingOut | None:
    """The place of one community in the cell; None unless it contributes and the caller may see its value."""
    own = next((row for row in of.contributions if row.community == community), None)
    if own is None or not sees(own):
        return None
    if of.shown is None:
        return StandingOut(code=own.community, value=own.value, rank=None, percentile_rank=None, gap=None)
    polarity, band = cast("Polarity", indicator.polarity), band_of(indicator)
    values = [row.value for row in of.contributions]
    boundary = statistics.good_practice(own.value, of.shown, polarity, band)
    rank, percentile = statistics.rank_and_percentile(own.value, values, polarity, band)
    return StandingOut(
        code=own.community, value=own.value, rank=rank, percentile_rank=percentile,
        gap=_gap(statistics.gap(own.value, boundary), rounded=of.two_digits and band is None),
    )  # fmt: skip


def _gap(exact: statistics.Gap, *, rounded: bool) -> GapOut:
    """The gap to the boundary as it was shown: an exact gap to a rounded boundary would give away nothing, and two
    digits of it still less. A target band is no peer's value and is never rounded."""
    if not rounded:
        return GapOut(absolute=exact.absolute, percent=exact.percent, boundary=exact.boundary)
    percent = None if exact.percent is None else two_digits(exact.percent)
    return GapOut(absolute=two_digits(exact.absolute), percent=percent, boundary=exact.boundary)


def plain_means(of: Cell) -> int | None:
    return None if of.is_suppressed else sum(row.plain_mean for row in of.contributions)


def contributors(rows: Collection[Contribution]) -> frozenset[str]:
    return frozenset(row.community for row in rows)
