"""Who may see and change regional meetings: published ones everybody, drafts and registrations the secretariat."""

from typing import NewType

from sqlalchemy import ColumnElement, select, true

from services.workspace.tables import RegionalMeeting
from shared.callers import Caller
from shared.database import ReadSession, WriteSession
from shared.problems import NotAllowed, NotFound

MeetingToEdit = NewType("MeetingToEdit", RegionalMeeting)


def visible_meetings(caller: Caller) -> ColumnElement[bool]:
    """Regional meetings that this caller may know of. Used by item, list, calendar file and registration alike."""
    return true() if caller.is_secretariat else RegionalMeeting.published.is_(True)


async def meeting_to_see(
    db: ReadSession | WriteSession, slug: str, caller: Caller, *, lock: bool = False
) -> RegionalMeeting:
    """With `lock`, nobody else takes or gives places meanwhile. Raises NotFound."""
    statement = select(RegionalMeeting).where(RegionalMeeting.slug == slug, visible_meetings(caller))
    found: RegionalMeeting | None = await db.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise NotFound("This meeting")
    return found


async def meeting_to_edit(tx: WriteSession, slug: str, caller: Caller) -> MeetingToEdit:
    """The row, locked. Raises NotFound, NotAllowed."""
    found = await meeting_to_see(tx, slug, caller, lock=True)
    if not caller.is_secretariat:
        raise NotAllowed("Only the secretariat may do this.")
    return MeetingToEdit(found)
