"""One-time codes of an authenticator app (RFC 6238): six digits, thirty seconds, HMAC-SHA-1. No I/O."""

import base64
import hashlib
import hmac
import secrets
import struct
from urllib.parse import quote

STEP = 30  # seconds
DIGITS = 6
WINDOW = 1
"""Steps before and after the present one that count, for clocks that differ."""


def new_secret() -> bytes:
    """160 random bits, as RFC 4226 recommends."""
    return secrets.token_bytes(20)


def code_at(secret: bytes, step: int) -> str:
    """The code of a time step.

    >>> code_at(b"12345678901234567890", 59 // 30)  # RFC 6238, appendix B
    '287082'
    """
    digest = hmac.new(secret, struct.pack(">Q", step), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def step_of(secret: bytes, code: str, now: float) -> int | None:
    """The time step near `now` (Unix seconds) whose code this is, or None."""
    plain = code.replace(" ", "")
    present = int(now) // STEP
    found: int | None = None
    for step in range(present - WINDOW, present + WINDOW + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), plain.encode()):
            found = step
    return found


def address_for(secret: bytes, account: str) -> str:
    """The `otpauth:` address that an authenticator app reads from a picture."""
    text = base64.b32encode(secret).decode().rstrip("=")
    return f"otpauth://totp/{quote(f'Red de Puertos:{account}')}?secret={text}&issuer={quote('Red de Puertos')}"
