"""Where a community stands among its peers on one indicator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from services.portal.charts.drawing import anchor, element
from services.portal.translations import N_, Translations

Polarity = Literal["higher", "lower", "target_band"]
HEIGHT = 104
TRACK = 40  # where the strip lies

BEST: dict[Polarity, str] = {
    "higher": N_("mejor: más"),
    "lower": N_("mejor: menos"),
    "target_band": N_("mejor: dentro de la franja marcada"),
}


@dataclass(frozen=True)
class QuartileStrip:
    """`quartiles` are the peers' q1, median and q3, `None` when too few contribute; `n` says how many, as text.

    `scale` fixes both ends (so that strips can be compared), else they follow from what is drawn.
    """

    id: str
    title: str
    unit: str
    polarity: Polarity
    n: str
    quartiles: tuple[float, float, float] | None = None
    own: float | None = None
    own_label: str = ""
    target_band: tuple[float, float] | None = None
    scale: tuple[float, float] | None = None
    decimals: int = 1


def quartile_strip(data: QuartileStrip, words: Translations) -> Markup:
    """The peers' middle half as a bar, their median as a tick, the own value as a labelled dot.

    The best end is always at the right, so with polarity `lower` the numbers fall from left to right; with a target
    band the axis rises and the band is drawn. The picture is as wide as its place, its text keeps its size.
    """
    return element(
        "svg",
        element("title", data.title, id=f"{data.id}-title"),
        element("desc", described(data, words), id=f"{data.id}-desc"),
        *_body(data, words),
        xmlns="http://www.w3.org/2000/svg",
        class_="chart strip",
        width="100%",
        height=f"{HEIGHT}",
        role="img",
        aria_labelledby=f"{data.id}-title",
        aria_describedby=f"{data.id}-desc",
    )


def described(data: QuartileStrip, words: Translations) -> str:
    """The strip in words."""
    said = [_best(data, words)]
    if data.quartiles is None:
        few = words.gettext("Contribuyen %(n)s comunidades: muy pocas para mostrar la comparación.")
        said.append(few % {"n": data.n})
    else:
        q1, median, q3 = (words.number(value, data.decimals) for value in data.quartiles)
        said.append(
            words.gettext("La mitad central de %(n)s comunidades va de %(q1)s a %(q3)s; mediana %(median)s %(unit)s.")
            % {"n": data.n, "q1": q1, "q3": q3, "median": median, "unit": data.unit}
        )
    if data.own is None:
        said.append(words.gettext("Sin valor propio."))
    else:
        said.append(f"{data.own_label}: {words.number(data.own, data.decimals)} {data.unit}.")
    return " ".join(said)


def _best(data: QuartileStrip, words: Translations) -> str:
    if data.polarity == "target_band" and data.target_band is not None:
        low, high = (words.number(value, 0) for value in data.target_band)
        return words.gettext("Lo mejor está entre %(low)s y %(high)s %(unit)s.") % {
            "low": low,
            "high": high,
            "unit": data.unit,
        }
    if data.polarity == "lower":
        return words.gettext("Lo mejor está a la derecha: menos es mejor.")
    return words.gettext("Lo mejor está a la derecha: más es mejor.")


def ends(data: QuartileStrip) -> tuple[float, float]:
    """Lower and upper end of the axis."""
    if data.scale is not None:
        return data.scale
    seen = [*(data.quartiles or ()), *(data.target_band or ())]
    if data.own is not None:
        seen.append(data.own)
    if not seen:
        return 0.0, 1.0
    low, high = min(seen), max(seen)
    room = (high - low) * 0.15 or abs(high) * 0.15 or 1.0
    return (max(0.0, low - room) if low >= 0 else low - room), high + room


def _body(data: QuartileStrip, words: Translations) -> Iterator[Markup]:
    low, high = ends(data)

    def share(value: float) -> float:
        part = 0.5 if high == low else max(0.0, min(1.0, (value - low) / (high - low)))
        return 1 - part if data.polarity == "lower" else part

    def at(value: float) -> str:
        return f"{2 + 96 * share(value):.2f}%"

    def block(first: float, second: float, top: int, height: int, name: str) -> Markup:
        left, right = sorted((share(first), share(second)))
        return element(
            "rect",
            x=f"{2 + 96 * left:.2f}%",
            width=f"{max(0.4, 96 * (right - left)):.2f}%",
            y=f"{top}",
            height=f"{height}",
            class_=name,
        )

    if data.target_band is not None:
        yield block(*data.target_band, TRACK - 15, 30, "strip-target")
    yield element("line", x1="2%", x2="98%", y1=f"{TRACK}", y2=f"{TRACK}", class_="strip-track")
    if data.quartiles is not None:
        q1, median, q3 = data.quartiles
        yield block(q1, q3, TRACK - 9, 18, "strip-half")
        x = at(median)
        yield element("line", x1=x, x2=x, y1=f"{TRACK - 14}", y2=f"{TRACK + 14}", class_="strip-median")
        label = words.gettext("mediana %(value)s") % {"value": words.number(median, data.decimals)}
        yield element("text", label, x=x, y=f"{TRACK + 32}", text_anchor=anchor(share(median)), class_="strip-note")
    if data.own is not None:
        x = at(data.own)
        label = f"{data.own_label} {words.number(data.own, data.decimals)} {data.unit}".strip()
        yield element("circle", cx=x, cy=f"{TRACK}", r="7", class_="strip-own")
        yield element("text", label, x=x, y=f"{TRACK - 22}", text_anchor=anchor(share(data.own)), class_="strip-label")
    left, right = (high, low) if data.polarity == "lower" else (low, high)
    y = f"{HEIGHT - 8}"
    yield element("text", words.number(left, data.decimals), x="2%", y=y, text_anchor="start", class_="strip-end")
    if data.target_band is not None:
        middle = sum(data.target_band) / 2
        x, stand = at(middle), anchor(share(middle))
        inside = BEST["target_band"]
        yield element("text", words.gettext(inside), x=x, y=y, text_anchor=stand, class_="strip-best")
        best = words.number(right, data.decimals)
    else:
        best = f"{words.gettext(BEST[data.polarity])} · {words.number(right, data.decimals)}"
    yield element("text", best, x="98%", y=y, text_anchor="end", class_="strip-end")
