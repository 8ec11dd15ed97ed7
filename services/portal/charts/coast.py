"""The coast of Latin America and the Caribbean, read once from `data/coast.json`, on the map's plane."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from services.portal.charts.drawing import Point, line_through

FILE = Path(__file__).parents[1] / "data" / "coast.json"
WIDTH, HEIGHT = 640.0, 690.0
MIDDLE = -74.0  # the meridian that stands upright
WEST_EDGE, NORTH_EDGE = -36.5, 33.4  # the picture's corner on the plane, in degrees
SCALE = 7.7  # units per degree


@dataclass(frozen=True)
class Shape:
    """A country on the map: path data, and the box around its largest part."""

    path: str
    centre: Point
    size: float


@dataclass(frozen=True)
class Coast:
    shapes: Mapping[str, Shape]  # by ISO 3166-1 alpha-2


def project(lat: float, lon: float) -> Point:
    """Sinusoidal projection: equal areas, straight parallels."""
    x = (lon - MIDDLE) * math.cos(math.radians(lat))
    return (x - WEST_EDGE) * SCALE, (NORTH_EDGE - lat) * SCALE


@lru_cache(maxsize=1)
def coast() -> Coast:
    countries = json.loads(FILE.read_text("utf-8"))["countries"]
    return Coast({code: _shape(rings) for code, rings in countries.items()})


def _shape(rings: list[list[list[float]]]) -> Shape:
    drawn = [[project(lat, lon) for lon, lat in ring] for ring in rings]
    xs, ys = [x for x, _ in drawn[0]], [y for _, y in drawn[0]]
    return Shape(
        path="".join(line_through(ring, closed=True) for ring in drawn),
        centre=((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2),
        size=max(max(xs) - min(xs), max(ys) - min(ys)),
    )
