"""The Reference Model as a picture: pillars as stacks on a quay, points as the boxes of a stack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from services.portal.charts.drawing import Point, element, picture
from services.portal.charts.profile import Band, Profile, ProfilePoint, band_of, described, usual_bands
from services.portal.translations import Translations

COLUMN, BOX, SPACE, HEAD, QUAY = 132.0, 62.0, 6.0, 34.0, 34.0


def model_picture(profile: Profile, words: Translations) -> Markup:
    """One box a point, labelled by its code and linked when it has an address; names belong in `model_list` beside it.

    With scores, the boxes take the ramp of maturity levels; without, they are plain. Pillars may differ in height.
    """
    bands = profile.bands or usual_bands(words)
    rows = max((len(pillar.points) for pillar in profile.pillars), default=0)
    width = COLUMN * max(1, len(profile.pillars))
    ground = HEAD + rows * (BOX + SPACE)
    scored = any(point.score is not None for point in profile.points)
    body: list[Markup] = []
    for place, pillar in enumerate(profile.pillars):
        left = place * COLUMN
        for height, point in enumerate(pillar.points):
            top = ground - (height + 1) * (BOX + SPACE) + SPACE
            body.append(_box(point, (left + 6, top), bands, scored, words))
        head = ground - len(pillar.points) * (BOX + SPACE) - 8
        title, middle = element("title", pillar.name), left + COLUMN / 2
        body.append(element("text", title, pillar.code, x=middle, y=head, text_anchor="middle", class_="model-pillar"))
    body += _quay(width, ground)
    description = described(profile, words) if scored else _plain(profile, words)
    return picture(
        profile.id, profile.title, description, *body, width=width, height=ground + QUAY, class_="model", role="group"
    )


def _plain(profile: Profile, words: Translations) -> str:
    points = len(profile.points)
    pillars = len(profile.pillars)
    said = words.ngettext("%(n)s pilar", "%(n)s pilares", pillars) % {"n": pillars}
    return f"{said}, " + words.ngettext("%(n)s punto", "%(n)s puntos", points) % {"n": points} + "."


def _box(point: ProfilePoint, corner: Point, bands: Sequence[Band], scored: bool, words: Translations) -> Markup:
    (x, y), width = corner, COLUMN - 12
    band = band_of(point.score, bands)
    ramp = f"ramp-fill-{band.level}" if band else "box-none" if scored else "box-plain"
    ink = f"ramp-text-{band.level}" if band else "box-text"
    middle = x + width / 2
    ribs = [x + width * part for part in (0.08, 0.92)]
    label = f"{point.code} {point.name}" + (f": {words.number(point.score)}" if point.score is not None else "")
    body = [
        element("title", label),
        element("rect", x=x, y=y, width=width, height=BOX, class_=f"box {ramp}"),
        *(element("line", x1=rib, x2=rib, y1=y + 8, y2=y + BOX - 8, class_=f"box-rib {ink}-line") for rib in ribs),
        element("text", point.code, x=middle, y=y + (BOX / 2 - 2 if point.score is not None else BOX / 2 + 8),
                text_anchor="middle", class_=f"box-code {ink}"),
    ]  # fmt: skip
    if point.score is not None:
        score, below = words.number(point.score), y + BOX / 2 + 20
        body.append(element("text", score, x=middle, y=below, text_anchor="middle", class_=f"box-score {ink}"))
    if point.href:
        return element("a", *body, href=point.href, class_="box-link", aria_label=label)
    return element("g", *body)


def _quay(width: float, ground: float) -> Iterator[Markup]:
    yield element("line", x1=0.0, x2=width, y1=ground + 3, y2=ground + 3, class_="quay")
    wave = "q8 -7 16 0t16 0" * (int(width // 32) + 1)
    yield element("path", d=f"M0 {ground + 22:.0f}{wave}", class_="water")


def model_list(profile: Profile, words: Translations) -> Markup:
    """The same with names, to be read: pillars and, under each, its points."""
    pillars = [
        element(
            "li",
            element(
                "p",
                element("span", pillar.code, class_="bars-code"),
                element("span", pillar.name),
                class_="model-list-pillar",
            ),
            element("ol", *(element("li", *_entry(point, words)) for point in pillar.points)),
        )
        for pillar in profile.pillars
    ]
    return element("ol", *pillars, class_="model-list")


def _entry(point: ProfilePoint, words: Translations) -> Iterator[str]:
    yield element("span", point.code, class_="bars-code")
    yield " "
    yield element("a", point.name, href=point.href) if point.href else point.name
    if point.score is not None:
        yield element("span", words.number(point.score), class_="model-list-score")
