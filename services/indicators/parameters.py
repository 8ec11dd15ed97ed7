"""What several routes read from address and query: periods, times, codes."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import StringConstraints

from services.indicators.catalogue import indicators
from services.indicators.periods import Period, PeriodError, parse
from services.indicators.tables import Indicator
from shared.database import ReadSession
from shared.fields import Time
from shared.problems import Invalid, NotFound

PERIOD_HELP = "YYYY, YYYY-Qn or YYYY-MM."
CodeQuery = Annotated[str, StringConstraints(max_length=100)]
PeriodQuery = Annotated[str, StringConstraints(max_length=100)]
AsOf = Annotated[Time | None, Query(description="As it was at this time (RFC 3339, with its zone).")]


def period_of_path(text: str) -> Period:
    """The period that an address names. Raises NotFound."""
    try:
        return parse(text)
    except PeriodError:
        raise NotFound("This period") from None


def period_of_query(text: str | None, name: str) -> Period | None:
    """The period that a query parameter names. Raises Invalid."""
    if text is None:
        return None
    try:
        return parse(text)
    except PeriodError as error:
        raise Invalid.at(f"/{name}", str(error), "period") from None


def must_be_in_order(first: Period | None, last: Period | None) -> None:
    if first is not None and last is not None and first.first_month > last.last_month:
        raise Invalid.at("/to", "must not be before from", "period")


async def indicator_of_query(db: ReadSession, code: str | None) -> Indicator | None:
    """The indicator that `?indicator=` names. Raises Invalid."""
    if code is None:
        return None
    found = (await indicators(db)).get(code)
    if found is None:
        raise Invalid.at("/indicator", "is no indicator of the catalogue", "unknown")
    return found


def import_of_path(text: str) -> UUID:
    """The file that an address names. Raises NotFound."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("This import") from None
