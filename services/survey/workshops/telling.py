"""Waking whoever follows a workshop."""

from uuid import UUID

from services.survey.tables import Workshop
from shared.database import WriteSession
from shared.streams import tell

CHANNEL = "workshops_survey"


def room_topic(workshop: UUID) -> str:
    """What the devices in the room listen for: they need not look again at every vote."""
    return f"{workshop}:room"


async def tell_room(tx: WriteSession, workshop: Workshop) -> None:
    """The workshop's measure or state changed: for everybody who follows it."""
    await tell(tx, CHANNEL, str(workshop.id))
    await tell(tx, CHANNEL, room_topic(workshop.id))


async def tell_whoever_runs_it(tx: WriteSession, workshop: Workshop) -> None:
    """Somebody voted, came or went: for the projector and the coordinators."""
    await tell(tx, CHANNEL, str(workshop.id))
