"""One cell of a benchmark, from who contributes what: pure, no I/O. The rules are in docs/formulas.md."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

from services.indicators import confidentiality, statistics
from services.indicators.catalogue import band_of
from services.indicators.confidentiality import FEWER_THAN_K, two_digits
from services.indicators.peer_groups.groups import EVERYBODY, Group
from services.indicators.peer_groups.network import Network
from services.indicators.schemas import GapOut, PeersOut, StandingOut
from services.indicators.statistics import Quartiles
from services.indicators.tables import Indicator
from services.indicators.words import Polarity


class Contributions(NamedTuple):
    """The approved (or computed) values of an indicator and period: the communities, in any order, and beside them
    their values; of which communities it is for demonstration, and of which a mean that is not weighted."""

    communities: Sequence[str]
    values: Sequence[float]
    demo: frozenset[str]
    plain_means: frozenset[str]

    def of(self, community: str | None) -> float | None:
        """The value of one community, whoever asks."""
        return self.values[self.communities.index(community)] if community in self.communities else None

    def within(self, members: Collection[str]) -> "Contributions":
        inside = [pair for pair in zip(self.communities, self.values, strict=True) if pair[0] in members]
        return self._replace(communities=[code for code, _ in inside], values=[value for _, value in inside])


NOBODY = Contributions((), (), frozenset(), frozenset())


@dataclass(frozen=True)
class Cell:
    """The peers of a group as one caller may see them. `ordered`: all their values, ascending; `shown` and `peers` are
    fit to be given away, and of values only those in `seen`."""

    contributions: Contributions
    hidden: frozenset[str]
    ordered: Sequence[float]
    shown: Quartiles | None
    two_digits: bool

    @property
    def is_suppressed(self) -> bool:
        return self.shown is None

    @property
    def peers(self) -> PeersOut:
        return PeersOut(
            n=len(self.ordered) if self.shown else FEWER_THAN_K,
            quartiles=list(self.shown) if self.shown else None,
            two_digits=self.two_digits,
            suppressed=None if self.shown else "too_few_peers",
        )  # fmt: skip

    @property
    def demo(self) -> bool:
        return bool(self.contributions.demo) and not self.contributions.demo.isdisjoint(self.contributions.communities)

    @property
    def plain_means(self) -> int | None:
        """How many means are not weighted; None where the cell is suppressed."""
        if self.is_suppressed:
            return None
        plain = self.contributions.plain_means
        return sum(code in plain for code in self.contributions.communities) if plain else 0

    @property
    def seen(self) -> Iterator[tuple[str, float]]:
        """The communities whose value the caller may see, with it."""
        for code, value in zip(self.contributions.communities, self.contributions.values, strict=True):
            if code not in self.hidden:
                yield code, value

    def value_of(self, community: str | None) -> float | None:
        """None unless the community contributes and the caller may see its value."""
        return None if community in self.hidden else self.contributions.of(community)


def cell(group: Group, network: Network, contributions: Contributions, hidden: frozenset[str]) -> Cell:
    """The group's cell out of what everybody contributed. From whom the values are `hidden` decides only on rounding,
    never on suppression."""
    inside = contributions if group is EVERYBODY else contributions.within(network.members(group))
    ordered = sorted(inside.values)
    if group.slug not in network.published(frozenset(contributions.communities)):
        return Cell(inside, hidden, ordered, None, two_digits=False)
    exact = statistics.quartiles(ordered)
    rounded = confidentiality.must_be_rounded(len(ordered), hides=not hidden.isdisjoint(inside.communities))
    shown = cast("Quartiles", tuple(two_digits(value) for value in exact)) if rounded else exact
    return Cell(inside, hidden, ordered, shown, two_digits=rounded)


def standing(indicator: Indicator, of: Cell, community: str | None) -> StandingOut | None:
    """The place of one community in the cell; None unless it contributes and the caller may see its value."""
    own = of.value_of(community)
    if own is None or community is None:
        return None
    if of.shown is None:
        return StandingOut(code=community, value=own, rank=None, percentile_rank=None, gap=None)
    polarity, band = cast("Polarity", indicator.polarity), band_of(indicator)
    boundary = statistics.good_practice(own, of.shown, polarity, band)
    rank, percentile = statistics.rank_and_percentile(own, of.ordered, polarity, band)
    return StandingOut(
        code=community, value=own, rank=rank, percentile_rank=percentile,
        gap=_gap(statistics.gap(own, boundary), rounded=of.two_digits and band is None),
    )  # fmt: skip


def _gap(exact: statistics.Gap, *, rounded: bool) -> GapOut:
    """The gap to the boundary as it was shown: an exact gap to a rounded boundary would give away nothing, and two
    digits of it still less. A target band is no peer's value and is never rounded."""
    if not rounded:
        return GapOut(absolute=exact.absolute, percent=exact.percent, boundary=exact.boundary)
    percent = None if exact.percent is None else two_digits(exact.percent)
    return GapOut(absolute=two_digits(exact.absolute), percent=percent, boundary=exact.boundary)
