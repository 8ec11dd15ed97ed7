"""Figures as people of many countries write them; what could mean two numbers is refused."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from services.indicators.observations.values import LARGEST

PLAIN = re.compile(r"[+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,4})?")
WITH_COMMA = re.compile(r"[+-]?[0-9]{0,400},[0-9]{1,400}")
COULD_BE_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
"""1.234 is one and a bit to some, and a thousand to others."""
GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:[., '’\u00a0\u202f][0-9]{3})+(?:[.,][0-9]+)?")
POINT_FOR_SURE = re.compile(r"[+-]?(?:[0-9]{4,}\.[0-9]+|[0-9]*\.(?:[0-9]{1,2}|[0-9]{4,})|0\.[0-9]+)")
COMMA_FOR_SURE = re.compile(r"[+-]?(?:[0-9]{4,},[0-9]+|[0-9]*,(?:[0-9]{1,2}|[0-9]{4,})|0,[0-9]+)")
SURE_OF_POINT, SURE_OF_COMMA = "point", "comma"


@dataclass(frozen=True, slots=True)
class Figures:
    """How the figures of one file are written. `mark`: the sign before decimals when that is sure, by what stands
    between columns or by other figures of the file; else None, and a figure that could mean two numbers is refused."""

    mark: str | None
    commas_between_columns: bool = False

    @classmethod
    def among(cls, sample: Iterable[str]) -> "Figures":
        """What the figures of a sample say; one that fits thousands too says nothing."""
        point = comma = False
        for text in sample:
            point = point or POINT_FOR_SURE.fullmatch(text) is not None
            comma = comma or COMMA_FOR_SURE.fullmatch(text) is not None
        if point == comma:
            return cls(None)
        return cls(SURE_OF_POINT if point else SURE_OF_COMMA)

    def read(self, text: str) -> tuple[Decimal | None, str | None]:
        """The number, or why it is none."""
        if self.mark is None and COULD_BE_THOUSANDS.fullmatch(text):
            return None, (
                "could be thousands or decimals: write it without a mark between thousands, or with another decimal"
            )
        if PLAIN.fullmatch(text):
            if self.mark == SURE_OF_COMMA and "." in text:
                return None, "has a point, where the other figures of the file have a comma before their decimals"
            return _storable(text)
        if WITH_COMMA.fullmatch(text):
            if self.commas_between_columns:
                return None, "has a comma: in a file with commas between columns, decimals follow a point"
            if self.mark == SURE_OF_POINT:
                return None, "has a comma, where the other figures of the file have a point before their decimals"
            return _storable(text.replace(",", "."))
        if GROUPED.fullmatch(text):
            return None, "must be written without marks between thousands"
        if text.casefold().strip("+-") in ("nan", "inf", "infinity", "infinito"):
            return None, "is not a number that can be stored"
        return None, "is not a number; leave the row out where there is no figure"


AS_PROGRAMS_WRITE = Figures(SURE_OF_POINT, commas_between_columns=True)
"""Files with commas between columns, and the number cells of a workbook."""


def _storable(text: str) -> tuple[Decimal | None, str | None]:
    number = Decimal(text)
    if abs(number) > LARGEST:
        return None, "must lie between -1e15 and 1e15"
    if number and not float(number):
        return None, "is too small to be told from 0"
    return number, None
