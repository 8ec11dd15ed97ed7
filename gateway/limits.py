"""How often a caller may ask: a window per caller and address, before and after it is known who calls.

Counts are kept in this process; several gateway processes each keep their own, so the platform's limit is at most
their number times the setting.
"""

import time

from limits import parse

from shared.problems import TooManyRequests


class RateLimit:
    """`setting` as in `600/minute`; empty means no limit. Every count ends with its window."""

    def __init__(self, setting: str) -> None:
        item = parse(setting) if setting else None
        self._most = item.amount if item else 0
        self._seconds = item.get_expiry() if item else 0
        self._counts: dict[tuple[str, ...], int] = {}
        self._ends_at = 0.0

    def must_allow(self, *who: str, times: int = 1) -> None:
        """Count a request; `times` the setting are allowed. Raises TooManyRequests with the seconds until the window
        ends."""
        if self._most:
            self._refuse_at(self._most * times, who)
            self._counts[who] = self._counts.get(who, 0) + 1

    def must_have_left(self, *who: str) -> None:
        """Raises TooManyRequests when the window is used up; counts nothing."""
        if self._most:
            self._refuse_at(self._most, who)

    def _refuse_at(self, most: int, who: tuple[str, ...]) -> None:
        now = time.monotonic()
        if now >= self._ends_at:
            self._counts = {}
            self._ends_at = now + self._seconds
        if self._counts.get(who, 0) >= most:
            raise TooManyRequests(round(self._ends_at - now + 0.5))
