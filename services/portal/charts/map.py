"""The communities on the map. Beside it the page always has the same places as a list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import dist
from typing import Literal

from markupsafe import Markup

from services.portal.charts.coast import HEIGHT, WIDTH, Coast, project
from services.portal.charts.drawing import element, picture, short
from services.portal.translations import Translations

REACH, LEAST_REACH = 11.0, 3.0  # units of the picture around a dot that belong to it
TINY = 14.0  # a country smaller than this (units of the picture) gets a hatched ring around it


@dataclass(frozen=True)
class Place:
    """A community. `kind` "country" is a candidate whose port isn't chosen: its country is hatched, no dot at sea.

    `country` is ISO 3166-1 alpha-2; `tone` "quiet" draws the dot hollow (inactive, or outside a filter).
    """

    name: str
    href: str
    kind: Literal["port", "country"]
    country: str
    lat: float | None = None
    lon: float | None = None
    current: bool = False
    tone: Literal["plain", "quiet"] = "plain"


@dataclass(frozen=True)
class Map:
    id: str
    title: str
    places: tuple[Place, ...]


def map_picture(data: Map, coast: Coast, words: Translations) -> Markup:
    """Coast, hatched candidates, and for each port community a linked dot, named on focus and under the pointer.

    A place without coordinates is in the list beside the map only.
    """
    dots = sorted(
        (place for place in data.places if place.kind == "port" and place.lat is not None and place.lon is not None),
        key=lambda place: (place.current, -(place.lat or 0.0), place.name),
    )
    candidates = [place for place in data.places if place.kind == "country" and place.country in coast.shapes]
    seen = {place.country for place in candidates}
    return picture(
        data.id,
        data.title,
        _described(len(dots), len(candidates), words),
        _hatch(data.id),
        element("g", *(_land(code, coast) for code in coast.shapes if code not in seen), class_="lands"),
        *_candidates(candidates, data.id, coast),
        *(_dot(place, _reach(place, dots)) for place in dots),
        width=WIDTH,
        height=HEIGHT,
        class_="map",
        role="group",
    )


def _described(dots: int, candidates: int, words: Translations) -> str:
    said = words.ngettext(
        "%(n)s comunidad portuaria como punto.", "%(n)s comunidades portuarias como puntos.", dots
    ) % {"n": dots}
    if candidates:
        said += " " + words.ngettext(
            "%(n)s país candidato, rayado: su puerto está por definir.",
            "%(n)s países candidatos, rayados: su puerto está por definir.",
            candidates,
        ) % {"n": candidates}
    return said + " " + words.gettext("La misma lista está junto al mapa.")


def _hatch(key: str) -> Markup:
    lines = element("path", d="M0 0V6", class_="hatch-line")
    return element(
        "defs",
        element(
            "pattern",
            lines,
            id=f"{key}-hatch",
            width="5",
            height="6",
            patternUnits="userSpaceOnUse",
            patternTransform="rotate(45)",
        ),
    )


def _land(code: str, coast: Coast) -> Markup:
    return element("path", d=coast.shapes[code].path, class_="land")


def _candidates(places: list[Place], key: str, coast: Coast) -> Iterator[Markup]:
    for place in places:
        shape = coast.shapes[place.country]
        x, y = shape.centre
        fill = f"url(#{key}-hatch)"
        body = [
            element("path", d=shape.path, class_="candidate-ground"),
            element("path", d=shape.path, class_="candidate", fill=fill),
        ]
        if shape.size < TINY:
            body.append(element("circle", cx=x, cy=y, r=TINY * 0.65, class_="candidate", fill=fill))
        yield _link(place, (x, y), *body)


def _reach(place: Place, places: list[Place]) -> float:
    """How far around a dot a click still means it: never past half way to the next one."""
    here = project(place.lat or 0.0, place.lon or 0.0)
    others = [project(other.lat or 0.0, other.lon or 0.0) for other in places if other is not place]
    return min([REACH, *(max(dist(here, there) / 2, LEAST_REACH) for there in others)])


def _dot(place: Place, reach: float) -> Markup:
    x, y = project(place.lat or 0.0, place.lon or 0.0)
    spot = f"M{short(x)} {short(y)}h0.01"
    name = "place-dot" + (" place-here" if place.current else "") + (" place-quiet" if place.tone == "quiet" else "")
    return _link(
        place,
        (x, y),
        element("circle", cx=x, cy=y, r=reach, class_="place-reach"),
        element("path", d=spot, class_="place-edge"),
        element("path", d=spot, class_=name),
    )


def _link(place: Place, at: tuple[float, float], *body: Markup) -> Markup:
    x, y = at
    right = x < WIDTH * 0.62
    label = element(
        "text",
        place.name,
        x=x + (15 if right else -15),
        y=y,
        dy="0.35em",
        text_anchor="start" if right else "end",
        class_="place-name",
    )
    current = "true" if place.current else None
    return element("a", *body, label, href=place.href, class_="place", aria_label=place.name, aria_current=current)
