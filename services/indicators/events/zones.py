"""The clocks of the ports: which zone a community keeps, and by how much it is ahead of UTC when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

BY_COUNTRY: Mapping[str, str] = {
    "AR": "America/Argentina/Buenos_Aires", "BB": "America/Barbados", "BO": "America/La_Paz", "BR": "America/Sao_Paulo",
    "BS": "America/Nassau", "BZ": "America/Belize", "CL": "America/Santiago", "CO": "America/Bogota",
    "CR": "America/Costa_Rica", "CU": "America/Havana", "DO": "America/Santo_Domingo", "EC": "America/Guayaquil",
    "GT": "America/Guatemala", "GY": "America/Guyana", "HN": "America/Tegucigalpa", "HT": "America/Port-au-Prince",
    "JM": "America/Jamaica", "LC": "America/St_Lucia", "MX": "America/Mexico_City", "NI": "America/Managua",
    "PA": "America/Panama", "PE": "America/Lima", "PY": "America/Asuncion", "SR": "America/Paramaribo",
    "SV": "America/El_Salvador", "TT": "America/Port_of_Spain", "UY": "America/Montevideo", "VE": "America/Caracas",
}  # fmt: skip
BY_COMMUNITY: Mapping[str, str] = {
    "mx-ensenada": "America/Tijuana", "mx-guaymas": "America/Hermosillo", "mx-mazatlan": "America/Mazatlan",
    "mx-topolobampo": "America/Mazatlan", "mx-la-paz": "America/Mazatlan", "mx-puerto-morelos": "America/Cancun",
    "br-manaus": "America/Manaus", "br-recife": "America/Recife", "br-suape": "America/Recife",
    "br-salvador": "America/Bahia", "br-fortaleza": "America/Fortaleza", "br-pecem": "America/Fortaleza",
    "br-belem": "America/Belem", "cl-punta-arenas": "America/Punta_Arenas", "ar-ushuaia": "America/Argentina/Ushuaia",
}  # fmt: skip
"""Ports that do not keep the clock of their country's busiest coast."""
STEP = timedelta(days=7)


def zone_of(community: str, country: str) -> str:
    """The IANA name of the zone whose clock a community keeps; UTC for a country that we do not know."""
    return BY_COMMUNITY.get(community) or BY_COUNTRY.get(country, "UTC")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time with one offset: `seconds` ahead of UTC, until `until_utc` by UTC and `until_local` by the clock on the
    wall (seconds of the epoch; None: for good). An hour that the wall shows twice counts as the first of the two."""

    seconds: int
    until_utc: int | None
    until_local: int | None


def stretches(zone: str, first: int, last: int) -> list[Stretch]:
    """The offsets of a zone from one second of the epoch to another, in order."""
    clock = ZoneInfo(zone)
    begin = datetime.fromtimestamp(first, UTC) - timedelta(days=2)
    end = datetime.fromtimestamp(last, UTC) + timedelta(days=2)
    places = [begin]
    while places[-1] < end:
        places.append(min(places[-1] + STEP, end))
    changes = [
        _change(clock, before, after)
        for before, after in pairwise(places)
        if _offset(clock, before) != _offset(clock, after)
    ]
    offsets = [_offset(clock, begin), *[_offset(clock, change) for change in changes]]
    found = [
        Stretch(before, int(change.timestamp()), int(change.timestamp()) + max(before, after))
        for change, before, after in zip(changes, offsets, offsets[1:], strict=False)
    ]
    return [*found, Stretch(offsets[-1], None, None)]


def months_between(first: int, last: int) -> tuple[int, list[int]]:
    """The months by the clock on any wall from one second of the epoch to another: the first as `Period.first_month`
    counts, and the second by the wall at which each later one begins.

    >>> months_between(1_735_689_600, 1_740_000_000)  # from 2025-01-01 to 2025-02-19
    (24299, [1735689600, 1738368000])
    """
    begin = datetime.fromtimestamp(first, UTC) - timedelta(days=1)
    end = datetime.fromtimestamp(last, UTC) + timedelta(days=1)
    month, until = (moment.year * 12 + moment.month - 1 for moment in (begin, end))
    later = [datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC) for number in range(month + 1, until + 1)]
    return month, [int(moment.timestamp()) for moment in later]


def _offset(clock: ZoneInfo, at: datetime) -> int:
    ahead = at.astimezone(clock).utcoffset()
    assert ahead is not None
    return int(ahead.total_seconds())


def _change(clock: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second at which the clock changes between two moments that differ."""
    was = _offset(clock, before)
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        middle = middle.replace(microsecond=0)
        if middle in (before, after):
            break
        before, after = (middle, after) if _offset(clock, middle) == was else (before, middle)
    return after
