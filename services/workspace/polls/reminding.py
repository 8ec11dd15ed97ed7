"""Reminding, once, whoever has not said when they can meet."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from services.workspace.notifications.delivery import notify
from services.workspace.notifications.rules import Notice
from services.workspace.people import People
from services.workspace.seed import PLATFORM
from services.workspace.tables import Poll, PollAnswer
from shared.database import Database, Job

REMINDS = "poll_reminds"
LONGEST, LEAST = timedelta(days=3), timedelta(hours=1)
"""After three days, or half-way to the first of the dates when that comes sooner; not when it is only an hour away."""
ANSWERS = ("chair", "member")


def reminder_of(poll: Poll) -> Job | None:
    """The reminder of a poll that is asked now; None when its first date is too near, or over."""
    wait = min(LONGEST, (_first_of(poll) - poll.created_at) / 2)
    return Job(REMINDS, {"poll": str(poll.id)}, delay=wait.total_seconds()) if wait >= LEAST else None


async def remind_of_poll(db: Database, people: People, poll_id: UUID) -> None:
    """As long as the poll is open and its first date is ahead. Raises Unavailable."""
    async with db.reading() as reading:
        poll = await reading.get(Poll, poll_id)
    if poll is None or not _is_open(poll):
        return
    members = [one.user_id for one in await people.of_committee(poll.committee) if one.role in ANSWERS]
    async with db.transaction(by=PLATFORM, to="remind of a poll", about=f"poll {poll_id}") as tx:
        poll = await tx.scalar(select(Poll).where(Poll.id == poll_id).with_for_update(key_share=True))
        if poll is None or not _is_open(poll):
            return
        answered = set((await tx.scalars(select(PollAnswer.user_id).where(PollAnswer.poll_id == poll_id))).all())
        missing = [Notice(user, "poll_closing", "member") for user in members if user not in answered]
        await notify(
            tx, missing, event=f"poll_closing:{poll.id}", committee=poll.committee, subject=poll.title,
            link=f"/polls/{poll.id}", actor_name=None, demo=poll.demo,
        )  # fmt: skip
        tx.note(people=len(missing))


def _is_open(poll: Poll) -> bool:
    return poll.closed_at is None and _first_of(poll) > datetime.now(UTC)


def _first_of(poll: Poll) -> datetime:
    return min(datetime.fromisoformat(str(option["starts_at"]).replace("Z", "+00:00")) for option in poll.options)
