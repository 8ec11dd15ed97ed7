"""The parts that `report.typ` draws, as plain data; and numbers and dates as each language writes them."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date

Block = dict[str, Any]
NO_VALUE = "–"
COMMA = ("pt", "fr")
FORMATS = {"es": "es_419", "en": "en_GB", "pt": "pt_BR", "fr": "fr_FR"}


def number(value: float | None, language: str, decimals: int = 1) -> str:
    """Rounded half to even; a dash for none.

    >>> number(34.375, "es"), number(34.25, "pt"), number(None, "fr"), number(-0.01, "en")
    ('34.4', '34,2', '–', '0.0')
    """
    if value is None:
        return NO_VALUE
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
    text = str(abs(rounded) if rounded == 0 else rounded).replace("-", "−")
    return text.replace(".", ",") if language in COMMA else text


def signed(value: float | None, language: str) -> str:
    """With its sign, also when it is a plus.

    >>> signed(2.0, "es"), signed(-2.0, "es"), signed(0.0, "es")
    ('+2.0', '−2.0', '0.0')
    """
    text = number(value, language)
    return text if value is None or text[0] == "−" or not re.search("[1-9]", text) else f"+{text}"


def day(moment: datetime, language: str, zone: ZoneInfo) -> str:
    return format_date(moment.astimezone(zone).date(), format="long", locale=FORMATS[language])


def runs(text: str) -> list[dict[str, Any]]:
    """`**bold**` parts marked."""
    return [{"text": part, "bold": bool(i % 2)} for i, part in enumerate(text.split("**")) if part]


def h1(text: str, *, new_page: bool = True) -> Block:
    return {"kind": "h1", "text": text, "break": new_page}


def h2(text: str) -> Block:
    return {"kind": "h2", "text": text}


def h3(text: str) -> Block:
    return {"kind": "h3", "text": text}


def p(text: str, kind: str = "p") -> Block:
    """`kind`: p, lead, small or note."""
    return {"kind": kind, "runs": runs(text)}


def bullets(items: Sequence[str], kind: str = "list") -> Block:
    """`kind`: list or steps."""
    return {"kind": kind, "items": [runs(item) for item in items]}


def stats(*items: tuple[str, str, str]) -> Block:
    """Of label, value and note each."""
    return {"kind": "stats", "items": [dict(zip(("label", "value", "note"), item, strict=True)) for item in items]}


def legend(*items: tuple[str, str]) -> Block:
    return {"kind": "legend", "items": [{"sign": sign, "label": label} for sign, label in items]}


def column(label: str, width: str = "auto", *, numeric: bool = False) -> dict[str, Any]:
    """`width`: auto, `2fr` or centimetres."""
    return {"label": label, "width": width, "numeric": numeric}


def table(columns: Sequence[Mapping[str, Any]], rows: Sequence[Sequence[Any]], *, size: float = 9.5) -> Block:
    """Cells are text, None for a dash, or one of the cells below."""
    return {"kind": "table", "columns": list(columns), "rows": [list(row) for row in rows], "size": size}


def bar(score: float | None, level: int | None, median: float | None = None, previous: float | None = None) -> Block:
    return {"kind": "bar", "score": score, "level": level, "median": median, "previous": previous}


def chip(level: int | None, label: str) -> Block:
    return {"kind": "chip", "level": level, "label": label}


def strong(text: str) -> Block:
    return {"kind": "strong", "text": text}


def quiet(text: str) -> Block:
    return {"kind": "muted", "text": text}


def heat(text: str, level: int | None) -> Block:
    return {"kind": "heat", "text": text, "level": level}


def span(text: str) -> Block:
    """A cell as wide as the table; it is a row by itself."""
    return {"kind": "span", "text": text}
