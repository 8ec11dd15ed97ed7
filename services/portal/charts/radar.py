"""Radar of the points of a model, grouped by pillar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from services.portal.charts.drawing import Point, element, line_through, on_circle, picture, runs, short
from services.portal.charts.profile import Profile, ProfilePoint, described, usual_bands
from services.portal.translations import Translations

WIDTH, HEIGHT = 600.0, 560.0
CENTRE = (300.0, 282.0)
RADIUS = 190.0
CODES = RADIUS + 27  # where the codes stand
ARC = RADIUS + 54  # where the pillars' arcs run
NAMES = ARC + 17  # where the pillars' codes stand
GAP = 0.7  # room between two pillars, in points


@dataclass(frozen=True)
class _Axis:
    point: ProfilePoint
    angle: float

    def at(self, score: float) -> Point:
        return on_circle(CENTRE, RADIUS * max(0.0, min(100.0, score)) / 100, self.angle)


def radar(profile: Profile, words: Translations) -> Markup:
    """Own area, last year as a line, the peers' median as dots and their spread as a band.

    A point without a score leaves a gap. Any number of pillars and of points in each is drawn; the first pillar begins
    at the top, clockwise. Beside it belongs the same as a table: `bars`.
    """
    axes, arcs = _axes(profile)
    body = [
        *_grid(profile, axes, words),
        *_spread(axes),
        *_series(axes, [a.point.previous for a in axes], "previous", filled=False),
        *_series(axes, [a.point.score for a in axes], "own", filled=True),
        *(_dot(axis, axis.point.score, "own-dot", 4.5, words) for axis in axes),
        *(_dot(axis, axis.point.median, "median-dot", 5, words) for axis in axes),
        *(_code(axis) for axis in axes),
        *arcs,
    ]
    return picture(
        profile.id, profile.title, described(profile, words), *body, width=WIDTH, height=HEIGHT, class_="radar"
    )


def _axes(profile: Profile) -> tuple[list[_Axis], list[Markup]]:
    filled = [pillar for pillar in profile.pillars if pillar.points]
    gap = GAP if len(filled) > 1 else 0.0
    step = 360.0 / (sum(len(pillar.points) for pillar in filled) + gap * len(filled)) if filled else 0.0
    axes: list[_Axis] = []
    arcs: list[Markup] = []
    turn = 0.0
    for pillar in filled:
        start = turn + step * (gap / 2)
        axes += [_Axis(point, start + step * (i + 0.5)) for i, point in enumerate(pillar.points)]
        turn += step * (len(pillar.points) + gap)
        arcs += _arc(pillar.code, pillar.name, start + step * 0.1, turn - step * (gap / 2 + 0.1))
    return axes, arcs


def _arc(code: str, name: str, start: float, end: float) -> Iterator[Markup]:
    x1, y1 = on_circle(CENTRE, ARC, start)
    x2, y2 = on_circle(CENTRE, ARC, min(end, start + 359.9))
    wide = 1 if end - start > 180 else 0
    radius = short(ARC)
    path = f"M{short(x1)} {short(y1)}A{radius} {radius} 0 {wide} 1 {short(x2)} {short(y2)}"
    x, y = on_circle(CENTRE, NAMES, (start + end) / 2)
    yield element("path", d=path, class_="pillar-arc")
    title = element("title", name)
    yield element("text", title, code, x=x, y=y, class_="pillar-code", dy="0.35em", text_anchor="middle")


def _grid(profile: Profile, axes: Sequence[_Axis], words: Translations) -> Iterator[Markup]:
    bands = profile.bands or usual_bands(words)
    x, y = CENTRE
    rings = sorted({band.lower for band in bands if band.lower > 0} | {100.0})
    for ring in rings:
        yield element("circle", cx=x, cy=y, r=RADIUS * ring / 100, class_="ring ring-outer" if ring == 100 else "ring")
    for axis in axes:
        x2, y2 = axis.at(100)
        name = "axis" if axis.point.score is not None else "axis axis-missing"
        yield element("line", x1=x, y1=y, x2=x2, y2=y2, class_=name)
    for ring in (0.0, *rings):
        label = words.number(ring, 0)
        yield element("text", label, x=x, y=y - RADIUS * ring / 100, class_="tick", dy="0.35em", text_anchor="middle")


def _spread(axes: Sequence[_Axis]) -> Iterator[Markup]:
    ranges = [
        None if axis.point.low is None or axis.point.high is None else (axis.point.low, axis.point.high)
        for axis in axes
    ]
    for run in runs(ranges, around=True):
        outer = [axes[i].at(high) for i in run if (both := ranges[i]) and (high := both[1]) is not None]
        inner = [axes[i].at(low) for i in run if (both := ranges[i]) and (low := both[0]) is not None]
        if len(run) == 1:
            yield element("path", d=line_through([inner[0], outer[0]]), class_="spread-line")
        elif len(run) == len(axes):
            path = line_through(outer, closed=True) + line_through(inner[::-1], closed=True)
            yield element("path", d=path, class_="spread", fill_rule="evenodd")
        else:
            yield element("path", d=line_through([*outer, *inner[::-1]], closed=True), class_="spread")


def _series(axes: Sequence[_Axis], scores: Sequence[float | None], name: str, *, filled: bool) -> Iterator[Markup]:
    for run in runs(scores, around=True):
        edge = [axes[i].at(score) for i in run if (score := scores[i]) is not None]
        whole = len(run) == len(axes)
        if filled:
            area = edge if whole else [CENTRE, *edge]
            yield element("path", d=line_through(area, closed=True), class_=f"{name}-area")
        if len(edge) > 1:
            yield element("path", d=line_through(edge, closed=whole), class_=f"{name}-line")
        elif filled:
            yield element("path", d=line_through([CENTRE, *edge]), class_=f"{name}-line")
        else:
            yield element("circle", cx=edge[0][0], cy=edge[0][1], r=3, class_=f"{name}-line")


def _dot(axis: _Axis, score: float | None, name: str, radius: float, words: Translations) -> Markup:
    if score is None:
        return Markup("")
    x, y = axis.at(score)
    label = f"{axis.point.code} {axis.point.name}: {words.number(score)}"
    return element("circle", element("title", label), cx=x, cy=y, r=radius, class_=name)


def _code(axis: _Axis) -> Markup:
    x, y = on_circle(CENTRE, CODES, axis.angle)
    name = "code" if axis.point.score is not None else "code code-missing"
    title = element("title", axis.point.name)
    return element("text", title, axis.point.code, x=x, y=y, class_=name, dy="0.35em", text_anchor="middle")
