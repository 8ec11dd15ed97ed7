"""What is new in a committee since somebody looked, what is due, and what waits for them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, String, cast, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import selectinload

from services.workspace.access import actor_of, may_work_in, visible
from services.workspace.events.queries import calendar
from services.workspace.events.schemas import OccurrenceOut
from services.workspace.overview.schemas import NewsOut, WaitingOut
from services.workspace.tables import (
    CharterRevision,
    Comment,
    CommitteeVisit,
    Decision,
    Election,
    Event,
    Minutes,
    Nomination,
    PlanItem,
    Poll,
    PollAnswer,
    Task,
    TaskChange,
    Voter,
)
from services.workspace.words import OPEN_STATES
from shared.callers import Caller
from shared.database import ReadSession, WriteSession

FIRST_LOOK = timedelta(days=14)
SHOWN = 40
SOON = timedelta(days=7)
MEETINGS_AHEAD = timedelta(days=200)


async def seen_at(db: ReadSession, slug: str, caller: Caller) -> datetime:
    """When the caller last said so; two weeks ago when they never did."""
    found: datetime | None = None
    if caller.kind == "user":
        found = await db.scalar(
            select(CommitteeVisit.seen_at).where(
                CommitteeVisit.user_id == UUID(caller.id), CommitteeVisit.committee == slug
            )
        )
    return found or datetime.now(UTC) - FIRST_LOOK


async def mark_seen(tx: WriteSession, slug: str, moment: datetime, caller: Caller) -> None:
    """Never to an earlier moment than before."""
    statement = insert(CommitteeVisit).values(user_id=UUID(caller.id), committee=slug, seen_at=moment)
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["user_id", "committee"],
            set_={"seen_at": statement.excluded.seen_at},
            where=CommitteeVisit.seen_at < statement.excluded.seen_at,
        )
    )


async def news(db: ReadSession, slug: str, since: datetime, caller: Caller) -> tuple[list[NewsOut], int]:
    """What others did since, the newest first, and how many are left out."""
    every = union_all(*_sources(slug, since, caller)).subquery()
    rows = (await db.execute(select(every).order_by(every.c.at.desc(), every.c.link).limit(500))).all()
    once: dict[tuple[str, str], Any] = {}
    for row in rows:
        once.setdefault((row.kind, row.link), row)
    found = [NewsOut(kind=row.kind, title=row.title, by=row.by, at=row.at, link=row.link) for row in once.values()]
    return found[:SHOWN], max(0, len(found) - SHOWN)


def _sources(slug: str, since: datetime, caller: Caller) -> list[Select[Any]]:
    me, name = actor_of(caller), caller.name or caller.username

    def one(kind: str, title: Any, by: Any, at: Any, link: Any) -> Select[Any]:
        return select(
            literal(kind).label("kind"), title.label("title"), by.label("by"), at.label("at"), link.label("link")
        )

    def page(path: str, identifier: Any) -> Any:
        return literal(path) + cast(identifier, String)

    return [
        one("task", Task.title, TaskChange.actor_name, TaskChange.at, page("/tasks/", Task.id))
        .join(Task, Task.id == TaskChange.task_id)
        .where(Task.committee == slug, TaskChange.at > since, TaskChange.actor != me),
        one("comment", Task.title, Comment.author_name, Comment.created_at, page("/tasks/", Task.id))
        .join(Task, Task.id == Comment.task_id)
        .where(Task.committee == slug, Comment.created_at > since, Comment.author != me),
        one("event", Event.title, Event.created_by_name, Event.updated_at, page("/events/", Event.id)).where(
            Event.committee == slug, Event.updated_at > since, Event.removed_at.is_(None), Event.created_by != me
        ),
        one("minutes", Event.title, Minutes.written_by_name, Minutes.updated_at, page("/events/", Event.id))
        .join(Event, Event.id == Minutes.event_id)
        .where(
            Event.committee == slug, Minutes.updated_at > since, Event.removed_at.is_(None),
            Minutes.written_by_name != name,
        ),
        one(
            "decision", Decision.title, Decision.created_by_name, Decision.created_at,
            page(f"/committees/{slug}/decisions#decision-", Decision.id),
        ).where(Decision.committee == slug, Decision.created_at > since, Decision.created_by_name != name),
        one(
            "election", Election.title, Election.created_by_name, Election.created_at, page("/elections/", Election.id)
        ).where(Election.committee == slug, Election.created_at > since, Election.created_by != me),
        one(
            "plan", PlanItem.title, PlanItem.created_by_name, PlanItem.created_at,
            page(f"/committees/{slug}/plan/", PlanItem.id),
        ).where(PlanItem.committee == slug, PlanItem.created_at > since, PlanItem.created_by != me),
        one(
            "charter", func.coalesce(CharterRevision.note, ""), CharterRevision.changed_by_name,
            CharterRevision.changed_at, literal(f"/committees/{slug}/charter"),
        ).where(
            CharterRevision.committee == slug, CharterRevision.changed_at > since, CharterRevision.changed_by != me
        ),
        one("poll", Poll.title, Poll.created_by_name, Poll.created_at, page("/polls/", Poll.id)).where(
            Poll.committee == slug, Poll.created_at > since, Poll.created_by != me
        ),
    ]  # fmt: skip


async def due_tasks(db: ReadSession, slug: str, today: date, caller: Caller) -> Sequence[Task]:
    """Open and overdue, or due within a week; the caller's own first."""
    statement = (
        select(Task)
        .where(
            visible(caller), Task.committee == slug, Task.state.in_(OPEN_STATES), Task.due_on.is_not(None),
            Task.due_on <= today + SOON,
        )
        .order_by(Task.due_on, Task.id)
        .options(selectinload(Task.assignments))
        .limit(100)
    )  # fmt: skip
    rows = (await db.scalars(statement)).all()
    return sorted(rows, key=lambda task: not any(str(one.user_id) == caller.id for one in task.assignments))[:20]


async def waiting(db: ReadSession, slug: str, following: OccurrenceOut | None, caller: Caller) -> list[WaitingOut]:
    """Votes not cast, nominations and polls not answered, and whether one comes to the next meeting."""
    if caller.kind != "user":
        return []
    me, now = UUID(caller.id), datetime.now(UTC)
    found: list[WaitingOut] = []
    votes = select(Election).join(Voter, Voter.election_id == Election.id).where(
        Election.committee == slug, Voter.user_id == me, Voter.voted.is_(False), Election.cancelled_at.is_(None),
        Election.voting_from <= now, Election.voting_until > now,
    )  # fmt: skip
    for vote in (await db.scalars(votes.order_by(Election.voting_until))).all():
        found.append(WaitingOut(kind="vote", title=vote.title, until=vote.voting_until, link=f"/elections/{vote.id}"))
    proposed = select(Election).join(Nomination, Nomination.election_id == Election.id).where(
        Election.committee == slug, Nomination.user_id == me, Nomination.accepted_at.is_(None),
        Nomination.withdrawn_at.is_(None), Election.cancelled_at.is_(None), Election.voting_from > now,
    )  # fmt: skip
    for one in (await db.scalars(proposed.order_by(Election.voting_from))).all():
        found.append(WaitingOut(kind="nomination", title=one.title, until=one.voting_from, link=f"/elections/{one.id}"))
    if may_work_in(caller, slug):
        answered = select(PollAnswer.poll_id).where(PollAnswer.user_id == me)
        polls = select(Poll).where(Poll.committee == slug, Poll.closed_at.is_(None), Poll.id.not_in(answered))
        for poll in (await db.scalars(polls.order_by(Poll.created_at))).all():
            found.append(WaitingOut(kind="poll", title=poll.title, until=None, link=f"/polls/{poll.id}"))
        if following is not None and following.your_answer is None:
            found.append(
                WaitingOut(
                    kind="invitation", title=following.title, until=following.starts_at,
                    link=f"/events/{following.event}",
                )
            )  # fmt: skip
    return found


async def next_meeting(db: ReadSession, slug: str, language: str, caller: Caller) -> OccurrenceOut | None:
    now = datetime.now(UTC)
    found = await calendar(db, caller, now, now + MEETINGS_AHEAD, language, committee=slug)
    return next((one for one in found if not one.cancelled and one.ends_at > now), None)
