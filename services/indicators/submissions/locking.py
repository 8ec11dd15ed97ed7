"""The row of a submission as the lock of its community and period: whoever writes there holds it first."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime

from sqlalchemy import and_, literal, select
from sqlalchemy.dialects.postgresql import insert

from services.indicators.row_lists import row_list
from services.indicators.tables import Submission, SubmissionChange
from shared.callers import Caller
from shared.database import WriteSession

Place = tuple[str, str]
"""A community's code and a period."""


async def lock(tx: WriteSession, places: Collection[Place], *, demo: bool) -> dict[Place, Submission]:
    """The submissions of these places, made where missing, locked in one order so that no two callers can block each
    other for good."""
    if not places:
        return {}
    communities, periods = zip(*sorted(places), strict=True)
    wanted = row_list(community=communities, period=periods)
    await tx.execute(
        insert(Submission)
        .from_select(["community_code", "period", "demo"], select(wanted.c.community, wanted.c.period, literal(demo)))
        .on_conflict_do_nothing()
    )
    rows = await tx.scalars(
        select(Submission)
        .join(wanted, and_(Submission.community_code == wanted.c.community, Submission.period == wanted.c.period))
        .order_by(Submission.community_code, Submission.period)
        .with_for_update(of=Submission)
        .execution_options(populate_existing=True)
    )
    return {(row.community_code, row.period): row for row in rows}


def reopen(tx: WriteSession, submissions: Iterable[Submission], by: Caller) -> None:
    """Back to draft: what was submitted or approved is no longer what is there."""
    for submission in submissions:
        if submission.state != "draft":
            submission.state = "draft"
            submission.version += 1
            write_down(tx, submission, "reopen", by)


def write_down(
    tx: WriteSession, submission: Submission, action: str, by: Caller, *, reason: str | None = None
) -> datetime:
    """Add a step to the submission's history; when it was."""
    return write_down_at(tx, (submission.community_code, submission.period), action, by, reason=reason)


def write_down_at(tx: WriteSession, place: Place, action: str, by: Caller, *, reason: str | None = None) -> datetime:
    """Add a step to the history of a community and period; when it was."""
    now = datetime.now(UTC)
    tx.add(
        SubmissionChange(
            community_code=place[0], period=place[1], action=action, reason=reason, at=now, by=actor(by),
            by_name=name_of(by), demo=by.demo,
        )
    )  # fmt: skip
    return now


def actor(caller: Caller) -> str:
    return f"{caller.kind}:{caller.id}"


def name_of(caller: Caller) -> str:
    return caller.name or caller.username or caller.kind
