"""A benchmark on the map: a circle for each community whose value may be seen, coloured by its quarter."""

import json
import math
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from markupsafe import escape

from services.indicators.pictures.drawing import (
    BUOY,
    INK,
    LINE,
    MARGIN,
    MIST,
    MUTED,
    PAPER,
    WIDTH,
    Language,
    Point,
    element,
    label,
    line_through,
    picture,
)  # fmt: skip
from services.indicators.schemas_of_comparisons import MapOut, PositionOut

COAST = Path(__file__).parents[2] / "portal" / "data" / "coast.json"
"""The outline that the portal's map of communities has, too."""
QUARTERS = ("#cfe3ec", "#86b9d0", "#33809f", "#0b3f57")
"""From the lowest quarter to the highest; told apart by how dark they are, for those who see no colours too."""
MIDDLE, WEST, NORTH, SCALE = -74.0, -36.5, 33.4, 7.4
LEFT, TOP = 96.0, 62.0
LAND_HEIGHT = 664.0
LEGEND, STEP = (MARGIN, 470.0), 22.0
MOST_NAMES = 12
"""With more circles than this, names would hide each other: the table has them."""
LONGEST_LINE = 96


def draw_map(found: MapOut, language: Language) -> bytes:
    """The picture; communities of no known place are listed under it."""
    lines = list(_unplaced(found, language))
    height = TOP + LAND_HEIGHT + 26 + 18 * len(lines)
    return picture(
        f"{found.name}, {found.period}", describe_map(found, language), _body(found, lines, language), height=height,
        demo=found.demo, language=language,
    )  # fmt: skip


def describe_map(found: MapOut, language: Language) -> str:
    seen = sum(one.value is not None for one in found.communities)
    said = language.say("seen", seen=seen, all=len(found.communities))
    return said if found.peers.quartiles else f"{said} {language.say('few')}"


def _body(found: MapOut, lines: Sequence[str], language: Language) -> Iterator[str]:
    yield label(describe_map(found, language), MARGIN, 52, font_size=13, fill=MUTED)
    yield _land()
    placed = [(one, at(one.position)) for one in found.communities if one.position is not None]
    for one, (x, y) in placed:
        if one.value is None:
            yield element("circle", cx=x, cy=y, r=3.5, fill=PAPER, stroke=MUTED, stroke_width=1.2)
    shown = [(one, point) for one, point in placed if one.value is not None]
    for one, (x, y) in shown:
        fill = QUARTERS[one.quarter - 1] if one.quarter else BUOY
        said = f"{one.name}: {language.number(one.value or 0.0)} {found.unit}"
        yield element("circle", element("title", _escaped(said)), cx=x, cy=y, r=7.5, fill=fill, stroke=INK)
    if len(shown) <= MOST_NAMES:
        names = [(f"{one.name} {language.number(one.value or 0.0)}", point) for one, point in shown]
        yield from _names(names)
    yield from _legend(found, language)
    for place, line in enumerate(lines):
        yield label(line, MARGIN, TOP + LAND_HEIGHT + 26 + 18 * place, font_size=12, fill=MUTED)


def _names(names: Sequence[tuple[str, Point]]) -> Iterator[str]:
    """Each name at the right of its circle, or at the left, where it hides nothing; else none: it is in the table."""
    taken = [(x - 8, x + 8, y - 8, y + 8) for _, (x, y) in names]
    for said, (x, y) in names:
        width = 6.6 * len(said)
        for is_right in (True, False):
            left = x + 12 if is_right else x - 12 - width
            box = (left, left + width, y - 8, y + 8)
            hides = any(box[0] < b and a < box[1] and box[2] < d and c < box[3] for a, b, c, d in taken)
            if not hides and left >= 0 and left + width <= WIDTH:
                taken.append(box)
                end = "start" if is_right else "end"
                yield label(
                    said, x + (12 if is_right else -12), y + 4, font_size=12, text_anchor=end, font_weight="600"
                )
                break


def _legend(found: MapOut, language: Language) -> Iterator[str]:
    x, y = LEGEND
    if found.peers.quartiles:
        q1, median, q3 = (language.number(value) for value in found.peers.quartiles)
        ranges = (f"≤ {q1}", f"{q1} – {median}", f"{median} – {q3}", f"> {q3}")
        best = {"lower": 0, "higher": 3}.get(found.polarity)
        yield label(found.unit, x, y - 14, font_size=13, font_weight="600")
        for place, (said, fill) in enumerate(zip(ranges, QUARTERS, strict=True)):
            yield element("circle", cx=x + 8, cy=y + 4 + STEP * place, r=7.5, fill=fill, stroke=INK)
            told = f"{said} · {language.say('best')}" if place == best else said
            yield label(told, x + 24, y + 9 + STEP * place, font_size=13)
        y += STEP * len(ranges)
    elif any(one.value is not None for one in found.communities):
        yield element("circle", cx=x + 8, cy=y + 4, r=7.5, fill=BUOY, stroke=INK)
        yield label(language.say("unranked"), x + 24, y + 9, font_size=13)
        y += STEP
    yield element("circle", cx=x + 8, cy=y + 4, r=3.5, fill=PAPER, stroke=MUTED, stroke_width=1.2)
    yield label(language.say("unseen"), x + 24, y + 9, font_size=13)


def _unplaced(found: MapOut, language: Language) -> Iterator[str]:
    """Lines of those whose value is shown and whose place is not known."""
    names = [
        f"{one.name} {language.number(one.value)}"
        for one in found.communities if one.value is not None and one.position is None
    ]  # fmt: skip
    if not names:
        return
    line = language.say("unplaced")
    for place, name in enumerate(names):
        said = name + (";" if place < len(names) - 1 else ".")
        if len(line) + len(said) > LONGEST_LINE:
            yield line
            line = said
        else:
            line = f"{line} {said}"
    yield line


def at(position: PositionOut) -> Point:
    """A place on the picture: sinusoidal projection, equal areas."""
    return _project(position.lat, position.lon)


def _project(lat: float, lon: float) -> Point:
    x = (lon - MIDDLE) * math.cos(math.radians(lat))
    return LEFT + (x - WEST) * SCALE, TOP + (NORTH - lat) * SCALE


@cache
def _land() -> str:
    countries = json.loads(COAST.read_text("utf-8"))["countries"]
    paths = [
        "".join(line_through((_project(lat, lon) for lon, lat in ring), closed=True) for ring in rings)
        for rings in countries.values()
    ]
    return element("g", *[element("path", d=path) for path in paths], fill=MIST, stroke=LINE, stroke_width=0.8)


def _escaped(said: str) -> str:
    return str(escape(said))
