"""Which column of a file is which: by name, in any order."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.indicators.imports.trouble import Trouble, Unreadable
from services.indicators.observations.values import shown

FIELDS = ("indicator", "community", "period", "value", "numerator", "denominator", "n", "note")
NEEDED = ("indicator", "community", "period")
FIGURES = ("value", "numerator", "denominator", "n")
IGNORED = frozenset({
    "status", "revision", "recorded_at", "demo", "indicator_name", "community_name", "unit", "valid_range", "last_year",
    "indicator_version", "attribution",
})  # fmt: skip
"""What our own exports and templates carry beside the figures."""
ALIASES = {
    "indicador": "indicator", "indicateur": "indicator", "comunidad": "community", "comunidade": "community",
    "communauté": "community", "período": "period", "periodo": "period", "période": "period", "valor": "value",
    "valeur": "value", "numerador": "numerator", "numérateur": "numerator", "denominador": "denominator",
    "dénominateur": "denominator", "nota": "note",
}  # fmt: skip
FORM_COLUMN = "last_year"
"""A file with this column is a form that was handed out: lines that nobody filled in are no rows."""
MOST_TITLE_ROWS = 20


@dataclass
class Layout:
    """Where each field stands, from 0. `unnamed`: columns without a name, which must be empty. `troubles`: columns that
    are not known, which would be lost silently."""

    places: dict[str, int]
    unnamed: tuple[int, ...]
    width: int
    is_form: bool
    row: int
    troubles: list[Trouble] = field(default_factory=list)


def looks_like_a_header(cells: Sequence[str]) -> bool:
    """Whether a row names the columns that every file needs."""
    return set(NEEDED) <= {name_of(text) for text in cells}


def name_of(text: str) -> str:
    name = " ".join(text.split()).casefold()
    return ALIASES.get(name, name)


def layout_of(header: Sequence[str], row: int = 1) -> Layout:
    """Read a header: spaces around and capitals do not count. Raises Unreadable for a column that is missing or
    there twice."""
    places: dict[str, int] = {}
    unnamed: list[int] = []
    troubles: list[Trouble] = []
    is_form = False
    for place, text in enumerate(header):
        name = name_of(text)
        if not name:
            unnamed.append(place)
        elif name in places:
            raise Unreadable(
                f"the column {name} occurs twice (columns {places[name] + 1} and {place + 1})",
                row=row, column=name, value=text,
            )  # fmt: skip
        elif name in FIELDS:
            places[name] = place
        elif name in IGNORED:
            is_form = is_form or name == FORM_COLUMN
        else:
            message = f"{shown(text.strip())} is no known column; known: {', '.join(FIELDS)}"
            troubles.append(Trouble(row, shown(text.strip())[:100], text, message))
    missing = [name for name in NEEDED if name not in places]
    if not {"value", "numerator"} & places.keys():
        missing.append("value")
    if missing:
        found = ", ".join(shown(text.strip())[:40] for text in header[:12] if text.strip())
        told = f"; the first row has: {found}" if found else ""
        raise Unreadable(
            f"the column {missing[0]} is missing: the first row holds the names {', '.join(FIELDS)}, with the same "
            f"separator as the other rows{told}",
            row=row, column=missing[0],
        )  # fmt: skip
    return Layout(places, tuple(unnamed), len(header), is_form, row, troubles)
