"""What participants do from their own devices, without an account."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.facts import communities_by_code
from services.survey.instrument import Instrument
from services.survey.schemas.workshops import (
    AskedMeasure,
    JoinedOut,
    JoinIn,
    Myself,
    RoomOut,
    ScaleLevel,
    VoteIn,
    VoteOut,
)  # fmt: skip
from services.survey.tables import Campaign, Model, Participant, WorkshopVote
from services.survey.workshops.access import participant_of, participant_to_vote, workshop_of_code
from services.survey.workshops.codes import hash_of, new_token
from services.survey.workshops.telling import tell_whoever_runs_it
from shared import idempotency
from shared.callers import Caller
from shared.database import Database
from shared.languages import pick
from shared.problems import Conflict, Invalid

MOST_PARTICIPANTS = 500


async def read_room(db: Database, code: str, token: str | None, language: str) -> RoomOut:
    """What a device in the room shows. Raises NotFound."""
    async with db.reading(snapshot=True) as reading:
        workshop = await workshop_of_code(reading, code, token)
        content = await _content_of(reading, workshop.year)
        community = (await communities_by_code(reading, [workshop.community_code]))[workshop.community_code]
        me = await participant_of(reading, workshop, token)
        own = await _votes_of(reading, me) if me is not None else {}
    here = own.get(workshop.measure or "")
    return RoomOut(
        community=workshop.community_code, name=pick(community.names, language), year=workshop.year,
        code=workshop.code, version=workshop.version, expires_at=workshop.expires_at,
        measure=_asked(content, workshop.measure, language), taking_votes=workshop.taking_votes,
        levels=[
            ScaleLevel(value=level["value"], label=pick(level["labels"], language))
            for level in content["scale"]["levels"]
        ],
        me=None if me is None else Myself(
            name=me.name, stakeholder_group=me.stakeholder_group, vote=vote_out(here) if here is not None else None,
            votes=len(own),
        ),
        demo=workshop.demo,
    )  # fmt: skip


async def _content_of(db: AsyncSession, year: int) -> dict[str, Any]:
    content: dict[str, Any] | None = await db.scalar(
        select(Model.content).join(Campaign, Campaign.model_version == Model.version).where(Campaign.year == year)
    )
    assert content is not None, "a campaign has a model"
    return content


def _asked(content: dict[str, Any], code: str | None, language: str) -> AskedMeasure | None:
    for pillar in content["pillars"]:
        for point in pillar["points"]:
            for measure in point["measures"]:
                if measure["code"] == code:
                    return AskedMeasure(
                        code=measure["code"], name=pick(measure["names"], language),
                        guidance=pick(measure.get("guidance") or {}, language) or None,
                    )  # fmt: skip
    return None


async def _votes_of(db: AsyncSession, me: Participant) -> dict[str, WorkshopVote]:
    rows = await db.scalars(select(WorkshopVote).where(WorkshopVote.participant_id == me.id))
    return {row.measure: row for row in rows}


def vote_out(row: WorkshopVote) -> VoteOut:
    flag: Any = row.flag
    return VoteOut(measure=row.measure, level=row.level, flag=flag, voted_at=row.voted_at)


async def join_workshop(db: Database, code: str, wanted: JoinIn, *, by: Caller) -> JoinedOut:
    """Come into the room with a name and a group. Raises NotFound, and Conflict when it is full."""
    token = new_token()
    async with db.transaction(by=by, to="join a workshop") as tx:
        workshop = await workshop_of_code(tx, code, share=True)
        tx.about = f"workshop {workshop.id}"
        inside = await tx.scalar(
            select(func.count()).select_from(Participant).where(Participant.workshop_id == workshop.id)
        )
        if (inside or 0) >= MOST_PARTICIPANTS:
            raise Conflict(f"The workshop has {MOST_PARTICIPANTS} participants, as many as one can have.")
        row = Participant(
            workshop_id=workshop.id, token_hash=hash_of(token), name=wanted.name,
            stakeholder_group=wanted.stakeholder_group, joined_at=datetime.now(UTC), demo=by.demo or workshop.demo,
        )  # fmt: skip
        tx.add(row)
        await tx.flush()
        await tell_whoever_runs_it(tx, workshop)
        out = JoinedOut(
            participant=row.id, name=row.name, stakeholder_group=row.stakeholder_group, token=token, demo=row.demo
        )
        idempotency.will_answer(out, secret=frozenset({"token"}))
    return out


async def cast_vote(
    db: Database, code: str, token: str | None, measure: str, wanted: VoteIn, *, by: Caller
) -> VoteOut:  # fmt: skip
    """Say or change what the participant thinks of the measure that the room looks at.

    Raises NotFound, NotSignedIn without a token of this workshop, Invalid, and Conflict for another measure or closed
    votes. A vote that has begun is counted before the measure closes; one that comes later is refused.
    """
    async with db.transaction(by=by, to="vote in a workshop") as tx:
        workshop = await workshop_of_code(tx, code, token, share=True)
        tx.about = f"workshop {workshop.id}"
        me = await participant_to_vote(tx, workshop, token)
        _must_be_possible(wanted, Instrument.of("", await _content_of(tx, workshop.year)).top)
        if workshop.measure != measure or not workshop.taking_votes:
            raise Conflict("The room does not vote on this measure now.")
        said = {"level": wanted.level, "flag": wanted.flag, "voted_at": datetime.now(UTC)}
        added = insert(WorkshopVote).values(
            participant_id=me.id, measure=measure, workshop_id=workshop.id, demo=me.demo, **said
        )
        row = await tx.scalar(
            added.on_conflict_do_update(
                index_elements=[WorkshopVote.participant_id, WorkshopVote.measure], set_=said
            ).returning(WorkshopVote)
        )
        assert row is not None, "inserted or changed"
        await tell_whoever_runs_it(tx, workshop)
        return vote_out(row)


def _must_be_possible(wanted: VoteIn, top: int) -> None:
    if (wanted.level is None) == (wanted.flag is None):
        raise Invalid.at("/level", "is needed, or a flag instead of it", "level_or_flag")
    if wanted.level is not None and not 0 <= wanted.level <= top:
        raise Invalid.at("/level", f"must be one of {', '.join(str(level) for level in range(top + 1))}", "level")
