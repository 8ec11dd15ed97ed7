"""Secrets that are handed out once, and things that only the platform may read."""

import base64
import hashlib
import secrets

from cryptography.fernet import Fernet

from shared.ids import derived_key


def new_token() -> str:
    """256 random bits, safe in an address."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is stored of a token: SHA-256 suffices, since it has more entropy than can be guessed."""
    return hashlib.sha256(token.encode()).digest()


def seal(secret: bytes, plain: bytes) -> bytes:
    return _fernet(secret).encrypt(plain)


def unseal(secret: bytes, sealed: bytes) -> bytes:
    return _fernet(secret).decrypt(sealed)


def _fernet(secret: bytes) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derived_key(secret, "seal")))
