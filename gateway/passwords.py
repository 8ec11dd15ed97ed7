"""Passwords: argon2id in a small thread pool, off the event loop, and the rules a new one must meet.

A password is compared in NFC on every way in, so it does not matter how a keyboard spells its accents.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pwdlib import PasswordHash
from zxcvbn import zxcvbn

from shared.problems import Invalid, Unavailable
from shared.text import normal

Result = TypeVar("Result")
SHORTEST, LONGEST = 12, 256
EASY_GUESSES = 1_000_000
LONG_ENOUGH = 40
"""Characters from which length alone makes a password hard to guess; only shorter ones are looked up."""
MOST_WAITING = 60
_hash = PasswordHash.recommended()
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
_decoy: str | None = None
_waiting = 0


def must_be_acceptable(password: str, username: str, at: str = "/password") -> None:
    """Raises Invalid: too short, too long, among the common ones, or with the username in it."""
    if len(password) < SHORTEST:
        raise Invalid.at(at, f"must have at least {SHORTEST} characters", "password_short")
    if len(password) > LONGEST:
        raise Invalid.at(at, f"must have at most {LONGEST} characters", "password_long")
    if len(username) >= 3 and username.casefold() in password.casefold():
        raise Invalid.at(at, "must not contain the username", "password_has_username")
    if len(password) >= LONG_ENOUGH:
        return
    if len(set(password)) < 5 or zxcvbn(password, user_inputs=[username])["guesses"] < EASY_GUESSES:
        raise Invalid.at(at, "is among the common passwords or easily guessed", "password_common")


async def hashed(password: str) -> str:
    """The argon2id hash; takes about a tenth of a second of another thread."""
    return await _in_thread(lambda: _hash.hash(normal(password)))


async def matches(password: str, stored: str | None) -> bool:
    """Whether this is the password. Without a stored hash it takes the same time and says no; what is longer than any
    password can be is not hashed. Raises Unavailable when too many wait."""
    global _decoy
    if not 1 <= len(password) <= LONGEST:
        return False
    if _decoy is None:
        _decoy = await hashed("the password of nobody at all")
    compared = stored or _decoy
    return await _in_thread(lambda: _hash.verify(normal(password), compared)) and stored is not None


async def _in_thread(work: Callable[[], Result]) -> Result:
    global _waiting
    if _waiting >= MOST_WAITING:
        raise Unavailable("Too many people sign in at this moment; try again in a few seconds.", retry_after=3)
    _waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_threads, work)
    finally:
        _waiting -= 1
