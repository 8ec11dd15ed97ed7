"""Whether rows of observations can be taken: pure rules, every wrong field named by its row."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.indicators.observations.values import Definition, double, period_error, shown, value_of
from services.indicators.schemas import ObservationIn
from services.indicators.tables import Indicator
from shared.problems import FieldError, Invalid

MOST_NAMED = 100


def definition_of(row: Indicator) -> Definition:
    return Definition(
        row.code, row.version, row.unit, row.frequency, row.statistic, row.factor, row.valid_low, row.valid_high
    )


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
    value = value_of(row.value, row.numerator, row.denominator, indicator, wrong)
    if value is None or len(errors) > before:
        return None
    return Entry(
        community=row.community, indicator=row.indicator, period=row.period, value=value,
        numerator=double(row.numerator), denominator=double(row.denominator), n=row.n, note=row.note or None,
        indicator_version=indicator.version,
    )  # fmt: skip


def _doubled(rows: Sequence[ObservationIn]) -> Iterator[FieldError]:
    """Both rows of every key that occurs twice; capitals and spaces around a code make no other key."""
    first: dict[tuple[str, str, str], int] = {}
    named: set[int] = set()
    for number, row in enumerate(rows):
        key = (row.community.strip().casefold(), row.indicator.strip().casefold(), row.period.strip())
        before = first.setdefault(key, number)
        if before == number:
            continue
        if before not in named:
            named.add(before)
            yield _double_of(before, number)
        yield _double_of(number, before)


def _double_of(row: int, other: int) -> FieldError:
    return FieldError(f"/{row}/period", f"is the same indicator, community and period as row {other}", "doubled")
