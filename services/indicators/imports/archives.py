"""A workbook is a ZIP: whether it may be unpacked, decided by its directory, before anything of it is unpacked."""

from services.indicators.imports.workbook import MOST_UNPACKED
from shared.archives import BrokenArchive, Entry, ReadRange, TooManyEntries, directory_of
from shared.problems import Invalid, TooLarge

MOST_ENTRIES = 2_000
SMALL = 16 * 2**20
HIGHEST_RATIO = 150
"""XML of a real sheet shrinks to a tenth or a thirtieth; what shrinks further was made to."""


async def must_be_safe(size: int, read: ReadRange) -> list[Entry]:
    """Look into a ZIP of so many bytes; `read(start, end)` gives bytes of it.

    Raises TooLarge for more than it may hold unpacked, Invalid for what is no workbook.
    """
    try:
        entries = await directory_of(read, size, most=MOST_ENTRIES)
    except BrokenArchive:
        raise Invalid.at("/file", "cannot be read: the workbook is damaged or cut off", "damaged") from None
    except TooManyEntries:
        raise TooLarge(
            f"The workbook has more than {MOST_ENTRIES} parts; a table of figures has a dozen."
        ) from None  # fmt: skip
    if any(entry.is_encrypted for entry in entries):
        raise Invalid.at("/file", "is protected by a password; save it without one", "protected")
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
