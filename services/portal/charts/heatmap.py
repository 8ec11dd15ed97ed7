"""Communities × points as a table with the number in each cell, on the ordered ramp."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from services.portal.charts.drawing import element
from services.portal.charts.profile import Band, band_of, usual_bands
from services.portal.translations import NO_VALUE, Translations


@dataclass(frozen=True)
class HeatColumn:
    code: str
    name: str
    sort_href: str | None = None


@dataclass(frozen=True)
class HeatGroup:
    """A pillar and its points."""

    code: str
    name: str
    columns: tuple[HeatColumn, ...]


@dataclass(frozen=True)
class HeatRow:
    """A community: `scores` by code of point; what is absent or `None` has no score."""

    name: str
    scores: Mapping[str, float | None]
    overall: float | None = None
    href: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Heatmap:
    """`sorted_by` is "overall" or the code of a point: rows come in the order given, this only says which it is."""

    id: str
    title: str
    groups: tuple[HeatGroup, ...]
    rows: tuple[HeatRow, ...]
    sorted_by: str = "overall"
    overall_sort_href: str | None = None
    decimals: int = 0
    bands: tuple[Band, ...] = field(default=())


def sorted_rows(rows: Sequence[HeatRow], by: str = "overall") -> tuple[HeatRow, ...]:
    """Highest first, without a score last, equal ones by name."""

    def key(row: HeatRow) -> tuple[bool, float, str]:
        score = row.overall if by == "overall" else row.scores.get(by)
        return score is None, -(score or 0.0), row.name

    return tuple(sorted(rows, key=key))


def heatmap(data: Heatmap, words: Translations) -> Markup:
    """The table in its own scroll region; the headings of rows and columns stay in sight."""
    bands = data.bands or usual_bands(words)
    table = element(
        "table",
        element("caption", data.title, class_="table-caption", id=f"{data.id}-title"),
        element("thead", *_heads(data, words), role="rowgroup"),
        element("tbody", *(_row(row, data, bands, words) for row in data.rows), role="rowgroup"),
        class_="table heatmap",
        id=data.id,
        role="table",
    )
    area = element("div", table, class_="scroll-area", role="region", tabindex="0", aria_labelledby=f"{data.id}-title")
    return element("div", area, class_="scroll", data_scroll="")


def _heads(data: Heatmap, words: Translations) -> Iterator[Markup]:
    community = words.gettext("Comunidad")
    overall = words.gettext("Total")
    first = [
        element("th", community, rowspan="2", scope="col", role="columnheader", class_="heat-corner"),
        element(
            "th",
            _sort_link(overall, data.overall_sort_href, None),
            rowspan="2",
            scope="col",
            role="columnheader",
            class_="numeric",
            aria_sort="descending" if data.sorted_by == "overall" else None,
        ),
    ]
    for group in data.groups:
        first.append(
            element(
                "th",
                element("abbr", group.code, title=group.name),
                colspan=f"{len(group.columns)}",
                scope="colgroup",
                role="columnheader",
                class_="heat-pillar",
            )
        )
    yield element("tr", *first, role="row")
    second = [
        element(
            "th",
            _sort_link(column.code, column.sort_href, column.name),
            scope="col",
            role="columnheader",
            class_="numeric",
            aria_sort="descending" if data.sorted_by == column.code else None,
        )
        for group in data.groups
        for column in group.columns
    ]
    yield element("tr", *second, role="row")


def _sort_link(label: str, href: str | None, name: str | None) -> Markup:
    if href is None:
        return element("abbr", label, title=name) if name else Markup.escape(label)
    return element("a", label, href=href, title=name, class_="sort")


def _row(row: HeatRow, data: Heatmap, bands: Sequence[Band], words: Translations) -> Markup:
    name: list[str] = [element("a", row.name, href=row.href) if row.href else row.name]
    if row.note:
        name.append(element("span", row.note, class_="heat-note"))
    cells = [
        element("th", *name, scope="row", role="rowheader"),
        _cell(row.overall, data, bands, words, "heat-overall"),
        *(
            _cell(row.scores.get(column.code), data, bands, words, "")
            for group in data.groups
            for column in group.columns
        ),
    ]
    return element("tr", *cells, role="row")


def _cell(score: float | None, data: Heatmap, bands: Sequence[Band], words: Translations, name: str) -> Markup:
    band = band_of(score, bands)
    if band is None:
        content = element("span", NO_VALUE, aria_hidden="true") + element(
            "span", words.gettext("sin dato"), class_="hidden"
        )
        return element("td", content, role="cell", class_=f"heat heat-none {name}".strip())
    return element(
        "td", words.number(score, data.decimals), role="cell", class_=f"heat ramp-{band.level} {name}".strip()
    )
