"""Which part of a file is asked for (RFC 9110, section 14)."""

import re

from shared.problems import RangeNotSatisfiable

ONE_RANGE = re.compile(r"bytes=\s*([0-9]{0,4000})-([0-9]{0,4000})\s*", re.IGNORECASE)


def range_in(header: str | None, size: int) -> tuple[int, int] | None:
    """`(start, end)` of one range, `end` not included; None for the whole: no range, another unit, several ranges.

    >>> range_in("bytes=0-0", 10), range_in("bytes=-3", 10), range_in("bytes=4-99", 10)
    ((0, 1), (7, 10), (4, 10))

    Raises RangeNotSatisfiable with `Content-Range: bytes */N`.
    """
    if header is None or not header.lower().startswith("bytes="):
        return None
    if "," in header:
        return None
    match = ONE_RANGE.fullmatch(header)
    refused = RangeNotSatisfiable(headers={"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"})
    if match is None or not (match[1] or match[2]):
        raise refused
    if not match[1]:
        length = int(match[2])
        if length == 0 or size == 0:
            raise refused
        return max(0, size - length), size
    start = int(match[1])
    end = int(match[2]) + 1 if match[2] else size
    if start >= size or end <= start:
        raise refused
    return start, min(end, size)
