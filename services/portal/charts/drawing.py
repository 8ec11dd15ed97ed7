"""What the pictures have in common: elements with escaped text, short numbers, titles and descriptions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from markupsafe import Markup, escape

Value = TypeVar("Value")
Point = tuple[float, float]


def short(value: float) -> str:
    """A coordinate with at most one decimal."""
    text = f"{value:.1f}"
    return "0" if text == "-0.0" else text.removesuffix(".0")


def element(tag: str, *content: str, **attributes: str | float | None) -> Markup:
    """`<tag …>content</tag>`; `class_` and `aria_label` become `class` and `aria-label`, `None` is left out.

    Content that isn't `Markup` is escaped, and so are attributes.
    """
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value if isinstance(value, str) else short(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    inner = Markup("").join(content)
    return Markup(f"<{tag}{written}>{inner}</{tag}>")  # noqa: S704  escaped above


def picture(
    key: str,
    title: str,
    description: str,
    *body: Markup,
    width: float,
    height: float,
    class_: str,
    role: str = "img",
) -> Markup:
    """An SVG that scales, named by its title and told by its description; `key` begins the ids within it."""
    return element(
        "svg",
        element("title", title, id=f"{key}-title"),
        element("desc", description, id=f"{key}-desc"),
        *body,
        xmlns="http://www.w3.org/2000/svg",
        class_=f"chart {class_}",
        viewBox=f"0 0 {short(width)} {short(height)}",
        role=role,
        aria_labelledby=f"{key}-title",
        aria_describedby=f"{key}-desc",
    )


def line_through(points: Iterable[Point], *, closed: bool = False) -> str:
    """Path data."""
    return "M" + "L".join(f"{short(x)} {short(y)}" for x, y in points) + ("Z" if closed else "")


def runs(values: Sequence[Value | None], *, around: bool = False) -> Iterator[list[int]]:
    """Indices of neighbours that have a value, gap by gap; `around` joins the last to the first.

    >>> list(runs([1, None, 2, 3], around=True))
    [[2, 3, 0]]
    """
    found: list[list[int]] = []
    for index, value in enumerate(values):
        if value is None:
            continue
        if found and found[-1][-1] == index - 1:
            found[-1].append(index)
        else:
            found.append([index])
    if around and len(found) > 1 and found[0][0] == 0 and found[-1][-1] == len(values) - 1:
        found[-1] += found.pop(0)
    yield from found


def on_circle(centre: Point, radius: float, angle: float) -> Point:
    """The point at an angle in degrees, clockwise from the top."""
    turn = math.radians(angle - 90)
    return centre[0] + radius * math.cos(turn), centre[1] + radius * math.sin(turn)


def anchor(share: float) -> str:
    """How a label stands at a place between 0 and 1, so that it isn't cut at an edge."""
    return "start" if share < 0.2 else "end" if share > 0.8 else "middle"
