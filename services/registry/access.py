"""Who may see and change what in the registry: one condition per resource, and the doors to its rows."""

from typing import NewType

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import selectinload

from services.registry.tables import Community
from shared.callers import Caller
from shared.database import ReadSession, WriteSession
from shared.problems import FieldError, NotAllowed, NotFound

CommunityToEdit = NewType("CommunityToEdit", Community)

COORDINATORS_FIELDS = frozenset({"name", "website", "description", "contacts"})
"""What a coordinator may change on the card of the own community."""


def visible(caller: Caller) -> ColumnElement[bool]:
    """Communities that this caller may know of: all that were not deleted; the directory is public."""
    return Community.deleted_at.is_(None)


def sees_people(caller: Caller, community: str) -> bool:
    """Whether people's names and addresses in this community are shown: its own people and the secretariat."""
    return caller.is_secretariat or community in caller.communities


async def community_to_see(db: ReadSession, code: str, caller: Caller) -> Community:
    found = await db.scalar(
        select(Community).where(Community.code == code, visible(caller)).options(selectinload(Community.ports))
    )
    if found is None:
        raise NotFound("This community")
    return found


async def community_to_edit(tx: WriteSession, code: str, caller: Caller, fields: frozenset[str]) -> CommunityToEdit:
    """The row, locked, for a caller who may change these fields. Raises NotFound, NotAllowed with pointers."""
    found = await tx.scalar(
        select(Community)
        .where(Community.code == code, visible(caller))
        .options(selectinload(Community.ports))
        .with_for_update(of=Community)
    )
    if found is None:
        raise NotFound("This community")
    if caller.is_secretariat:
        return CommunityToEdit(found)
    if not caller.coordinates(code):
        raise NotAllowed("Only its coordinator and the secretariat change a community.")
    refused = sorted(fields - COORDINATORS_FIELDS)
    if refused:
        raise NotAllowed(
            "Only the secretariat changes these fields.",
            errors=[FieldError(f"/{field}", "is changed by the secretariat only", "not_allowed") for field in refused],
        )
    return CommunityToEdit(found)
