"""Telling a committee's people of a meeting."""

from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from services.workspace.events.presenting import key_text
from services.workspace.notifications.delivery import notify
from services.workspace.notifications.rules import Notice
from services.workspace.people import CommitteePerson, People
from services.workspace.tables import Event, EventDeviation
from shared.callers import Caller
from shared.database import WriteSession
from shared.fields import utc

Kind = Literal["invited", "event_changed", "event_cancelled"]


class CommitteeToTell:
    """A committee whose people are to be told; they are asked for before a transaction begins."""

    def __init__(self, slug: str, people: People) -> None:
        self.slug = slug
        self._people = people

    async def people(self) -> list[CommitteePerson]:
        """Chair and members. Raises Unavailable when the gateway cannot be asked."""
        return [one for one in await self._people.of_committee(self.slug) if one.role != "observer"]


async def tell_committee(
    tx: WriteSession,
    people: list[CommitteePerson],
    event: Event,
    kind: Kind,
    key: str,
    *,
    occurrence: EventDeviation | None = None,
    by: Caller,
) -> None:
    """Invite, or tell of a change, everybody but whoever did it; not of what is over."""
    over = occurrence.ends_at if occurrence is not None else event.ends_by
    if over is not None and over < datetime.now(UTC):
        return
    author = UUID(by.id) if by.kind == "user" else None
    starts = occurrence.starts_at if occurrence is not None else event.starts_at
    details = {"event": str(event.id), "starts_at": utc(starts), "timezone": event.timezone}
    if occurrence is not None:
        details["occurrence"] = key_text(occurrence.key)
    await notify(
        tx, [Notice(one.user_id, kind, "member") for one in people if one.user_id != author], event=key,
        committee=event.committee, subject=(occurrence.title if occurrence is not None else None) or event.title,
        link=f"/events/{event.id}", actor_name=by.name or by.username, details=details, demo=by.demo,
    )  # fmt: skip
