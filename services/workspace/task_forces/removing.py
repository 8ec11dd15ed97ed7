"""Putting a committee away: one that never held anything is removed, any other is archived and stays for reading.

Committees that came with the platform stay: other programs know them by name.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from services.workspace.access import visible_committees
from services.workspace.people import People
from services.workspace.seed import read
from services.workspace.tables import Committee, CommitteeVisit, Notification
from shared.callers import Caller
from shared.database import Database, Job, WriteSession
from shared.problems import Conflict, FieldError, NotAllowed, NotFound, Problem
from shared.tags import Expected

log = structlog.get_logger(__name__)
UNSEAT = "unseat_people"
SEATS = ("seated", "unseated")


@lru_cache(maxsize=1)
def shipped() -> frozenset[str]:
    """Slugs of the committees that came with the platform."""
    return frozenset(row.slug for row in read().committees)


def may_put_away(caller: Caller, row: Committee) -> bool:
    """The secretariat, but none of those that came with the platform."""
    return caller.is_secretariat and row.slug not in shipped()


async def archive(tx: WriteSession, row: Committee, archived: bool, *, by: Caller) -> None:
    """Take it out of the lists, or back in. From then on its people read, and nobody joins it; nothing in it is lost.

    Raises NotAllowed for whoever is not the secretariat, Conflict for a committee that came with the platform or has
    task forces under way.
    """
    if not by.is_secretariat:
        wrong = FieldError("/archived", "is changed by the secretariat only", "not_allowed")
        raise NotAllowed("Only the secretariat archives a committee.", errors=[wrong])
    if archived == (row.archived_at is not None):
        return
    if not archived:
        row.archived_at = row.archived_by_name = None
        return
    _must_not_be_shipped(row)
    under_way = select(func.count()).where(
        Committee.parent == row.slug,
        Committee.archived_at.is_(None),
        Committee.ends_on.is_(None) | (Committee.ends_on >= func.current_date()),
    )
    if await tx.scalar(under_way):
        raise Conflict("It has task forces under way: end or archive them first.")
    row.archived_at = datetime.now(UTC)
    row.archived_by_name = by.name or by.username


async def remove_committee(db: Database, people: People, slug: str, expected: Expected, *, by: Caller) -> None:
    """Remove one that never held anything, with the roles that people were given in it.

    Raises NotFound, NotAllowed, StaleVersion, Conflict for one that came with the platform or has held something.
    """
    async with db.transaction(by=by, to="remove a committee", about=slug) as tx:
        row = await tx.scalar(
            select(Committee).where(Committee.slug == slug, visible_committees(by)).with_for_update()
        )  # fmt: skip
        if row is None:
            raise NotFound("This committee")
        if not by.is_secretariat:
            raise NotAllowed("Only the secretariat removes a committee.")
        _must_not_be_shipped(row)
        expected.must_match(row.version)
        payload = {"slug": slug, "before": datetime.now(UTC).isoformat(), "asked_by": by.name or by.username}
        try:
            async with tx.begin_nested():
                seats = Notification.kind.in_(SEATS)
                await tx.execute(delete(Notification).where(Notification.committee == slug, seats))
                await tx.execute(delete(CommitteeVisit).where(CommitteeVisit.committee == slug))
                await tx.execute(delete(Committee).where(Committee.slug == slug))
        except IntegrityError:
            raise Conflict("It has held something, which stays for reading: archive it instead.") from None
        tx.note(names=row.names)
        tx.announce(Job(UNSEAT, payload))
    try:
        await unseat_people(people, payload)
    except Problem as problem:  # the job asks again
        log.warning("people lose their seats later", committee=slug, reason=problem.detail)


async def unseat_people(people: People, payload: Mapping[str, Any]) -> None:
    """Take away the roles in a committee that is gone; twice is as once. Raises Unavailable."""
    await people.unseat(payload["slug"], before=payload["before"], asked_by=payload["asked_by"])


def _must_not_be_shipped(row: Committee) -> None:
    if row.slug in shipped():
        raise Conflict("This committee came with the platform, and stays.")
