"""How often a caller may ask: a moving window per caller and address, before and after it is known who calls.

Counts are kept in this process; several gateway processes each keep their own, so the platform's limit is at most
their number times the setting.
"""

import time

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from shared.problems import TooManyRequests


class RateLimit:
    """`setting` as in `600/minute`; empty means no limit."""

    def __init__(self, setting: str) -> None:
        self._item: RateLimitItem | None = parse(setting) if setting else None
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def must_allow(self, *who: str) -> None:
        """Count a request. Raises TooManyRequests with the seconds until the window ends."""
        if self._item is not None and not self._limiter.hit(self._item, *who):
            ends_at = self._limiter.get_window_stats(self._item, *who).reset_time
            raise TooManyRequests(round(ends_at - time.time()))
