"""Time zones by name, and what a time on the wall means when clocks jump.

Zone data come from the `tzdata` package alone: a server whose own data are years old would still give Mexico its summer
time, which it gave up in 2022, and Paraguay its winter time, which it gave up in 2024.

**The rule of the house.** A meeting keeps its time on the wall. Where that time does not exist, because clocks jump
over it, the meeting begins later by the length of the jump (02:30 becomes 03:30); where it exists twice, it is the
first of the two (RFC 5545, 3.3.5).
"""

import zoneinfo
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

zoneinfo.reset_tzpath(to=())


def zone_named(name: str) -> ZoneInfo | None:
    """The zone, or None for what is no name of one, such as an abbreviation or a path."""
    if name not in known_zones():
        return None
    return ZoneInfo(name)


def known_zones() -> frozenset[str]:
    """Names of places and `UTC`; not the abbreviations and files that the data also hold."""
    global _known
    if _known is None:
        found = zoneinfo.available_timezones()
        _known = frozenset(name for name in found if "/" in name and not name.startswith(("Etc/", "posix"))) | {"UTC"}
    return _known


_known: frozenset[str] | None = None


def moment_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, at which clocks of the zone show `wall` (without a zone), by the rule of the house.

    >>> moment_of(datetime(2026, 4, 5, 10), ZoneInfo("America/Santiago")).isoformat()
    '2026-04-05T14:00:00+00:00'
    >>> moment_of(datetime(2026, 3, 8, 2, 30), ZoneInfo("America/Tijuana")).isoformat()  # jumped over: 03:30 there
    '2026-03-08T10:30:00+00:00'
    """
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def wall_time(moment: datetime, zone: ZoneInfo) -> datetime:
    """What clocks of the zone show at a moment, without the zone."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)
