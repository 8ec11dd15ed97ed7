"""Index scores of many ports as one strip: the Network's stand out among the region's, the world's are hollow."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from services.portal.charts.drawing import anchor, element
from services.portal.translations import Translations

HEIGHT = 112
LANES = {"network": 34, "region": 58, "world": 82}


@dataclass(frozen=True)
class RankedPort:
    """A port of a reference series. `lane` says whose: of the Network, else of the region, else elsewhere."""

    name: str
    score: float
    lane: str
    marked: bool = False


@dataclass(frozen=True)
class Scale:
    """The ends of the axis; zero is always on it."""

    low: float
    high: float

    @classmethod
    def of(cls, scores: Sequence[float]) -> "Scale":
        low, high = min([0.0, *scores]), max([0.0, *scores])
        room = (high - low) * 0.03 or 1.0
        return cls(low - room, high + room)

    def share(self, value: float) -> float:
        return (value - self.low) / (self.high - self.low)


def strip_of_ports(key: str, title: str, ports: Sequence[RankedPort], words: Translations) -> Markup:
    """Three lanes on one axis, higher scores at the right; the marked port is labelled. The table holds every value."""
    scale = Scale.of([port.score for port in ports])
    lanes = [lane for lane in LANES if any(port.lane == lane for port in ports)]
    at = {lane: 30 + 24 * place for place, lane in enumerate(lanes)}
    floor = 30 + 24 * len(lanes) - 6

    def x(value: float) -> str:
        return f"{2 + 96 * scale.share(value):.2f}%"

    ticks = _ticks(scale)
    body = [
        *(element("line", x1=x(tick), x2=x(tick), y1="16", y2=f"{floor}", class_="rank-grid" if tick else "rank-zero")
          for tick in ticks),
        *(element("text", words.number(tick, 0), x=x(tick), y=f"{floor + 18}", text_anchor=anchor(scale.share(tick)),
                  class_="strip-end") for tick in ticks),
        *(_dot(port, x(port.score), at[port.lane], words) for port in sorted(ports, key=lambda port: port.marked)),
        *(_label(port, x(port.score), scale.share(port.score), words) for port in ports if port.marked),
    ]  # fmt: skip
    described = words.gettext(
        "Puntajes de %(n)s puertos, de %(low)s a %(high)s; más es mejor. La tabla tiene cada valor."
    )
    scores = [port.score for port in ports]
    said = described % {"n": len(ports), "low": words.number(min(scores)), "high": words.number(max(scores))}
    return element(
        "svg",
        element("title", title, id=f"{key}-title"),
        element("desc", said, id=f"{key}-desc"),
        *body,
        xmlns="http://www.w3.org/2000/svg", class_="chart rank-strip", width="100%", height=f"{floor + 26}", role="img",
        aria_labelledby=f"{key}-title", aria_describedby=f"{key}-desc",
    )  # fmt: skip


def _ticks(scale: Scale) -> list[float]:
    step = next(one for one in (10, 20, 25, 50, 100, 200, 500) if (scale.high - scale.low) / one <= 7 or one == 500)
    first = int(scale.low // step) + 1
    return [float(step * i) for i in range(first, int(scale.high // step) + 1)]


def _dot(port: RankedPort, x: str, y: int, words: Translations) -> Markup:
    title = element("title", f"{port.name}: {words.number(port.score)}")
    name = "rank-dot rank-marked" if port.marked else f"rank-dot rank-{port.lane}"
    return element("circle", title, cx=x, cy=f"{y}", r="7" if port.marked else "4.5", class_=name)


def _label(port: RankedPort, x: str, share: float, words: Translations) -> Markup:
    label = f"{port.name} {words.number(port.score)}"
    return element("text", label, x=x, y="12", text_anchor=anchor(share), class_="strip-label")


def legend_of_lanes(labels: Sequence[tuple[str, str]]) -> Markup:
    """The key: (lane, label), in the order of the lanes."""
    items = []
    for lane, label in labels:
        dot = element("circle", cx="12", cy="7", r="4.5", class_=f"rank-dot rank-{lane}")
        sign = element(
            "svg", dot, class_="chart legend-sign", viewBox="0 0 24 14", width="24", height="14", aria_hidden="true"
        )
        items.append(element("li", sign, label))
    return element("ul", *items, class_="legend")


def score_bar(score: float, scale: Scale, lane: str) -> Markup:
    """A bar from zero to the score, for a cell of the table."""
    zero, end = sorted((scale.share(0), scale.share(score)))
    middle = f"{100 * scale.share(0):.2f}%"
    return element(
        "svg",
        element("rect", x=f"{100 * zero:.2f}%", width=f"{max(0.5, 100 * (end - zero)):.2f}%", y="4", height="12",
                class_=f"rank-bar rank-{lane}"),
        element("line", x1=middle, x2=middle, y1="0", y2="20", class_="rank-zero"),
        class_="chart rank-bar-picture", width="100%", height="20", aria_hidden="true",
    )  # fmt: skip
