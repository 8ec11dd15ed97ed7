"""Whether rows of observations can be taken: pure rules, every wrong field named by its row."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from services.indicators.periods import FORMS, PeriodError, parse
from services.indicators.schemas import ObservationIn
from services.indicators.statistics import settled
from services.indicators.tables import Indicator
from shared.problems import FieldError, Invalid

MOST_NAMED = 100


class Wrong(Protocol):
    """Notes that a field of the row at hand is wrong."""

    def __call__(self, field: str, message: str, code: str = ...) -> None: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that can be stored: the value is the given one, or factor · numerator / denominator."""

    community: str
    indicator: str
    period: str
    value: float
    numerator: float | None
    denominator: float | None
    n: int | None
    note: str | None
    indicator_version: int

    @property
    def key(self) -> tuple[str, str, str]:
        return self.community, self.indicator, self.period

    @property
    def content(self) -> tuple[float, float | None, float | None, int | None, str | None]:
        """What makes a new revision when it changes."""
        return self.value, self.numerator, self.denominator, self.n, self.note


def entries(
    rows: Sequence[ObservationIn], catalogue: Mapping[str, Indicator], communities: Collection[str]
) -> list[Entry]:
    """The rows as they will be stored. Raises Invalid with the pointers `/{row}/{field}` of what is wrong, at most
    100."""
    errors: list[FieldError] = []
    found: list[Entry] = []
    for number, row in enumerate(rows):
        entry = _entry(number, row, catalogue, communities, errors)
        if entry is not None:
            found.append(entry)
    errors += _doubled(rows)
    if errors:
        detail = f"{len(errors)} errors; the first {MOST_NAMED} are named." if len(errors) > MOST_NAMED else None
        raise Invalid(detail, errors=errors[:MOST_NAMED])
    return found


def _entry(
    number: int,
    row: ObservationIn,
    catalogue: Mapping[str, Indicator],
    communities: Collection[str],
    errors: list[FieldError],
) -> Entry | None:
    def wrong(field: str, message: str, code: str = "invalid") -> None:
        errors.append(FieldError(f"/{number}/{field}", message, code))

    before = len(errors)
    indicator = catalogue.get(row.indicator)
    if indicator is None:
        wrong("indicator", f"{shown(row.indicator)} is no indicator of the catalogue", "unknown")
    if row.community not in communities:
        wrong("community", f"{shown(row.community)} is no community of the Network", "unknown")
    if message := period_error(row.period, indicator):
        wrong("period", message, "period")
    if indicator is None:
        return None
    value = _value(row, indicator, wrong)
    if value is None or len(errors) > before:
        return None
    return Entry(
        community=row.community, indicator=row.indicator, period=row.period, value=value,
        numerator=_double(row.numerator), denominator=_double(row.denominator), n=row.n, note=row.note or None,
        indicator_version=indicator.version,
    )  # fmt: skip


def period_error(text: str, indicator: Indicator | None) -> str | None:
    """Why the indicator is not observed in this period; None when it is."""
    try:
        period = parse(text)
    except PeriodError as error:
        return str(error) if indicator is None else f"{error}; for {indicator.code} as {_form(indicator)}"
    if indicator is None or period.frequency == indicator.frequency:
        return None
    longer = "; longer periods are computed from them" if indicator.frequency != "annual" else ""
    return f"{indicator.code} is {indicator.frequency}: its periods are written {_form(indicator)}{longer}"


def _form(indicator: Indicator) -> str:
    return FORMS[indicator.frequency]  # type: ignore[index]  # the column holds these words only


def _value(row: ObservationIn, indicator: Indicator, wrong: Wrong) -> float | None:
    """The value to keep; None after saying what is wrong."""
    field, value = "value", _double(row.value)
    if row.numerator is not None or row.denominator is not None:
        computed = _computed(row, indicator, wrong)
        if computed is None:
            return None
        if row.value is None:
            field = "numerator"
        elif not agree(row.value, computed):
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


def _computed(row: ObservationIn, indicator: Indicator, wrong: Wrong) -> float | None:
    if indicator.factor is None:
        field = "numerator" if row.numerator is not None else "denominator"
        wrong(field, f"{indicator.code} is a {indicator.statistic}: it is given as a value alone", "not_a_ratio")
        return None
    if row.numerator is None or row.denominator is None:
        wrong("denominator" if row.denominator is None else "numerator", "goes with the other of the two", "missing")
        return None
    if row.denominator <= 0 or row.numerator < 0:
        if row.denominator <= 0:
            wrong("denominator", "must be greater than 0", "range")
        if row.numerator < 0:
            wrong("numerator", "must not be negative", "range")
        return None
    if indicator.statistic == "share" and row.numerator > row.denominator:
        wrong("numerator", "must not exceed the denominator: the indicator is a share", "range")
        return None
    return ratio(indicator.factor, float(row.numerator), float(row.denominator))


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


def _doubled(rows: Sequence[ObservationIn]) -> Iterator[FieldError]:
    """Both rows of every key that occurs twice."""
    first: dict[tuple[str, str, str], int] = {}
    named: set[int] = set()
    for number, row in enumerate(rows):
        before = first.setdefault((row.community, row.indicator, row.period), number)
        if before == number:
            continue
        if before not in named:
            named.add(before)
            yield _double_of(before, number)
        yield _double_of(number, before)


def _double_of(row: int, other: int) -> FieldError:
    return FieldError(f"/{row}/period", f"is the same indicator, community and period as row {other}", "doubled")


def _double(given: Decimal | None) -> float | None:
    return None if given is None else float(given) + 0.0


def shown(text: str) -> str:
    """A code as a person should see it: what cannot be seen, or is not ASCII, by its code point."""
    return "".join(c if " " < c <= "~" else f"<U+{ord(c):04X}>" for c in text) or "an empty text"
