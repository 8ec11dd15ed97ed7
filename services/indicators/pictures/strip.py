"""A community among its peers: the middle half as a bar, the median as a tick, one's own value as a dot."""

from collections.abc import Iterator

from services.indicators.pictures.drawing import (
    BUOY,
    HARBOUR,
    INK,
    LINE,
    MARGIN,
    MIDDLE,
    MIST,
    MUTED,
    WIDTH,
    Language,
    Scale,
    anchor,
    element,
    label,
    picture,
)  # fmt: skip
from services.indicators.schemas import BenchmarkOut

HEIGHT = 190.0
TRACK = 104.0
Band = tuple[float, float] | None


def draw_strip(found: BenchmarkOut, band: Band, own_name: str, language: Language) -> bytes:
    """The strip of one benchmark. The best end is at the right; the numbers fall when less is better."""
    return picture(
        f"{found.name}, {found.period}", describe_strip(found, own_name, language),
        _body(found, band, own_name, language), height=HEIGHT, demo=found.demo, language=language,
    )  # fmt: skip


def describe_strip(found: BenchmarkOut, own_name: str, language: Language) -> str:
    said = []
    if found.quartiles is None:
        said.append(language.say("few"))
    else:
        q1, median, q3 = (language.number(value) for value in found.quartiles)
        said.append(language.say("half", n=found.n, q1=q1, median=median, q3=q3, unit=found.unit))
    if found.community is not None:
        said.append(language.say("own", name=own_name, value=language.number(found.community.value), unit=found.unit))
    return " ".join(said)


def _body(found: BenchmarkOut, band: Band, own_name: str, language: Language) -> Iterator[str]:
    own = found.community.value if found.community is not None else None
    seen = [*(found.quartiles or []), *(band or ()), *([own] if own is not None else [])]
    scale = Scale.around(seen, MARGIN, WIDTH - MARGIN, falls=found.polarity == "lower")
    yield label(describe_strip(found, own_name, language), MARGIN, 52, font_size=13, fill=MUTED)
    if band is not None:
        left, right = sorted((scale.at(band[0]), scale.at(band[1])))
        yield element("rect", x=left, width=right - left, y=TRACK - 24, height=48, fill=MIST, stroke=LINE)
        yield label(
            language.say("target"), (left + right) / 2, TRACK + 64, font_size=12, fill=MUTED, text_anchor="middle"
        )
    yield element("line", x1=MARGIN, x2=WIDTH - MARGIN, y1=TRACK, y2=TRACK, stroke=LINE, stroke_width=2)
    if found.quartiles is not None:
        q1, median, q3 = found.quartiles
        left, right = sorted((scale.at(q1), scale.at(q3)))
        yield element("rect", x=left, width=max(2, right - left), y=TRACK - 12, height=24, fill=MIDDLE)
        x = scale.at(median)
        yield element("line", x1=x, x2=x, y1=TRACK - 18, y2=TRACK + 18, stroke=HARBOUR, stroke_width=3)
        said = f"{language.say('median')} {language.number(median)} {found.unit}"
        yield label(said, x, TRACK + 38, font_size=13, text_anchor=anchor(x))
    if own is not None:
        x = scale.at(own)
        yield element("circle", cx=x, cy=TRACK, r=8, fill=BUOY, stroke="#ffffff", stroke_width=2)
        yield label(
            f"{own_name} {language.number(own)} {found.unit}", x, TRACK - 26, font_weight="600", fill=BUOY,
            text_anchor=anchor(x),
        )  # fmt: skip
    yield from _ends(scale, found, language)


def _ends(scale: Scale, found: BenchmarkOut, language: Language) -> Iterator[str]:
    left, right = (scale.high, scale.low) if scale.falls else (scale.low, scale.high)
    y = HEIGHT - 12
    yield label(language.number(left), MARGIN, y, font_size=12, fill=MUTED)
    said = language.number(right)
    if found.polarity != "target_band":
        said = f"{language.say('best_less' if scale.falls else 'best_more')} · {said}"
    yield label(said, WIDTH - MARGIN, y, font_size=12, fill=INK, text_anchor="end")
