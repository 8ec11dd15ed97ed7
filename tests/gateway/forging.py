"""Tokens as an attacker makes them, which honest libraries refuse to."""

import base64
import hashlib
import hmac
import json
from typing import Any


def _part(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def unsigned(claims: dict[str, Any], **header: Any) -> str:
    """`alg: none`."""
    head = _part(json.dumps({"alg": "none", "typ": "JWT", **header}).encode())
    return f"{head}.{_part(json.dumps(claims).encode())}."


def signed_with_public_key(claims: dict[str, Any], public_key: bytes, **header: Any) -> str:
    """`alg: HS256`, the published key being the secret."""
    head = _part(json.dumps({"alg": "HS256", "typ": "JWT", **header}).encode())
    start = f"{head}.{_part(json.dumps(claims).encode())}"
    return f"{start}.{_part(hmac.digest(public_key, start.encode(), hashlib.sha256))}"
