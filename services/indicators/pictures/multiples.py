"""A community's scorecard as small multiples: a panel an interface, a bar an indicator, as long as its percentile."""

from collections.abc import Iterator

from services.indicators.pictures.drawing import (
    BUOY,
    HARBOUR,
    LINE,
    MARGIN,
    MIST,
    MUTED,
    WIDTH,
    Language,
    element,
    label,
    picture,
)  # fmt: skip
from services.indicators.schemas import InterfaceOut, ScorecardOut

COLUMNS = 3
GAP, HEAD, ROW, TOP = 20.0, 46.0, 18.0, 84.0
PANEL = (WIDTH - 2 * MARGIN - GAP * (COLUMNS - 1)) / COLUMNS
CODE = 56.0


def draw_multiples(found: ScorecardOut, interfaces: dict[str, list[str]], name: str, language: Language) -> bytes:
    """`interfaces`: the indicators of each. Bars end at 100, the best of the peers; a grey bar has no place."""
    most = max(len(codes) for codes in interfaces.values())
    tall = HEAD + ROW * most + GAP
    rows = -(-len(found.interfaces) // COLUMNS)
    body: list[str] = [label(language.say("percentile"), MARGIN, 54, font_size=13, fill=MUTED)]
    for place, interface in enumerate(found.interfaces):
        x = MARGIN + (place % COLUMNS) * (PANEL + GAP)
        y = TOP + (place // COLUMNS) * tall
        body += _panel(found, interface, interfaces[interface.code], x, y, language)
    title = f"{name}, {found.period}: {language.say('multiples').lower()}"
    return picture(
        title, describe_multiples(found, language), body, height=TOP + rows * tall, demo=found.demo, language=language
    )


def describe_multiples(found: ScorecardOut, language: Language) -> str:
    said = []
    for one in found.interfaces:
        value = "–" if one.index is None else language.number(one.index)
        said.append(f"{one.name}. {language.say('index', value=value, have=one.have, total=one.total)}")
    return " ".join(said)


def _panel(
    found: ScorecardOut, interface: InterfaceOut, codes: list[str], x: float, y: float, language: Language
) -> Iterator[str]:
    places = {sheet.indicator: sheet.community for sheet in found.indicators}
    yield element("line", x1=x, x2=x + PANEL, y1=y, y2=y, stroke=HARBOUR, stroke_width=2)
    yield label(interface.name[:32], x, y + 18, font_size=13, font_weight="600")
    index = "–" if interface.index is None else language.number(interface.index)
    yield label(index, x + PANEL, y + 18, font_size=14, font_weight="600", text_anchor="end")
    yield label(f"{interface.have}/{interface.total}", x + PANEL, y + 34, font_size=11, fill=MUTED, text_anchor="end")
    left, wide = x + CODE, PANEL - CODE
    for place, code in enumerate(codes):
        top = y + HEAD + place * ROW
        yield label(code, x, top + 10, font_size=11, fill=MUTED)
        yield element("rect", x=left, y=top, width=wide, height=11, fill=MIST, stroke=LINE, stroke_width=0.5)
        own = places.get(code)
        if own is not None and own.percentile_rank is not None:
            yield element("rect", x=left, y=top, width=wide * own.percentile_rank / 100, height=11, fill=BUOY)
    middle = left + wide / 2
    bottom = y + HEAD + len(codes) * ROW - 4
    yield element("line", x1=middle, x2=middle, y1=y + HEAD - 4, y2=bottom, stroke=HARBOUR, stroke_dasharray="2 2")
