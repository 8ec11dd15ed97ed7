"""Pictures over periods: a value within the band of its peers, and places that rise and fall."""

from collections.abc import Iterator, Mapping, Sequence

from services.indicators.pictures.drawing import (
    BAND,
    BUOY,
    HARBOUR,
    LINE,
    MARGIN,
    MUTED,
    WIDTH,
    Language,
    Point,
    Scale,
    element,
    label,
    line_through,
    picture,
    runs,
    ticks,
)  # fmt: skip
from services.indicators.schemas import TrendOut
from services.indicators.schemas_of_comparisons import RanksOut

HEIGHT = 380.0
LEFT, TOP, BOTTOM = 76.0, 72.0, HEIGHT - 56.0
MOST_LABELS = 8


def draw_trend(found: TrendOut, title: str, unit: str, own_name: str, language: Language) -> bytes:
    """The peers' middle half as a band, their median as a thin line, one's own values as a thick one."""
    said = describe_trend(found, unit, own_name, language)
    body = _trend(found, own_name, language)
    head = label(said, MARGIN, 52, font_size=13, fill=MUTED)
    return picture(title, said, [head, *body], height=HEIGHT, demo=found.demo, language=language)


def describe_trend(found: TrendOut, unit: str, own_name: str, language: Language) -> str:
    said = []
    known = [(point.period, point.value) for point in found.points if point.value is not None]
    for period, value in known[-1:] if known else []:
        said.append(language.say("own", name=f"{own_name} {period}", value=language.number(value), unit=unit) + ".")
    if found.slope is not None and found.p_value is not None:
        slope, p = language.number(found.slope, 3), language.number(found.p_value, 3)
        said.append(language.say("slope", slope=slope, unit=unit, p=p))
    if any(point.peers.quartiles for point in found.points):
        said.append(f"{language.say('peers').capitalize()}.")
    return " ".join(said) or language.say("none")


def _trend(found: TrendOut, own_name: str, language: Language) -> Iterator[str]:
    values = [point.value for point in found.points]
    quartiles = [point.peers.quartiles for point in found.points]
    seen = [value for value in values if value is not None] + [one for three in quartiles if three for one in three]
    scale = Scale.around(seen, BOTTOM, TOP)
    xs = _columns(len(found.points))
    yield from _grid(scale, language)
    yield from _periods([point.period for point in found.points], xs)
    for run in runs([three is not None for three in quartiles]):
        lows: list[Point] = []
        middles: list[Point] = []
        highs: list[Point] = []
        for place in run:
            q1, median, q3 = quartiles[place] or (0.0, 0.0, 0.0)
            lows.append((xs[place], scale.at(q1)))
            middles.append((xs[place], scale.at(median)))
            highs.append((xs[place], scale.at(q3)))
        if len(run) == 1:
            (x, top), (_, bottom) = highs[0], lows[0]
            yield element("rect", x=x - 6, width=12, y=min(top, bottom), height=abs(bottom - top) or 1, fill=BAND)
        yield element("path", d=line_through([*highs, *reversed(lows)], closed=True), fill=BAND, fill_opacity="0.7")
        yield element("path", d=line_through(middles), fill="none", stroke=HARBOUR, stroke_width=1.5)
    for run in runs([value is not None for value in values]):
        points = [(xs[place], scale.at(values[place] or 0.0)) for place in run]
        yield element("path", d=line_through(points), fill="none", stroke=BUOY, stroke_width=3)
        for x, y in points:
            yield element("circle", cx=x, cy=y, r=3.5, fill=BUOY)
    if any(value is not None for value in values):
        yield label(
            own_name, WIDTH - MARGIN, HEIGHT - 10, font_size=13, fill=BUOY, text_anchor="end", font_weight="600"
        )
    yield label(language.say("peers"), LEFT, HEIGHT - 10, font_size=13, fill=HARBOUR)


def draw_ranks(found: RanksOut, title: str, names: Mapping[str, str], language: Language) -> bytes:
    """A line a community through its places, the best at the top; the one asked for stands out."""
    body = list(_ranks(found, names, language))
    said = describe_ranks(found, names, language)
    head = label(language.say("rank"), MARGIN, 52, font_size=13, fill=MUTED)
    return picture(title, said, [head, *body], height=HEIGHT, demo=found.demo, language=language)


def describe_ranks(found: RanksOut, names: Mapping[str, str], language: Language) -> str:
    said = []
    for point in found.points:
        for place in point.communities:
            if place.code == found.community:
                ranked = language.say("of", rank=place.rank, n=point.n)
                said.append(f"{point.period}: {names.get(place.code, place.code)} {ranked}.")
    return " ".join(said) or language.say("none")


def _ranks(found: RanksOut, names: Mapping[str, str], language: Language) -> Iterator[str]:
    lowest = max((point.n for point in found.points if isinstance(point.n, int)), default=1)
    scale = Scale(1.0, float(max(lowest, 2)), TOP + 8, BOTTOM - 8)
    right = WIDTH - 170
    xs = _columns(len(found.points), right)
    yield from _periods([point.period for point in found.points], xs)
    for rank in sorted({1, *range(5, lowest + 1, 5), lowest}):
        y = scale.at(rank)
        yield element("line", x1=LEFT, x2=right, y1=y, y2=y, stroke=LINE)
        yield label(language.number(rank, 0), LEFT - 10, y + 5, font_size=12, fill=MUTED, text_anchor="end")
    codes = sorted({place.code for point in found.points for place in point.communities})
    for code in sorted(codes, key=lambda one: one == found.community):
        ranks = [
            next((place.rank for place in point.communities if place.code == code), None) for point in found.points
        ]
        colour, width = (BUOY, 4.0) if code == found.community else (HARBOUR, 1.5)
        for run in runs([rank is not None for rank in ranks]):
            points = [(xs[place], scale.at(ranks[place] or 1)) for place in run]
            yield element("path", d=line_through(points), fill="none", stroke=colour, stroke_width=width)
            for x, y in points:
                yield element("circle", cx=x, cy=y, r=width + 1, fill=colour)
        last = max((place for place, rank in enumerate(ranks) if rank is not None), default=None)
        if last is not None and last == len(ranks) - 1:
            y = scale.at(ranks[last] or 1) + 5
            yield label(names.get(code, code)[:24], xs[last] + 12, y, font_size=12, fill=colour)


def _columns(count: int, right: float = WIDTH - MARGIN) -> list[float]:
    step = (right - LEFT) / max(1, count - 1)
    return [LEFT + step * place if count > 1 else (LEFT + right) / 2 for place in range(count)]


def _grid(scale: Scale, language: Language) -> Iterator[str]:
    for tick in ticks(scale):
        y = scale.at(tick)
        yield element("line", x1=LEFT, x2=WIDTH - MARGIN, y1=y, y2=y, stroke=LINE)
        yield label(language.number(tick, 3), LEFT - 10, y + 5, font_size=12, fill=MUTED, text_anchor="end")


def _periods(periods: Sequence[str], xs: Sequence[float]) -> Iterator[str]:
    step = -(-len(periods) // MOST_LABELS) or 1
    for place, period in enumerate(periods):
        if place % step == 0:
            is_at_edge = xs[place] > WIDTH - 2 * MARGIN
            yield label(
                period, xs[place], BOTTOM + 22, font_size=12, fill=MUTED, text_anchor="end" if is_at_edge else "middle"
            )
