"""How a person wants to hear of what: one tree of preferences, from the committee down to the kind.

A muted committee is silent, whatever its kinds say. Otherwise each kind has its channels: on the platform or not, and
by mail at once, in the digest of the day, or never. A committee may have channels of its own for a kind.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from services.workspace.events.zones import moment_of, wall_time, zone_named
from services.workspace.tables import NotificationPreference
from services.workspace.words import AT_ONCE_AT_FIRST, Email
from shared.database import ReadSession, WriteSession

DIGEST_AT = time(7)
TOLD_DIGEST_AT = f"{DIGEST_AT:%H:%M}"
"""In the person's own time zone."""


@dataclass(frozen=True)
class Wishes:
    """A person's preferences. Quiet hours are minutes of the day, and may pass midnight."""

    muted: frozenset[str] = frozenset()
    channels: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    committees: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    timezone: str | None = None
    quiet: tuple[int, int] | None = None

    def is_silent(self, committee: str | None) -> bool:
        return bool(self.committees.get(committee or "", {}).get("muted"))

    def in_app(self, kind: str, committee: str | None = None) -> bool:
        if self.is_silent(committee):
            return False
        chosen = self._chosen("in_app", kind, committee)
        return bool(chosen) if chosen is not None else kind not in self.muted

    def email(self, kind: str, committee: str | None = None) -> Email:
        if self.is_silent(committee):
            return "never"
        chosen: Email | None = self._chosen("email", kind, committee)
        if chosen is not None:
            return chosen
        if not self.in_app(kind, committee):  # silenced without a word about mail: silent
            return "never"
        return "at_once" if kind in AT_ONCE_AT_FIRST else "daily"

    def _chosen(self, channel: str, kind: str, committee: str | None) -> Any:
        """What was chosen for the committee, else for the kind everywhere; None when nothing was."""
        there = self.committees.get(committee or "", {}).get("kinds", {}).get(kind, {})
        return there[channel] if channel in there else self.channels.get(kind, {}).get(channel)

    def wants(self, kind: str, committee: str | None = None) -> bool:
        return self.in_app(kind, committee) or self.email(kind, committee) != "never"

    def zone(self, otherwise: ZoneInfo) -> ZoneInfo:
        return (zone_named(self.timezone) if self.timezone else None) or otherwise

    def quiet_until(self, now: datetime, otherwise: ZoneInfo) -> datetime | None:
        """When the quiet hours end in which `now` is; None outside of them."""
        if self.quiet is None or self.quiet[0] == self.quiet[1]:
            return None
        zone = self.zone(otherwise)
        wall = wall_time(now, zone)
        begin, end = self.quiet
        minute = wall.hour * 60 + wall.minute
        is_quiet = begin <= minute < end if begin < end else minute >= begin or minute < end
        if not is_quiet:
            return None
        day = wall.date() + timedelta(days=1 if minute >= end else 0)
        return moment_of(datetime.combine(day, time(end // 60, end % 60)), zone)

    def next_digest(self, now: datetime, otherwise: ZoneInfo) -> tuple[datetime, ZoneInfo]:
        """When the next digest goes out, and in which zone that is seven o'clock."""
        zone = self.zone(otherwise)
        wall = wall_time(now, zone)
        day = wall.date() + timedelta(days=0 if wall.time() < DIGEST_AT else 1)
        return moment_of(datetime.combine(day, DIGEST_AT), zone), zone


def wishes_in(row: NotificationPreference | None) -> Wishes:
    if row is None:
        return Wishes()
    quiet = (row.quiet_from, row.quiet_until)
    return Wishes(
        frozenset(row.muted), row.channels, row.committees, row.timezone,
        (quiet[0], quiet[1]) if quiet[0] is not None and quiet[1] is not None else None,
    )  # fmt: skip


async def wishes_of(db: ReadSession | WriteSession, people: Iterable[UUID]) -> dict[UUID, Wishes]:
    """Everybody's, by their ids."""
    wanted = list(people)
    rows = (
        await db.scalars(select(NotificationPreference).where(NotificationPreference.user_id.in_(wanted)))
    ).all()  # fmt: skip
    known = {row.user_id: row for row in rows}
    return {user: wishes_in(known.get(user)) for user in wanted}
