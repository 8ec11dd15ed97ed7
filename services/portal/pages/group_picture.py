"""A measure's levels by stakeholder group, as the summary, the workshop's control and the projector draw them."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from services.portal.charts.group_levels import GroupLevels, GroupRow
from services.portal.translations import Translations
from services.portal.vocabulary import GROUPS


class GroupOfVoices(Protocol):
    """What respondents' and votes' groups have in common."""

    @property
    def stakeholder_group(self) -> str: ...
    @property
    def levels(self) -> dict[str, int]: ...
    @property
    def median(self) -> float | None: ...
    @property
    def not_applicable(self) -> int: ...
    @property
    def unknown(self) -> int: ...


def picture_of(
    key: str,
    title: str,
    groups: Sequence[GroupOfVoices],
    words: Translations,
    *,
    top: int,
    agreed: int | None = None,
    scale: float = 1.0,
) -> GroupLevels:
    """The groups in the order in which they come."""
    label = words.gettext("acordado %(level)s") % {"level": agreed} if agreed is not None else ""
    rows = tuple(
        GroupRow(
            words.gettext(GROUPS[one.stakeholder_group].label), one.levels, one.median, one.not_applicable + one.unknown
        )
        for one in groups
    )
    return GroupLevels(key, title, top, rows, agreed, label, scale)


def share_of(levels: Mapping[str, int]) -> int:
    """How many gave a level."""
    return sum(levels.values())
