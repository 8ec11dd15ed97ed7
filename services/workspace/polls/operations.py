"""What people do with polls for a date; one transaction each."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from services.workspace.access import actor_of, committee_to_enter, may_lead, may_work_in
from services.workspace.events.access import poll_to_see, visible_polls
from services.workspace.events.operations import arrange, must_be_in_order
from services.workspace.events.recurrence import Series
from services.workspace.events.schemas import EventIn
from services.workspace.events.telling import CommitteeToTell
from services.workspace.notifications.delivery import notify
from services.workspace.notifications.rules import Notice
from services.workspace.polls.reminding import reminder_of
from services.workspace.polls.schemas import (
    ChoiceIn,
    PollAnswerOut,
    PollAnswersIn,
    PollIn,
    PollOptionOut,
    PollOut,
)
from services.workspace.tables import Poll, PollAnswer
from shared import idempotency
from shared.answers import JSON
from shared.callers import Caller
from shared.database import Database, ReadSession, WriteSession
from shared.fields import Counted, utc
from shared.paging import Paging, count_of
from shared.problems import Conflict, FieldError, Invalid, NotAllowed
from shared.tags import Expected, tag

ROOT = "/api/v1/workspace/polls"
CLOSED = "This poll is closed."


def poll_out(row: Poll, answers: Sequence[PollAnswer], caller: Caller) -> PollOut:
    told = {option["id"]: Counter(one.answers.get(option["id"]) for one in answers) for option in row.options}
    options = [
        PollOptionOut(
            id=option["id"], starts_at=_moment(option["starts_at"]), ends_at=_moment(option["ends_at"]),
            yes=told[option["id"]]["yes"], maybe=told[option["id"]]["maybe"], no=told[option["id"]]["no"],
        )
        for option in row.options
    ]  # fmt: skip
    wanted = [option for option in options if option.yes or option.maybe]
    best = max(wanted, key=lambda option: (option.yes, option.maybe, -option.starts_at.timestamp()), default=None)
    own = next((one.answers for one in answers if str(one.user_id) == caller.id), {})
    is_open = row.closed_at is None
    return PollOut(
        id=row.id, committee=row.committee, title=row.title, timezone=row.timezone, options=options,
        best=best.id if best is not None else None,
        answers=[PollAnswerOut(user_id=one.user_id, name=one.name, answers=one.answers) for one in answers],
        your_answers=own, state="open" if is_open else "closed", event=row.event_id, created_by=row.created_by_name,
        created_at=row.created_at, demo=row.demo,
        may_answer=is_open and caller.kind == "user" and may_work_in(caller, row.committee),
        may_choose=is_open and may_lead(caller, row.committee),
    )  # fmt: skip


async def ask_for_dates(
    db: Database, committee: CommitteeToTell, wanted: PollIn, language: str, *, by: Caller
) -> tuple[PollOut, int]:
    """Ask the committee's people when they can. Raises NotFound, NotAllowed, Invalid."""
    people = await committee.people()
    async with db.transaction(by=by, to="ask for dates", about=committee.slug) as tx:
        await committee_to_enter(tx, committee.slug, by)
        if not may_work_in(by, committee.slug):
            raise NotAllowed("The chair and the members of the committee ask for dates.")
        _must_be_times(wanted)
        row = Poll(
            committee=committee.slug, title=wanted.title, timezone=wanted.timezone,
            options=[
                {"id": str(number), "starts_at": utc(option.starts_at), "ends_at": utc(option.ends_at)}
                for number, option in enumerate(sorted(wanted.options, key=lambda one: one.starts_at), start=1)
            ],
            created_by=actor_of(by), created_by_name=by.name or by.username, created_at=datetime.now(UTC),
            demo=by.demo, version=1,
        )  # fmt: skip
        tx.add(row)
        await tx.flush()
        tx.about = f"poll {row.id}"
        reminder = reminder_of(row)
        if reminder is not None:
            tx.announce(reminder)
        author = UUID(by.id) if by.kind == "user" else None
        await notify(
            tx, [Notice(one.user_id, "poll", "member") for one in people if one.user_id != author],
            event=f"poll:{row.id}", committee=row.committee, subject=row.title, link=f"/polls/{row.id}",
            actor_name=by.name or by.username, demo=by.demo,
        )  # fmt: skip
        out = poll_out(row, [], by)
        etag = tag(1, out.model_dump_json().encode(), language, JSON)
        idempotency.will_answer(out, headers={"Location": f"{ROOT}/{row.id}", "ETag": etag})
    return out, 1


async def list_polls(db: Database, slug: str, part: Paging, *, by: Caller) -> Counted[PollOut]:
    """A committee's, the newest first. Raises NotFound, NotAllowed."""
    statement = select(Poll).where(Poll.committee == slug, visible_polls(by))
    async with db.reading(snapshot=True) as reading:
        await committee_to_enter(reading, slug, by)
        total = await count_of(reading, statement)
        rows = (await reading.scalars(part.apply(statement, [Poll.created_at, Poll.id], descending=True))).all()
        shown, following = part.cut(rows, lambda row: (row.created_at, row.id))
        answers = await _answers(reading, [row.id for row in shown])
    return Counted(items=[poll_out(row, answers.get(row.id, []), by) for row in shown], next=following, total=total)


async def read_poll(db: Database, poll_id: UUID, *, by: Caller) -> tuple[PollOut, int]:
    """Raises NotFound."""
    async with db.reading() as reading:
        row = await poll_to_see(reading, poll_id, by)
        answers = await _answers(reading, [row.id])
    return poll_out(row, answers.get(row.id, []), by), row.version


async def answer_poll(db: Database, poll_id: UUID, wanted: PollAnswersIn, *, by: Caller) -> tuple[PollOut, int]:
    """Say when one can; the last answer counts. Raises NotFound, NotAllowed, Conflict when it is closed, Invalid."""
    async with db.transaction(by=by, to="answer a poll", about=f"poll {poll_id}") as tx:
        row = await poll_to_see(tx, poll_id, by, lock=True)
        if by.kind != "user" or not may_work_in(by, row.committee):
            raise NotAllowed("The chair and the members of the committee say when they can.")
        if row.closed_at is not None:
            raise Conflict(CLOSED)
        known = {option["id"] for option in row.options}
        unknown = [name for name in wanted.answers if name not in known]
        if unknown:
            raise Invalid(
                errors=[FieldError(f"/answers/{name[:40]}", "is none of the options", "unknown") for name in unknown]
            )
        values: dict[str, Any] = {
            "poll_id": row.id, "user_id": UUID(by.id), "name": by.name or by.username, "answers": wanted.answers,
            "answered_at": datetime.now(UTC), "demo": by.demo,
        }  # fmt: skip
        statement = insert(PollAnswer).values(values)
        changed = {name: statement.excluded[name] for name in ("name", "answers", "answered_at")}
        await tx.execute(statement.on_conflict_do_update(index_elements=["poll_id", "user_id"], set_=changed))
        answers = await _answers(tx, [row.id])
    return poll_out(row, answers.get(row.id, []), by), row.version


async def choose_date(
    db: Database, committee: CommitteeToTell, poll_id: UUID, wanted: ChoiceIn, expected: Expected, *, by: Caller
) -> tuple[PollOut, int]:
    """Arrange the meeting and close the poll. Raises NotFound, NotAllowed, StaleVersion, Conflict, Invalid."""
    people = await committee.people()
    async with db.transaction(by=by, to="choose a date", about=f"poll {poll_id}") as tx:
        row = await poll_to_see(tx, poll_id, by, lock=True)
        if not may_lead(by, row.committee):
            raise NotAllowed("The chair and the secretariat arrange meetings.")
        expected.must_match(row.version)
        if row.closed_at is not None:
            raise Conflict(CLOSED)
        option = next((one for one in row.options if one["id"] == wanted.option), None)
        if option is None:
            raise Invalid.at("/option", "must be one of the options")
        meeting = EventIn.model_validate(
            {
                "title": row.title, "starts_at": option["starts_at"], "ends_at": option["ends_at"],
                "timezone": row.timezone,
            }
        )  # fmt: skip
        series = Series(meeting.starts_at, meeting.ends_at, ZoneInfo(row.timezone))
        event = await arrange(tx, row.committee, meeting, series, people, by=by)
        row.event_id, row.closed_at, row.version = event.id, datetime.now(UTC), row.version + 1
        await tx.flush()
        tx.note(event=str(event.id))
        answers = await _answers(tx, [row.id])
    return poll_out(row, answers.get(row.id, []), by), row.version


async def remove_poll(db: Database, poll_id: UUID, expected: Expected, *, by: Caller) -> None:
    """Raises NotFound, NotAllowed, StaleVersion."""
    async with db.transaction(by=by, to="remove a poll", about=f"poll {poll_id}") as tx:
        row = await poll_to_see(tx, poll_id, by, lock=True)
        own = row.created_by == actor_of(by) and may_work_in(by, row.committee)
        if not own and not may_lead(by, row.committee):
            raise NotAllowed("Who asked, and the chair, remove a poll.")
        expected.must_match(row.version)
        tx.note(committee=row.committee, title=row.title)
        await tx.delete(row)


async def committee_of(db: Database, poll_id: UUID, by: Caller) -> str:
    """Raises NotFound."""
    async with db.reading() as reading:
        return (await poll_to_see(reading, poll_id, by)).committee


async def _answers(db: ReadSession | WriteSession, ids: Sequence[UUID]) -> dict[UUID, list[PollAnswer]]:
    found: dict[UUID, list[PollAnswer]] = {}
    statement = select(PollAnswer).where(PollAnswer.poll_id.in_(ids)).order_by(PollAnswer.name, PollAnswer.user_id)
    for row in (await db.scalars(statement)).all():
        found.setdefault(row.poll_id, []).append(row)
    return found


def _must_be_times(wanted: PollIn) -> None:
    errors: list[FieldError] = []
    seen: set[tuple[datetime, datetime]] = set()
    for index, option in enumerate(wanted.options):
        try:
            must_be_in_order(option.starts_at, option.ends_at)
        except Invalid as problem:
            errors += [
                FieldError(f"/options/{index}{error.pointer}", error.message, error.code) for error in problem.errors
            ]
        if (option.starts_at, option.ends_at) in seen:
            errors.append(FieldError(f"/options/{index}", "is there twice", "doubled"))
        seen.add((option.starts_at, option.ends_at))
    if errors:
        raise Invalid(errors=errors)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
