"""How a program proves at `/oauth` who it is: by its secret (RFC 6749, section 2.3.1) or by a signed assertion
(RFC 7523), each of which counts once."""

import base64
import binascii
import hmac
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from gateway.oauth_errors import OAuthError
from gateway.secrets import token_hash
from gateway.signatures import NotSigned, is_time, verified_claims
from gateway.tables import ApiClient, UsedAssertion
from shared.callers import Caller
from shared.database import Database, WriteSession

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_LIFE = 600  # seconds from now until an assertion may expire
LEEWAY = 30  # seconds that two clocks may differ
LONGEST_JTI = 255


def refused(detail: str = "The client is not known, or its proof is not right.") -> OAuthError:
    return OAuthError("invalid_client", detail, status=401)


async def proven_client(
    db: Database, authorization: str, fields: Mapping[str, str], audiences: tuple[str, ...]
) -> ApiClient:
    """The program that asks. Raises OAuthError: invalid_client, or invalid_request for two proofs at once."""
    has_assertion = "client_assertion" in fields or "client_assertion_type" in fields
    if authorization and has_assertion:
        raise OAuthError("invalid_request", "Use one way of client authentication.")
    if has_assertion:
        return await _by_assertion(db, fields, audiences)
    if authorization:
        return await _by_secret(db, authorization, fields)
    raise refused("Send HTTP Basic credentials or a signed assertion.")


async def _by_secret(db: Database, authorization: str, fields: Mapping[str, str]) -> ApiClient:
    scheme, _, encoded = authorization.partition(" ")
    try:
        name, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise refused() from None
    if scheme.lower() != "basic" or not colon:
        raise refused()
    client_id = unquote_plus(name)
    if fields.get("client_id", client_id) != client_id:
        raise OAuthError("invalid_request", "client_id is another one than in the header.")
    client = await _client(db, client_id)
    known = client.secret_hash if client is not None and client.secret_hash is not None else token_hash("nobody's")
    if not hmac.compare_digest(token_hash(unquote_plus(secret)), known) or client is None:
        raise refused()
    return client


async def _by_assertion(db: Database, fields: Mapping[str, str], audiences: tuple[str, ...]) -> ApiClient:
    if fields.get("client_assertion_type") != ASSERTION or "client_assertion" not in fields:
        raise refused(f"client_assertion_type must be {ASSERTION}.")
    assertion = fields["client_assertion"]
    client = await _client(db, _claimed_subject(assertion))
    if client is None or client.jwks is None or fields.get("client_id", str(client.id)) != str(client.id):
        raise refused()
    try:
        claims = verified_claims(assertion, client.jwks["keys"])
    except NotSigned:
        raise refused("The assertion's signature is not right.") from None
    jti, expires = _checked(claims, str(client.id), audiences)
    async with db.transaction(by=_as_caller(client), to="prove with an assertion", about=client.name) as tx:
        await _use_once(tx, client.id, jti, expires)
    return client


def _claimed_subject(assertion: str) -> str:
    """Who the assertion says it is from, not yet verified: it only tells whose keys to look at."""
    try:
        payload = assertion.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return str(claims["sub"])
    except (IndexError, ValueError, KeyError, TypeError):
        raise refused() from None


def _checked(claims: dict[str, Any], client_id: str, audiences: tuple[str, ...]) -> tuple[str, datetime]:
    """The assertion's `jti` and end. Raises OAuthError (RFC 7523, section 3)."""
    now = time.time()
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    expires, jti = claims.get("exp"), claims.get("jti")
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        raise refused("iss and sub must be the client_id.")
    if not any(isinstance(one, str) and one in audiences for one in named):
        raise refused(f"aud must be {audiences[0]}.")
    if not is_time(expires) or not now - LEEWAY < expires <= now + LONGEST_LIFE:
        raise refused(f"exp must be a time within the next {LONGEST_LIFE} seconds.")
    for name in ("nbf", "iat"):
        since = claims.get(name, 0)
        if not is_time(since) or since > now + LEEWAY:
            raise refused(f"{name} must be a time that has come.")
    if not isinstance(jti, str) or not 1 <= len(jti) <= LONGEST_JTI or "\x00" in jti:
        raise refused(f"jti must be text of 1 to {LONGEST_JTI} characters.")
    return jti, datetime.fromtimestamp(expires + LEEWAY, UTC)


async def _use_once(tx: WriteSession, client_id: UUID, jti: str, expires: datetime) -> None:
    await tx.execute(delete(UsedAssertion).where(UsedAssertion.expires_at < func.now()))
    used = insert(UsedAssertion).values(client_id=client_id, jti=jti, expires_at=expires)
    taken = await tx.execute(used.on_conflict_do_nothing().returning(UsedAssertion.jti))
    if taken.first() is None:
        raise refused("The assertion was used before.")


async def _client(db: Database, client_id: str) -> ApiClient | None:
    try:
        wanted = UUID(client_id)
    except ValueError:
        return None
    async with db.reading() as reading:
        return await reading.scalar(select(ApiClient).where(ApiClient.id == wanted))


def _as_caller(client: ApiClient) -> Caller:
    return Caller(kind="client", id=str(client.id), name=client.name, username=str(client.id))
