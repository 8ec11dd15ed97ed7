"""Tokens that others sign: verified with their published keys, by algorithms that are named here and no others."""

from collections.abc import Iterable
from typing import Any, TypeGuard

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
"""Public keys only: with `none` or an HMAC a token could be made from what everybody knows."""


class NotSigned(Exception):
    """The signature is not one of these keys'. Its text is for the audit trail."""


def key_id_of(token: str) -> str | None:
    """Which key the token says it is signed with. Raises NotSigned for what is no token."""
    try:
        found = jws.extract_compact(token.encode()).headers().get("kid")
    except (JoseError, ValueError, TypeError, KeyError):
        raise NotSigned("not a signed token") from None
    return str(found) if found is not None else None


def verified_claims(token: str, keys: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """What the token says, when one of the keys has signed it. Raises NotSigned."""
    key_id = key_id_of(token)
    for key in keys:
        if key.get("use", "sig") != "sig" or (key_id is not None and key.get("kid", key_id) != key_id):
            continue
        try:
            decoded = jwt.decode(token, JWKRegistry.import_key(key), algorithms=list(ALGORITHMS))
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        claims: dict[str, Any] = decoded.claims
        return claims
    raise NotSigned("signed with none of the keys")


def is_time(value: object) -> TypeGuard[float]:
    """Whether a claim is a NumericDate (RFC 7519, section 2)."""
    return isinstance(value, int | float) and not isinstance(value, bool)
