"""The short codes by which a room joins a workshop, and the tokens of its devices. Pure rules."""

import hashlib
import secrets

ALPHABET = "BCDFGHJKMNPRSTWXYZ"
"""No vowel, so that no code is a word; no L, Q, U, V, which are read or heard as another letter; no digit."""
LENGTH = 6
"""18^6 is 34 million: with thirty wrong ones in ten minutes, an address meets one open code in a thousand years."""


def new_code() -> str:
    """A random code, such as `KTRMXP`."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def code_in(text: str) -> str | None:
    """The code that somebody typed, however they spaced it; None for what can be none.

    >>> code_in(" ktr-mxp "), code_in("KTR MXP"), code_in("KTRMX1"), code_in("KTRMX")
    ('KTRMXP', 'KTRMXP', None, None)
    """
    letters = "".join(text.split()).replace("-", "").upper()
    return letters if len(letters) == LENGTH and set(letters) <= set(ALPHABET) else None


def new_token() -> str:
    """What one device proves itself with: 256 random bits."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
