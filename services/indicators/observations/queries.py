"""Reads of observations that need more than one line of SQL."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from services.indicators.access import owned, visible
from services.indicators.periods import FORMS, Period, first_from, last_until
from services.indicators.row_lists import row_list
from services.indicators.tables import Observation, Revision
from shared.callers import Caller
from shared.database import WriteSession

Key = tuple[str, str, str]
LIKE = {"monthly": "____-__", "quarterly": "____-Q_", "annual": "____"}
"""What the text of a period looks like, by frequency; a month is what is no quarter."""


def within(column: InstrumentedAttribute[str], first: Period | None, last: Period | None) -> ColumnElement[bool]:
    """Periods of any frequency that begin no earlier than `first` and end no later than `last`."""
    forms: list[ColumnElement[bool]] = []
    for frequency in FORMS:
        form: list[ColumnElement[bool]] = [column.like(LIKE[frequency])]
        if frequency == "monthly":
            form.append(column.not_like(LIKE["quarterly"]))
        if first is not None:
            form.append(column >= str(first_from(first, frequency)))
        if last is not None:
            form.append(column <= str(last_until(last, frequency)))
        forms.append(and_(*form))
    return or_(*forms)


def observations(
    caller: Caller,
    *,
    indicator: str | None = None,
    community: str | None = None,
    first: Period | None = None,
    last: Period | None = None,
    as_of: datetime | None = None,
) -> Select[Any, Any]:
    """The revisions that this caller is shown, one a key: the newest to the community's own people and the secretariat,
    the approved one to those who may see the value. With `as_of`, as it was then; who may see is as it is now."""
    own = owned(caller, Revision.community_code)
    status = _status() if as_of is None else _status_at(as_of)
    statement: Select[Any, Any] = select(Revision, status.label("status")).where(
        visible(caller, Revision.community_code, Revision.indicator_code)
    )
    if as_of is None:
        shown = case((own, Observation.latest_revision), else_=Observation.approved_revision)
        statement = statement.join(Observation, _same_key()).where(Revision.revision == shown)
    else:
        statement = statement.where(Revision.recorded_at <= as_of, _is_newest(as_of, own))
    if indicator is not None:
        statement = statement.where(Revision.indicator_code == indicator)
    if community is not None:
        statement = statement.where(Revision.community_code == community)
    if first is not None or last is not None:
        statement = statement.where(within(Revision.period, first, last))
    return statement


def as_cells(statement: Select[Any, Any], as_of: datetime | None) -> Select[Any, Any]:
    """What `observations` selects as plain columns, in the order of `exports.writers.COLUMNS`: a file of millions of
    rows makes no objects of them."""
    status = _status() if as_of is None else _status_at(as_of)
    cells: Any = statement.with_only_columns(
        Revision.indicator_code, Revision.community_code, Revision.period, Revision.value, Revision.numerator,
        Revision.denominator, Revision.n, Revision.note, status.label("status"), Revision.revision,
        Revision.recorded_at, Revision.demo,
        maintain_column_froms=True,
    )  # fmt: skip
    return cells  # type: ignore[no-any-return]  # the columns' types do not matter


def _same_key() -> ColumnElement[bool]:
    return and_(
        Observation.community_code == Revision.community_code,
        Observation.indicator_code == Revision.indicator_code,
        Observation.period == Revision.period,
    )


def _status() -> ColumnElement[str]:
    return case((Revision.approved_at.is_not(None), literal("approved")), else_=literal("draft"))


def _status_at(as_of: datetime) -> ColumnElement[str]:
    return case((Revision.approved_at <= as_of, literal("approved")), else_=literal("draft"))


def _is_newest(as_of: datetime, own: ColumnElement[bool]) -> ColumnElement[bool]:
    """No later revision of the key was there at that time: any for own people, an approved one for others."""
    later = aliased(Revision)
    same = and_(
        later.community_code == Revision.community_code,
        later.indicator_code == Revision.indicator_code,
        later.period == Revision.period,
        later.revision > Revision.revision,
    )
    any_later = select(later.revision).where(same, later.recorded_at <= as_of).exists()
    approved_later = select(later.revision).where(same, later.approved_at <= as_of).exists()
    return or_(and_(own, ~any_later), and_(~own, Revision.approved_at <= as_of, ~approved_later))


async def newest(tx: WriteSession, keys: Collection[Key]) -> dict[Key, Any]:
    """The newest revision of each key that has one, with whether its row is for demonstration (`row_demo`)."""
    communities, indicators, periods = zip(*keys, strict=True) if keys else ((), (), ())
    wanted = row_list(community=communities, indicator=indicators, period=periods)
    rows = await tx.execute(
        select(Revision.__table__, Observation.demo.label("row_demo"))
        .select_from(wanted)
        .join(
            Observation,
            and_(
                Observation.community_code == wanted.c.community,
                Observation.indicator_code == wanted.c.indicator,
                Observation.period == wanted.c.period,
            ),
        )
        .join(Revision, and_(_same_key(), Revision.revision == Observation.latest_revision))
    )
    return {(row.community_code, row.indicator_code, row.period): row for row in rows}


def of_key(indicator: str, community: str, period: str) -> ColumnElement[bool]:
    return and_(Revision.community_code == community, Revision.indicator_code == indicator, Revision.period == period)
