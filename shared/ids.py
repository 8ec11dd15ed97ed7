"""Identifiers and derived secrets."""

import hashlib
import hmac
import os
import time
from uuid import UUID


def uuid7() -> UUID:
    """A version 7 UUID (RFC 9562, section 5.7): 48 bits of Unix milliseconds, 12 of their fraction, 62 random."""
    ns = time.time_ns()
    milliseconds, rest = divmod(ns, 1_000_000)
    fraction = rest * 4096 // 1_000_000
    random = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    return UUID(int=(milliseconds & ((1 << 48) - 1)) << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | random)


def derived_key(secret: bytes, purpose: str) -> bytes:
    """A key for one purpose out of the master secret: 32 bytes, HMAC-SHA256."""
    return hmac.new(secret, purpose.encode(), hashlib.sha256).digest()
