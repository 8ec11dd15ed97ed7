"""What lies in a zipped file, read from its directory at the end: nothing is unpacked, nothing large is read."""

import struct
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from shared.problems import Invalid

END = b"PK\x05\x06"
ENTRY = b"PK\x01\x02"
LOCAL = b"PK\x03\x04"
TAIL = 65_557
"""Bytes in which the directory's end must be: its own 22 and the longest comment."""
LARGEST_DIRECTORY = 4 * 2**20
MOST_ENTRIES = 20_000
MOST_UNPACKED = 100 * 2**20
MOST_TIMES = 30
"""An archive may unpack to the first many bytes, or to so many times its own size: office files come to 20."""
READ = {"mimetype"}
"""Whose content is told, too."""
ReadRange = Callable[[int, int], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One file in an archive, as the directory tells it; sizes in bytes."""

    name: str
    packed: int
    unpacked: int
    method: int
    offset: int
    is_encrypted: bool


class BrokenArchive(Exception):
    """The directory cannot be read."""


class TooManyEntries(Exception):
    """There are more than anybody packs, or it is so large that it has another kind of directory."""


async def directory_of(read: ReadRange, size: int, *, most: int = MOST_ENTRIES) -> list[Entry]:
    """The entries of an archive of so many bytes; `read(start, end)` gives bytes of it.

    Raises BrokenArchive, TooManyEntries.
    """
    tail = await read(max(0, size - TAIL), size)
    at = tail.rfind(END)
    if at < 0 or len(tail) < at + 22:
        raise BrokenArchive
    count, length, start = struct.unpack("<HLL", tail[at + 10 : at + 20])
    if count == 0xFFFF or start == 0xFFFFFFFF or count > most or length > LARGEST_DIRECTORY:
        raise TooManyEntries
    if start + length > size:
        raise BrokenArchive
    directory = await read(start, start + length) if length else b""
    found: list[Entry] = []
    place = 0
    for _ in range(count):
        if directory[place : place + 4] != ENTRY or len(directory) < place + 46:
            raise BrokenArchive
        flags, method = struct.unpack("<HH", directory[place + 8 : place + 12])
        packed, unpacked, names, extra, comment = struct.unpack("<LLHHH", directory[place + 20 : place + 34])
        (offset,) = struct.unpack("<L", directory[place + 42 : place + 46])
        raw = directory[place + 46 : place + 46 + names]
        name = raw.decode("utf-8" if flags & 0x800 else "cp437", "replace").replace("\\", "/")
        found.append(Entry(name, packed, unpacked, method, offset, bool(flags & 1)))
        place += 46 + names + extra + comment
    return found


async def entries_of(read: ReadRange, size: int) -> dict[str, bytes]:
    """Names of the entries; with the content of those that tell the file's type.

    Raises Invalid with `/file` when it is broken, or has more entries or unpacks to more than anybody packs.
    """
    try:
        entries = await directory_of(read, size)
    except BrokenArchive:
        raise Invalid.at("/file", "is a broken or encrypted archive", "broken") from None
    except TooManyEntries:
        raise Invalid.at("/file", f"is an archive of more than {MOST_ENTRIES} files", "too_many_entries") from None
    if sum(entry.unpacked for entry in entries) > max(MOST_UNPACKED, MOST_TIMES * size):
        raise Invalid.at("/file", "unpacks to more than is accepted", "too_much_inside")
    return {
        entry.name: await _content(read, entry.offset, entry.packed, entry.method)
        if entry.name in READ and entry.packed < 1000
        else b""
        for entry in entries
    }


async def _content(read: ReadRange, offset: int, packed: int, method: int) -> bytes:
    head = await read(offset, offset + 30)
    if head[:4] != LOCAL or len(head) < 30:
        return b""
    names, extra = struct.unpack("<HH", head[26:30])
    begin = offset + 30 + names + extra
    content = await read(begin, begin + packed)
    if method == 8:
        try:
            return zlib.decompressobj(-15).decompress(content, 1000)
        except zlib.error:
            return b""
    return content
