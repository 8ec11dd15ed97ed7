"""A workbook is a ZIP: whether it may be unpacked, decided by its directory, before anything of it is unpacked."""

import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.indicators.imports.workbook import MOST_UNPACKED
from shared.problems import Invalid, TooLarge

END, ENTRY = b"PK\x05\x06", b"PK\x01\x02"
END_SIZE, ENTRY_SIZE = 22, 46
LONGEST_COMMENT = 2**16
MOST_ENTRIES = 2_000
LARGEST_DIRECTORY = 2**20
SMALL = 16 * 2**20
HIGHEST_RATIO = 150
"""XML of a real sheet shrinks to a tenth or a thirtieth; what shrinks further was made to."""
Part = Callable[[int, int], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Entry:
    name: str
    packed: int
    unpacked: int
    method: int


async def must_be_safe(size: int, part: Part) -> list[Entry]:
    """Read the directory of a ZIP of so many bytes; `part(start, end)` gives bytes of it.

    Raises TooLarge for more than it may hold unpacked, Invalid for what is no workbook.
    """
    entries = await _entries(size, part)
    unpacked = sum(entry.unpacked for entry in entries)
    if unpacked > MOST_UNPACKED:
        raise TooLarge(
            f"Unpacked, the workbook has {unpacked // 2**20} MiB; at most {MOST_UNPACKED // 2**20} MiB are read. "
            "Save a large table as CSV."
        )
    if unpacked > SMALL and unpacked > HIGHEST_RATIO * size:
        raise TooLarge("The workbook unpacks to far more than a table of figures does; save it again, or as CSV.")
    names = {entry.name.lower() for entry in entries}
    if "[content_types].xml" not in names or not any(name.endswith("workbook.xml") for name in names):
        raise Invalid.at("/file", "is a ZIP, but no XLSX workbook", "type")
    return entries


async def _entries(size: int, part: Part) -> list[Entry]:
    tail_start = max(0, size - END_SIZE - LONGEST_COMMENT)
    tail = await part(tail_start, size)
    place = tail.rfind(END)
    if place < 0 or len(tail) - place < END_SIZE:
        raise _damaged()
    count, length, start = struct.unpack("<HII", tail[place + 10 : place + 20])
    if count == 0xFFFF or count > MOST_ENTRIES or length > LARGEST_DIRECTORY:
        raise TooLarge(f"The workbook has more than {MOST_ENTRIES} parts; a table of figures has a dozen.")
    if start + length > size:
        raise _damaged()
    directory = await part(start, start + length) if length else b""
    found: list[Entry] = []
    at = 0
    while len(found) < count:
        head = directory[at : at + ENTRY_SIZE]
        if len(head) < ENTRY_SIZE or head[:4] != ENTRY:
            raise _damaged()
        method, packed, unpacked = struct.unpack("<H", head[10:12]) + struct.unpack("<II", head[20:28])
        name, extra, comment = struct.unpack("<HHH", head[28:34])
        text = directory[at + ENTRY_SIZE : at + ENTRY_SIZE + name].decode("utf-8", "replace")
        if head[8] & 1:
            raise Invalid.at("/file", "is protected by a password; save it without one", "protected")
        found.append(Entry(text, packed, unpacked, method))
        at += ENTRY_SIZE + name + extra + comment
    return found


def _damaged() -> Invalid:
    return Invalid.at("/file", "cannot be read: the workbook is damaged or cut off", "damaged")
