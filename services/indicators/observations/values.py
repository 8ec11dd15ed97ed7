"""Whether one value can be taken: pure rules, which a process that only reads files needs nothing else for."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from services.indicators.periods import FORMS, PeriodError, parse
from services.indicators.statistics import settled

LARGEST = 10**15
"""The largest amount: up to here every whole number is kept exactly by a double."""
MOST_UNITS = 2**53 - 1


class Wrong(Protocol):
    """Notes that a field of the row at hand is wrong."""

    def __call__(self, field: str, message: str, code: str = ...) -> None: ...


class Defined(Protocol):
    """What of a definition decides on values: a row of the catalogue, or `Definition`."""

    @property
    def code(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def unit(self) -> str: ...
    @property
    def frequency(self) -> str: ...
    @property
    def statistic(self) -> str: ...
    @property
    def factor(self) -> float | None: ...
    @property
    def valid_low(self) -> float: ...
    @property
    def valid_high(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition that can be sent to another process."""

    code: str
    version: int
    unit: str
    frequency: str
    statistic: str
    factor: float | None
    valid_low: float
    valid_high: float


def period_error(text: str, indicator: Defined | None) -> str | None:
    """Why the indicator is not observed in this period; None when it is."""
    try:
        period = parse(text)
    except PeriodError as error:
        return str(error) if indicator is None else f"{error}; for {indicator.code} as {_form(indicator)}"
    if indicator is None or period.frequency == indicator.frequency:
        return None
    longer = "; longer periods are computed from them" if indicator.frequency != "annual" else ""
    return f"{indicator.code} is {indicator.frequency}: its periods are written {_form(indicator)}{longer}"


def _form(indicator: Defined) -> str:
    return FORMS[indicator.frequency]  # type: ignore[index]  # the column holds these words only


def value_of(
    given: Decimal | None, numerator: Decimal | None, denominator: Decimal | None, indicator: Defined, wrong: Wrong
) -> float | None:
    """The value to keep; None after saying what is wrong."""
    field, value = "value", double(given)
    if numerator is not None or denominator is not None:
        computed = _computed(numerator, denominator, indicator, wrong)
        if computed is None:
            return None
        if given is None:
            field = "numerator"
        elif not agree(given, computed):
            wrong("value", f"is not what numerator and denominator give ({computed!r})", "disagrees")
            return None
        value = computed
    if value is None:
        wrong("value", "is required, or numerator and denominator", "missing")
    elif not indicator.valid_low <= value <= indicator.valid_high:
        limits = f"{indicator.valid_low:g} to {indicator.valid_high:g} {indicator.unit}"
        wrong(field, f"gives {value:g}; {indicator.code} lies within {limits}", "range")
        return None
    return value


def _computed(numerator: Decimal | None, denominator: Decimal | None, indicator: Defined, wrong: Wrong) -> float | None:
    if indicator.factor is None:
        field = "numerator" if numerator is not None else "denominator"
        wrong(field, f"{indicator.code} is a {indicator.statistic}: it is given as a value alone", "not_a_ratio")
        return None
    if numerator is None or denominator is None:
        wrong("denominator" if denominator is None else "numerator", "goes with the other of the two", "missing")
        return None
    if denominator <= 0 or numerator < 0:
        if denominator <= 0:
            wrong("denominator", "must be greater than 0", "range")
        if numerator < 0:
            wrong("numerator", "must not be negative", "range")
        return None
    if indicator.statistic == "share" and numerator > denominator:
        wrong("numerator", "must not exceed the denominator: the indicator is a share", "range")
        return None
    return ratio(indicator.factor, float(numerator), float(denominator))


def ratio(factor: float, numerator: float, denominator: float) -> float:
    """(factor · numerator) / denominator in double precision, in this order, so that whoever recomputes it from an
    export has the same to the last bit."""
    return factor * numerator / denominator


def agree(given: Decimal, computed: float) -> bool:
    """Whether a value agrees with the computed one within the digits given: 33.3 stands for 33.25 to 33.35. Values
    that are equal decimals (see `statistics`) always agree."""
    exponent = given.as_tuple().exponent
    half = Decimal(5).scaleb(min(int(exponent), 0) - 1)
    return abs(given - Decimal(repr(computed))) <= half or settled(float(given)) == settled(computed)


def double(given: Decimal | None) -> float | None:
    return None if given is None else float(given) + 0.0


def shown(text: str) -> str:
    """A code as a person should see it: what cannot be seen, or is not ASCII, by its code point."""
    return "".join(c if " " < c <= "~" else f"<U+{ord(c):04X}>" for c in text) or "an empty text"
