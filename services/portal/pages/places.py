"""Communities on the map and in lists: what several pages show of them."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from services.portal.charts.map import Map, Place
from services.portal.translations import Translations
from services.registry.schemas import CommunityOut
from shared.text import without_accents

API = "/api/v1/registry/communities"


def map_of(
    key: str, title: str, communities: Iterable[CommunityOut], *, shown: Collection[str] | None = None, here: str = ""
) -> Map:
    """The map of these communities. Those not among `shown`, and dormant ones, are drawn quietly; `here` is marked."""
    places = tuple(
        Place(
            one.name,
            f"/communities/{one.code}",
            "country" if one.kind == "country" else "port",
            one.country,
            one.location.lat if one.location else None,
            one.location.lon if one.location else None,
            current=one.code == here,
            tone="plain" if _stands_out(one, shown) else "quiet",
        )
        for one in communities
        if one.kind != "country" or shown is None or one.code in shown
    )
    return Map(key, title, places)


def _stands_out(community: CommunityOut, shown: Collection[str] | None) -> bool:
    return community.stage != "dormant" and (shown is None or community.code in shown)


def by_country(communities: Iterable[CommunityOut], words: Translations) -> list[dict[str, Any]]:
    """Groups of links for the list beside the map, by the country's name."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in sorted(communities, key=lambda c: without_accents(c.name)):
        entry = {"label": one.name, "href": f"/communities/{one.code}"}
        groups.setdefault(words.country(one.country), []).append(entry)
    return [{"title": name, "places": groups[name]} for name in sorted(groups, key=without_accents)]


def unlocodes(communities: Iterable[CommunityOut]) -> dict[str, CommunityOut]:
    """Which community a port belongs to, by UN/LOCODE."""
    return {port.unlocode: one for one in communities for port in one.ports}


def any_demo(*things: Any) -> bool:
    """Whether any of these (items, or lists of them) is demonstration data."""
    for thing in things:
        if isinstance(thing, Sequence):
            if any_demo(*thing):
                return True
        elif getattr(thing, "demo", False):
            return True
    return False
