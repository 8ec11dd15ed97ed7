"""A figure as it was typed into a cell.

>>> read_cell("12,5").value
Decimal('12.5')
>>> read_cell("45 / 50").denominator
Decimal('50')
"""

from dataclasses import dataclass
from decimal import Decimal

from services.indicators.imports.numbers import Figures

ANY_MARK = Figures(None)


@dataclass(frozen=True, slots=True)
class Typed:
    """A value, or what it follows from."""

    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None


class Unclear(ValueError):
    """The text is no figure; says why."""


def read_cell(text: str) -> Typed:
    """Raises Unclear, also for what could mean two numbers."""
    plain = "".join(text.split())
    if "/" not in plain:
        return Typed(_number(plain), None, None)
    over, _, under = plain.partition("/")
    return Typed(None, _number(over), _number(under))


def _number(text: str) -> Decimal:
    number, why = ANY_MARK.read(text)
    if number is None:
        raise Unclear(why or "is no number")
    return number
