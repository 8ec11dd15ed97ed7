"""Who may do what with a workshop, and the doors to its rows."""

from datetime import UTC, datetime
from typing import NewType
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.access import assessment_to_review
from services.survey.tables import Participant, Workshop
from services.survey.words import AssessmentKey
from services.survey.workshops.codes import code_in, hash_of
from shared.callers import Caller
from shared.database import WriteSession
from shared.problems import NotFound, NotSignedIn

WorkshopToRun = NewType("WorkshopToRun", Workshop)
"""Locked, for the coordinator or the secretariat."""


def can_be_joined(now: datetime) -> ColumnElement[bool]:
    """Workshops whose code is good now: everything public of a workshop passes here."""
    return Workshop.ended_at.is_(None) & Workshop.code.is_not(None) & (Workshop.expires_at > now)


async def workshop_to_see(db: AsyncSession, key: AssessmentKey, workshop_id: UUID, caller: Caller) -> Workshop:
    """For the coordinator and the secretariat. Raises NotFound, NotAllowed."""
    await assessment_to_review(db, key, caller)
    found: Workshop | None = await db.scalar(_here(key, workshop_id))
    if found is None:
        raise NotFound("This workshop")
    return found


async def workshop_to_run(tx: WriteSession, key: AssessmentKey, workshop_id: UUID, caller: Caller) -> WorkshopToRun:
    """The row, locked. Raises NotFound, NotAllowed."""
    await assessment_to_review(tx, key, caller)
    found: Workshop | None = await tx.scalar(_here(key, workshop_id).with_for_update(key_share=True))
    if found is None:
        raise NotFound("This workshop")
    return WorkshopToRun(found)


def _here(key: AssessmentKey, workshop_id: UUID) -> Select[tuple[Workshop]]:
    return select(Workshop).where(
        Workshop.id == workshop_id, Workshop.year == key.year, Workshop.community_code == key.community
    )


async def workshop_of_code(
    db: AsyncSession, text: str, token: str | None = None, *, share: bool = False
) -> Workshop:  # fmt: skip
    """The workshop that the device of this token is in, whatever code was sent, else the one that the code joins.

    So whoever is in a workshop learns nothing about other codes by trying them. Wrong, expired, taken away and never
    given are answered alike. With `share` its measure cannot change until the transaction ends. Raises NotFound.
    """
    wanted: list[ColumnElement[bool]] = []
    if token:
        wanted.append(
            Workshop.id.in_(select(Participant.workshop_id).where(Participant.token_hash == hash_of(token[:200])))
        )
    code = code_in(text[:40])
    if code is not None:
        wanted.append(Workshop.code == code)
    for condition in wanted:
        statement = select(Workshop).where(condition, can_be_joined(datetime.now(UTC)))
        found: Workshop | None = await db.scalar(statement.with_for_update(read=True) if share else statement)
        if found is not None:
            return found
    raise NotFound("A workshop with this code")


async def participant_of(db: AsyncSession, workshop: Workshop, token: str | None) -> Participant | None:
    """The participant of a device's token in this workshop, None for no or another token."""
    if not token:
        return None
    found: Participant | None = await db.scalar(
        select(Participant).where(
            Participant.token_hash == hash_of(token[:200]), Participant.workshop_id == workshop.id
        )
    )
    return found


async def participant_to_vote(db: AsyncSession, workshop: Workshop, token: str | None) -> Participant:
    """Raises NotSignedIn without a token of this workshop."""
    found = await participant_of(db, workshop, token)
    if found is None:
        raise NotSignedIn("Join the workshop first.", scheme="Workshop-Token")
    return found
