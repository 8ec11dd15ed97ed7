"""The profile as horizontal bars in a table: the radar's data, and what a phone shows first."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from services.portal.charts.drawing import element
from services.portal.charts.profile import Band, Profile, ProfilePillar, ProfilePoint, band_of, usual_bands
from services.portal.translations import NO_VALUE, Translations


def bars(profile: Profile, words: Translations) -> Markup:
    """A table: point, bar on the ramp of maturity levels, score and level; last year and peers where there are any."""
    bands = profile.bands or usual_bands(words)
    points = profile.points
    with_previous = any(point.previous is not None for point in points)
    with_peers = any(point.median is not None for point in points)
    heads = [words.gettext("Punto"), words.gettext("Resultado, de 0 a 100"), profile.year, words.gettext("Nivel")]
    if with_previous:
        heads.append(profile.previous_year or words.gettext("Año anterior"))
    if with_peers:
        heads.append(words.gettext("Mediana"))
    groups = [_group(pillar, bands, heads, (with_previous, with_peers), words) for pillar in profile.pillars]
    return element(
        "table",
        element("caption", profile.title, class_="table-caption hidden"),
        element("thead", element("tr", *_heads(heads), role="row"), role="rowgroup"),
        *groups,
        class_="table bars",
        id=f"{profile.id}-table",
        role="table",
    )


def _heads(heads: list[str]) -> Iterator[Markup]:
    for place, head in enumerate(heads):
        numeric = "numeric" if place in (2, 4, 5) else None
        yield element("th", head, scope="col", role="columnheader", class_=numeric)


def _group(
    pillar: ProfilePillar,
    bands: tuple[Band, ...],
    heads: list[str],
    series: tuple[bool, bool],
    words: Translations,
) -> Markup:
    with_previous, with_peers = series
    title: list[str] = [f"{pillar.code} {pillar.name}"]
    if pillar.score is not None:
        title.append(element("span", words.number(pillar.score), class_="bars-pillar-score"))
    name = element("th", *title, colspan=float(len(heads)), scope="rowgroup", role="rowheader", class_="bars-pillar")
    rows = [element("tr", name, role="row")]
    for point in pillar.points:
        cells = [
            element("th", *_name(point), scope="row", role="rowheader", class_="bars-name"),
            element("td", _bar(point, bands), role="cell", class_="bars-bar"),
            _number(point.score, heads[2], words),
            element("td", _level(band_of(point.score, bands), words), role="cell", data_label=heads[3]),
        ]
        if with_previous:
            cells.append(_number(point.previous, heads[4], words))
        if with_peers:
            cells.append(_number(point.median, heads[-1], words))
        rows.append(element("tr", *cells, role="row"))
    return element("tbody", *rows, role="rowgroup")


def _name(point: ProfilePoint) -> tuple[str, ...]:
    code = element("span", point.code, class_="bars-code")
    return code, element("a", point.name, href=point.href) if point.href else element("span", point.name)


def _number(value: float | None, label: str, words: Translations) -> Markup:
    if value is None:
        content = element("span", NO_VALUE, aria_hidden="true") + element(
            "span", words.gettext("sin dato"), class_="hidden"
        )
    else:
        content = Markup.escape(words.number(value))
    return element("td", content, role="cell", class_="numeric", data_label=label)


def _level(band: Band | None, words: Translations) -> Markup:
    if band is None:
        missing = element("span", words.gettext("Sin nivel"), class_="hidden")
        dash = element("span", NO_VALUE, aria_hidden="true")
        return element("span", dash, missing, class_="level-chip level-chip-none")
    word = element("span", f" {band.label}", class_="hidden")
    return element("span", f"{band.level}", word, class_=f"level-chip ramp-{band.level}", title=band.label)


def _percent(value: float) -> str:
    return f"{max(0.0, min(100.0, value)):.2f}%"


def _bar(point: ProfilePoint, bands: tuple[Band, ...]) -> Markup:
    body = [element("rect", x="0", y="4", width="100%", height="14", class_="bar-track")]
    band = band_of(point.score, bands)
    if band is not None and point.score is not None:
        width = _percent(point.score)
        body.append(element("rect", x="0", y="4", width=width, height="14", class_=f"bar ramp-fill-{band.level}"))
    if point.low is not None and point.high is not None:
        x, width = _percent(point.low), _percent(point.high - point.low)
        body.append(element("rect", x=x, y="19", width=width, height="3", class_="bar-spread"))
    if point.previous is not None:
        x = _percent(point.previous)
        body.append(element("line", x1=x, x2=x, y1="1", y2="21", class_="bar-previous"))
    if point.median is not None:
        body.append(element("circle", cx=_percent(point.median), cy="11", r="4", class_="median-dot"))
    return element("svg", *body, class_="chart bar-picture", width="100%", height="22", aria_hidden="true")
