"""Peer groups: those that attributes make (`all`, `country:MX`, `phase:I`, `kind:port`, `size:medium`), and
curated ones."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import ColumnElement, and_, true

from services.indicators.tables import Community
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
