"""Peer groups: those that attributes make (`all`, `country:MX`, `phase:I`, `kind:port`, `size:medium`), and
curated ones."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Protocol

from sqlalchemy import ColumnElement, and_, func, select, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from services.indicators.confidentiality import publishable
from services.indicators.tables import Community, PeerGroup
from shared.problems import Invalid

ATTRIBUTES = {"country": "country", "phase": "phase", "kind": "kind", "size": "size_class"}
"""The prefix of a built-in group, and the attribute of a community that it is about."""
COUNTRY = re.compile(r"country:[A-Z]{2}")
NAMES = {
    "all": {"es": "Toda la Red", "en": "The whole Network", "pt": "Toda a Rede", "fr": "Tout le Réseau"},
    "country": {"es": "País: {}", "en": "Country: {}", "pt": "País: {}", "fr": "Pays : {}"},
    "phase": {"es": "Fase {}", "en": "Phase {}", "pt": "Fase {}", "fr": "Phase {}"},
    "kind": {"es": "Tipo: {}", "en": "Kind: {}", "pt": "Tipo: {}", "fr": "Type : {}"},
    "size": {"es": "Tamaño: {}", "en": "Size: {}", "pt": "Tamanho: {}", "fr": "Taille : {}"},
}


class HasAttributes(Protocol):
    """A community, or a row that carries the attributes of one."""

    @property
    def country(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def phase(self) -> str | None: ...
    @property
    def size_class(self) -> str | None: ...


@dataclass(frozen=True)
class Group:
    """Who is in a group: communities by code, or those that have one of the values of every attribute named."""

    slug: str
    communities: frozenset[str] | None
    attributes: Mapping[str, Collection[str]]
    demo: bool = False

    def holds(self, code: str, community: HasAttributes) -> bool:
        if self.communities is not None:
            return code in self.communities
        return all(getattr(community, name) in values for name, values in self.attributes.items())

    def condition(self) -> ColumnElement[bool]:
        """`holds` as SQL, on the mirror of communities."""
        if self.communities is not None:
            return Community.code.in_(sorted(self.communities))
        columns = {name: getattr(Community, name) for name in self.attributes}
        return and_(true(), *[columns[name].in_(sorted(values)) for name, values in self.attributes.items()])


Member = tuple[str, str, str | None, str, str | None]
"""A community that contributes: its code, country, phase, kind and size class."""


class Groups(dict[str, Group]):
    """Every group that a benchmark can be asked for, by slug; and which of them may be shown, worked out once for all
    cells to which the same communities contribute."""

    def __init__(self, groups: Mapping[str, Group]) -> None:
        super().__init__(groups)
        self._published: dict[tuple[str, ...], frozenset[str]] = {}

    def published(self, codes: tuple[str, ...], members: Callable[[], Iterable[Member]]) -> frozenset[str]:
        """The groups whose cell may be shown when these communities contribute to it. `members`: what is known of
        them, which is asked for once."""
        found = self._published.get(codes)
        if found is None:
            found = self._published[codes] = publishable(self._contributors(list(members())))
        return found

    def _contributors(self, members: Sequence[Member]) -> dict[str, frozenset[str]]:
        having: dict[tuple[str, str | None], set[str]] = {}
        for member in members:
            for name, value in zip(ATTRIBUTES.values(), member[1:], strict=True):
                having.setdefault((name, value), set()).add(member[0])
        everybody = frozenset(member[0] for member in members)
        found: dict[str, frozenset[str]] = {}
        for slug, group in self.items():
            inside = everybody if group.communities is None else everybody & group.communities
            for name, values in group.attributes.items():
                inside &= frozenset[str]().union(*[having.get((name, value), set()) for value in values])
            found[slug] = inside
        return found


EVERYBODY = Group("all", None, {})


def built_in(communities: Iterable[HasAttributes]) -> dict[str, Group]:
    """Every built-in group that has a member among these communities, `all` first."""
    found = {"all": EVERYBODY}
    for prefix, attribute in ATTRIBUTES.items():
        for value in sorted({getattr(community, attribute) for community in communities} - {None}):
            slug = f"{prefix}:{value}"
            found[slug] = Group(slug, None, {attribute: (value,)})
    return found


def curated(row: Any) -> Group:
    """The group of a stored row."""
    return Group(
        row.slug, frozenset(row.communities) if row.communities is not None else None, row.attributes or {}, row.demo
    )


def groups_as_json() -> Any:
    """What `groups_of` reads, as an expression, so that one statement tells it with what it is needed for."""
    columns = [getattr(Community, name) for name in ATTRIBUTES.values()]
    attributes = select(*columns).where(Community.active).distinct().subquery()
    stored = select(PeerGroup.slug, PeerGroup.communities, PeerGroup.attributes, PeerGroup.demo).subquery()
    parts = [
        select(func.jsonb_agg(func.to_jsonb(one.table_valued()))).scalar_subquery() for one in (attributes, stored)
    ]
    return func.jsonb_build_object("built_in", parts[0], "curated", parts[1], type_=JSONB)


def groups_of(told: Mapping[str, Any]) -> Groups:
    found = built_in([SimpleNamespace(**each) for each in told["built_in"] or ()])
    kept = sorted(told["curated"] or (), key=lambda each: str(each["slug"]))
    return Groups(found | {each["slug"]: curated(SimpleNamespace(**each)) for each in kept})


async def all_groups(connection: AsyncConnection) -> Groups:
    """Every group that a benchmark can be asked for, by slug."""
    return groups_of((await connection.execute(select(groups_as_json()))).scalar_one())


def group_named(groups: Mapping[str, Group], slug: str) -> Group:
    """The group that `?peer_group=` names; a country without communities is an empty group. Raises Invalid."""
    found = groups.get(slug)
    if found is None and COUNTRY.fullmatch(slug):
        found = Group(slug, None, {"country": (slug.removeprefix("country:"),)})
    if found is None:
        raise Invalid.at("/peer_group", "names no peer group; see /api/v1/indicators/peer-groups", "unknown")
    return found


def names_of(group: Group) -> dict[str, str]:
    """What a built-in group is called."""
    prefix, _, value = group.slug.partition(":")
    return {language: text.format(value) for language, text in NAMES[prefix].items()}
