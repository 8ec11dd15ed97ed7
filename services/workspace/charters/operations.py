"""A committee's charter: read by the whole Network, written by its chair or the secretariat, never overwritten."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ScalarSelect, Select, func, select

from services.workspace.access import actor_of, committee_to_see, lock_order_of, may_lead, user_of
from services.workspace.charters.schemas import CharterIn, CharterOut, CharterRevisionOut
from services.workspace.markdown import html_of
from services.workspace.schemas import ActorOut
from services.workspace.search.indexing import index_charter
from services.workspace.tables import CharterRevision
from shared.callers import Caller
from shared.database import Database, ReadSession, WriteSession
from shared.problems import NotAllowed
from shared.tags import Expected


def revisions_of(slug: str) -> Select[CharterRevision]:
    """Every charter that the committee had. Whoever may know of the committee may read them."""
    return select(CharterRevision).where(CharterRevision.committee == slug)


def latest_number(committee: Any) -> ScalarSelect[int]:
    """Of the charter in force in a committee, whose slug is a column of the query around it."""
    every = CharterRevision.__table__.alias("every_revision")
    return select(func.max(every.c.number)).where(every.c.committee == committee).scalar_subquery()


async def in_force(db: ReadSession | WriteSession, slug: str) -> CharterRevision | None:
    found: CharterRevision | None = await db.scalar(revisions_of(slug).order_by(CharterRevision.number.desc()).limit(1))
    return found


async def write_charter(
    db: Database, slug: str, wanted: CharterIn, expected: Expected, *, by: Caller
) -> tuple[CharterOut, int]:
    """Put a text into force; the one before stays readable. The same text again is no new revision.

    Raises NotFound, NotAllowed, StaleVersion.
    """
    async with db.transaction(by=by, to="write a charter", about=slug) as tx:
        committee = await committee_to_see(tx, slug, by)
        if not may_lead(by, slug):
            raise NotAllowed("The committee's chair and the secretariat write its charter.")
        await lock_order_of(tx, slug)
        before = await in_force(tx, slug)
        number = before.number if before is not None else 0
        expected.must_match(number)
        if before is None or before.text != wanted.text:
            row = CharterRevision(
                committee=slug, number=number + 1, text=wanted.text, note=wanted.note, changed_by=actor_of(by),
                changed_by_name=by.name or by.username, changed_at=datetime.now(UTC), demo=by.demo or committee.demo,
            )  # fmt: skip
            tx.add(row)
            await tx.flush()
            await index_charter(tx, row, committee)
            tx.note(revision=row.number)
            before = row
    return charter_out(slug, before, by), before.number


def charter_out(slug: str, row: CharterRevision | None, caller: Caller) -> CharterOut:
    may_edit = may_lead(caller, slug)
    if row is None:
        return CharterOut(
            committee=slug, revision=0, text="", text_html="", note=None, changed_by=None, changed_at=None,
            may_edit=may_edit, demo=False,
        )  # fmt: skip
    return CharterOut(**revision_out(row).__dict__, may_edit=may_edit)


def revision_out(row: CharterRevision) -> CharterRevisionOut:
    return CharterRevisionOut(
        committee=row.committee, revision=row.number, text=row.text, text_html=html_of(row.text), note=row.note,
        changed_by=ActorOut(user_id=user_of(row.changed_by), name=row.changed_by_name), changed_at=row.changed_at,
        demo=row.demo,
    )  # fmt: skip
