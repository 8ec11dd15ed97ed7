"""Periods as the pages of data step through them: months `2025-01`, quarters `2025-Q1`, years `2025`."""

import re
from datetime import date

FREQUENCIES = ("monthly", "quarterly", "annual")
STEPS = {"monthly": 12, "quarterly": 4, "annual": 1}
"""Periods in a year."""
SHOWN = {"monthly": 3, "quarterly": 4, "annual": 3}
"""How many stand side by side."""
FORM = re.compile(r"((?:19|20)[0-9]{2})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?")


def frequency_of(period: str) -> str | None:
    """What a text is a period of, None when it is none."""
    match = FORM.fullmatch(period)
    if match is None:
        return None
    return "quarterly" if match[2] else "monthly" if match[3] else "annual"


def moved(period: str, by: int) -> str:
    """The period so many later, or earlier when negative."""
    match = FORM.fullmatch(period)
    assert match is not None
    steps = STEPS[frequency_of(period) or "annual"]
    place = int(match[1]) * steps + int(match[2] or match[3] or 1) - 1 + by
    year, part = divmod(place, steps)
    if steps == 1:
        return f"{year:04d}"
    return f"{year:04d}-Q{part + 1}" if steps == 4 else f"{year:04d}-{part + 1:02d}"


def last_over(frequency: str, today: date) -> str:
    """The latest period that is over."""
    if frequency == "annual":
        return f"{today.year - 1:04d}"
    if frequency == "quarterly":
        return moved(f"{today.year:04d}-Q{(today.month - 1) // 3 + 1}", -1)
    return moved(f"{today:%Y-%m}", -1)


def side_by_side(last: str) -> list[str]:
    """The periods that a page shows, the last one at the end."""
    count = SHOWN[frequency_of(last) or "annual"]
    return [moved(last, -back) for back in range(count - 1, -1, -1)]
