"""Make `coast.json`, the simplified coast and borders of Latin America and the Caribbean.

Source: `countries-50m.json` of the npm package `world-atlas` (Natural Earth 1:50m, public domain). Run::

    npm pack world-atlas && tar xzf world-atlas-*.tgz
    python -m services.portal.data.make_coast package/countries-50m.json

Arcs are simplified before countries are put together, so that neighbours keep one common border.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

Position = tuple[float, float]

WEST, EAST, SOUTH, NORTH = -120.0, -30.0, -57.0, 34.0
TOLERANCE = 0.055  # degrees, about 6 km: half a pixel of a map 900 px wide
DIGITS = 2
SMALL = 1.2  # rings whose box is smaller than this (degrees) keep every point: small islands stay islands
SPECK = 0.06  # rings smaller than this are dropped, unless their country has no larger one

# ISO 3166-1 numeric -> alpha-2, for what lies in the window
CODES = {
    "028": "AG", "032": "AR", "044": "BS", "052": "BB", "060": "BM", "068": "BO", "076": "BR", "084": "BZ", "092": "VG",
    "136": "KY", "152": "CL", "170": "CO", "188": "CR", "192": "CU", "212": "DM", "214": "DO", "218": "EC", "222": "SV",
    "238": "FK", "250": "FR", "308": "GD", "320": "GT", "328": "GY", "332": "HT", "340": "HN", "388": "JM", "484": "MX",
    "500": "MS", "531": "CW", "533": "AW", "534": "SX", "558": "NI", "591": "PA", "600": "PY", "604": "PE", "630": "PR",
    "652": "BL", "659": "KN", "660": "AI", "662": "LC", "663": "MF", "670": "VC", "740": "SR", "780": "TT", "796": "TC",
    "840": "US", "850": "VI", "858": "UY", "862": "VE",
}  # fmt: skip


def decode_arcs(topology: dict[str, Any]) -> list[list[Position]]:
    """The arcs as longitudes and latitudes: positions are stored as differences on a grid."""
    scale_x, scale_y = topology["transform"]["scale"]
    move_x, move_y = topology["transform"]["translate"]
    arcs: list[list[Position]] = []
    for arc in topology["arcs"]:
        x = y = 0
        line: list[Position] = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            line.append((x * scale_x + move_x, y * scale_y + move_y))
        arcs.append(line)
    return arcs


def distance_to_segment(point: Position, start: Position, end: Position) -> float:
    (x, y), (x1, y1), (x2, y2) = point, start, end
    dx, dy = x2 - x1, y2 - y1
    length = dx * dx + dy * dy
    t = 0.0 if length == 0 else max(0.0, min(1.0, ((x - x1) * dx + (y - y1) * dy) / length))
    return float(((x - x1 - t * dx) ** 2 + (y - y1 - t * dy) ** 2) ** 0.5)


def simplify(line: Sequence[Position], tolerance: float) -> list[Position]:
    """Douglas and Peucker (1973), without recursion; the ends stay."""
    if len(line) < 3:
        return list(line)
    keep = {0, len(line) - 1}
    closed = line[0] == line[-1]
    if closed:  # a ring in one arc: hold a third corner, or it would fold into a line
        far = max(range(len(line)), key=lambda i: (line[i][0] - line[0][0]) ** 2 + (line[i][1] - line[0][1]) ** 2)
        keep.add(far)
    corners = sorted(keep)
    stack = list(pairwise(corners))
    while stack:
        first, last = stack.pop()
        worst, where = 0.0, -1
        for i in range(first + 1, last):
            distance = distance_to_segment(line[i], line[first], line[last])
            if distance > worst:
                worst, where = distance, i
        if worst > tolerance:
            keep.add(where)
            stack += [(first, where), (where, last)]
    return [line[i] for i in sorted(keep)]


def extent(line: Iterable[Position]) -> float:
    points = list(line)
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return max(max(xs) - min(xs), max(ys) - min(ys))


def assemble(ring: Sequence[int], arcs: Sequence[Sequence[Position]]) -> list[Position]:
    """One ring from its arcs; `~i` means arc `i` backwards."""
    line: list[Position] = []
    for index in ring:
        piece = list(arcs[index]) if index >= 0 else list(reversed(arcs[~index]))
        line += piece if not line else piece[1:]
    return line


def clip(ring: list[Position]) -> list[Position]:
    """Sutherland and Hodgman (1974) against the window."""
    for axis, limit, sign in ((0, WEST, 1), (0, EAST, -1), (1, SOUTH, 1), (1, NORTH, -1)):
        if not ring:
            return ring
        kept: list[Position] = []
        for previous, current in zip([ring[-1], *ring[:-1]], ring, strict=True):
            was_in = (previous[axis] - limit) * sign >= 0
            is_in = (current[axis] - limit) * sign >= 0
            if was_in != is_in:
                t = (limit - previous[axis]) / (current[axis] - previous[axis])
                kept.append(tuple(p + t * (c - p) for p, c in zip(previous, current, strict=True)))  # type: ignore[arg-type]
            if is_in:
                kept.append(current)
        ring = kept
    return ring


def tidy(ring: Iterable[Position]) -> list[Position]:
    """Rounded, without repeated points, open (the first point is not said twice)."""
    line: list[Position] = []
    for x, y in ring:
        point = (round(x, DIGITS), round(y, DIGITS))
        if not line or line[-1] != point:
            line.append(point)
    if len(line) > 1 and line[0] == line[-1]:
        line.pop()
    return line


def rings_of(geometry: dict[str, Any]) -> list[list[int]]:
    """Outer rings only: no country of the window lies inside another one."""
    if geometry["type"] == "Polygon":
        return [geometry["arcs"][0]]
    return [polygon[0] for polygon in geometry["arcs"]]


def make(topology: dict[str, Any]) -> dict[str, Any]:
    full = decode_arcs(topology)
    light = [line if extent(line) < SMALL else simplify(line, TOLERANCE) for line in full]
    countries: dict[str, list[list[Position]]] = {}
    for geometry in topology["objects"]["countries"]["geometries"]:
        code = CODES.get(geometry.get("id", ""))
        if code is None:
            continue
        rings = [tidy(clip(assemble(ring, light))) for ring in rings_of(geometry)]
        rings = sorted((ring for ring in rings if len(ring) >= 3), key=extent, reverse=True)
        kept = [ring for ring in rings if extent(ring) >= SPECK] or rings[:1]
        if kept:
            countries[code] = kept
    return {
        "source": "Natural Earth 1:50m (public domain), npm world-atlas 2.0.2, countries-50m.json",
        "window": [WEST, SOUTH, EAST, NORTH],
        "countries": dict(sorted(countries.items())),
    }


def main() -> None:
    source = Path(sys.argv[1])
    target = Path(__file__).with_name("coast.json")
    target.write_text(json.dumps(make(json.loads(source.read_text("utf-8"))), separators=(",", ":")) + "\n", "utf-8")
    sys.stdout.write(f"{target.name}: {target.stat().st_size / 1024:.0f} KiB\n")


if __name__ == "__main__":
    main()
