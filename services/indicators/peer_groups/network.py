"""The Network at one moment: who is in it, in which peer groups, and how far each community shows its values."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ScalarSelect, Text, cast, func, select
from sqlalchemy.dialects.postgresql import JSON, aggregate_order_by

from services.indicators.access import DEFAULT_LEVEL, levels_shown
from services.indicators.confidentiality import publishable
from services.indicators.peer_groups.groups import Group, built_in, curated
from services.indicators.tables import Community, PeerGroup, Visibility
from shared.callers import Caller

REMEMBERED = 1024
"""Sets of contributors of which one Network knows what may be shown."""


class Peer(NamedTuple):
    """An active community: what decides on its groups, and on who sees its values."""

    code: str
    country: str
    kind: str
    phase: str | None
    size_class: str | None
    default_level: str | None
    levels: Mapping[str, str] | None


class Curated(NamedTuple):
    slug: str
    communities: list[str] | None
    attributes: Mapping[str, list[str]] | None
    demo: bool


class Network:
    """`groups`: every group that a benchmark can be asked for, by slug. Whatever is worked out here follows from the
    text alone, so it is worked out once for all who read the same."""

    def __init__(self, told: str) -> None:
        peers, kept = json.loads(told)
        self._peers = [Peer(*each) for each in peers or ()]
        chosen = [curated(Curated(*each)) for each in kept or ()]
        self.groups: dict[str, Group] = built_in(self._peers) | {group.slug: group for group in chosen}
        self._members: dict[str, frozenset[str]] = {}
        self._published: dict[frozenset[str], frozenset[str]] = {}
        self._by_level: dict[str | None, dict[str, frozenset[str]]] = {}
        self._overridden = frozenset(code for peer in self._peers for code in peer.levels or ())

    def members(self, group: Group) -> frozenset[str]:
        """The codes of the active communities in a group."""
        if group.slug not in self.groups:  # a country without communities
            return frozenset()
        found = self._members.get(group.slug)
        if found is None:
            found = self._members[group.slug] = frozenset(
                peer.code for peer in self._peers if group.holds(peer.code, peer)
            )
        return found

    def published(self, contributors: frozenset[str]) -> frozenset[str]:
        """The groups whose cell may be shown when these communities contribute to an indicator and period, of all that
        can be asked for."""
        found = self._published.get(contributors)
        if found is None:
            if len(self._published) >= REMEMBERED:
                self._published.clear()
            found = publishable({slug: contributors & self.members(group) for slug, group in self.groups.items()})
            self._published[contributors] = found
        return found

    def hidden_from(self, caller: Caller, indicator: str) -> frozenset[str]:
        """The communities whose value of this indicator the caller may not see: what `access.visible` leaves out."""
        if caller.is_secretariat:
            return frozenset()
        shown = levels_shown(caller)
        levels = self._levels_of(indicator).items()
        return frozenset[str]().union(*[codes for level, codes in levels if level not in shown]) - caller.communities

    def _levels_of(self, indicator: str) -> dict[str, frozenset[str]]:
        """The communities by how far they show this indicator; where none says it of this one, as for all of those."""
        key = indicator if indicator in self._overridden else None
        found = self._by_level.get(key)
        if found is None:
            having: dict[str, set[str]] = {}
            for peer in self._peers:
                level = (peer.levels or {}).get(indicator) or peer.default_level or DEFAULT_LEVEL
                having.setdefault(level, set()).add(peer.code)
            found = self._by_level[key] = {level: frozenset(codes) for level, codes in having.items()}
        return found


def network_as_text() -> ScalarSelect[Any]:
    """What `network_of` reads, as an expression, so that one statement tells it with what it is needed for."""
    attributes = [Community.country, Community.kind, Community.phase, Community.size_class]
    each = func.json_build_array(Community.code, *attributes, Visibility.default_level, Visibility.indicators)
    peers = (
        select(func.json_agg(aggregate_order_by(each, Community.code)))
        .join(Visibility, Visibility.community_code == Community.code, isouter=True)
        .where(Community.active)
    )
    group = func.json_build_array(PeerGroup.slug, PeerGroup.communities, PeerGroup.attributes, PeerGroup.demo)
    kept = select(func.json_agg(aggregate_order_by(group, PeerGroup.slug)))
    both = func.json_build_array(peers.scalar_subquery(), kept.scalar_subquery(), type_=JSON)
    return select(cast(both, Text)).scalar_subquery()


@lru_cache(maxsize=8)
def network_of(told: str) -> Network:
    return Network(told)
