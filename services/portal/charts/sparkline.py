"""A line the size of a word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from services.portal.charts.drawing import Point, element, line_through, runs
from services.portal.translations import Translations

WIDTH, HEIGHT, EDGE = 120.0, 32.0, 5.0


@dataclass(frozen=True)
class Sparkline:
    """Values in order of time; `None` leaves a gap. `low` and `high` fix the scale (else that of the values)."""

    title: str
    values: tuple[float | None, ...]
    periods: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    decimals: int = 1


def sparkline(data: Sparkline, words: Translations) -> Markup:
    """The line with its last value marked; what it shows is said in its description."""
    return element(
        "svg",
        element("title", data.title),
        element("desc", _described(data, words)),
        *_body(data),
        xmlns="http://www.w3.org/2000/svg",
        class_="chart sparkline",
        viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}",
        width="120",
        height="32",
        role="img",
        aria_label=f"{data.title}. {_described(data, words)}",
    )


def _described(data: Sparkline, words: Translations) -> str:
    known = [(i, value) for i, value in enumerate(data.values) if value is not None]
    if not known:
        return words.gettext("Sin datos.")
    (first, start), (last, end) = known[0], known[-1]

    def when(i: int) -> str:
        return f" ({words.period(data.periods[i])})" if i < len(data.periods) else ""

    if len(known) == 1:
        return words.gettext("%(value)s.") % {"value": words.number(end, data.decimals) + when(last)}
    return words.gettext("De %(start)s a %(end)s.") % {
        "start": words.number(start, data.decimals) + when(first),
        "end": words.number(end, data.decimals) + when(last),
    }


def _body(data: Sparkline) -> Iterator[Markup]:
    known = [value for value in data.values if value is not None]
    if not known:
        return
    low = min(known) if data.low is None else data.low
    high = max(known) if data.high is None else data.high
    span = high - low
    step = (WIDTH - 2 * EDGE) / max(1, len(data.values) - 1)

    def at(i: int, value: float) -> Point:
        share = 0.5 if span == 0 else (value - low) / span
        return EDGE + i * step, HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * max(0.0, min(1.0, share))

    for run in runs(data.values):
        points = [at(i, value) for i in run if (value := data.values[i]) is not None]
        if len(points) > 1:
            yield element("path", d=line_through(points), class_="own-line")
        else:
            yield element("circle", cx=points[0][0], cy=points[0][1], r=1.8, class_="own-dot")
    last = max(i for i, value in enumerate(data.values) if value is not None)
    value = data.values[last]
    if value is not None:
        x, y = at(last, value)
        yield element("circle", cx=x, cy=y, r=3.5, class_="own-dot")
