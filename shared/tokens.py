"""The internal token as a service reads it: Ed25519, for one audience, for at most a minute."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.callers import Caller, Grant
from shared.problems import NotSignedIn, Problem

ISSUER = "portsnet"
ALGORITHM = "Ed25519"  # RFC 9864; "EdDSA" is deprecated
LIFETIME = 60
REMEMBERED = 4096
FETCH_PAUSE = 5.0

FetchKeys = Callable[[], Awaitable[dict[str, Any]]]


def claims_of(caller: Caller) -> dict[str, Any]:
    """What a token says about a caller; `caller_from` reads it back."""
    claims: dict[str, Any] = {"sub": f"{caller.kind}:{caller.id}"}
    for name in ("name", "username", "email", "locale", "csrf"):
        if value := getattr(caller, name):
            claims[name] = value
    if caller.grants:
        claims["grants"] = [[g.role, g.scope, g.stakeholder_group] for g in caller.grants]
    if caller.scopes:
        claims["scope"] = " ".join(sorted(caller.scopes))
    if caller.demo:
        claims["demo"] = True
    return claims


def caller_from(claims: dict[str, Any]) -> Caller:
    kind, _, identifier = str(claims["sub"]).partition(":")
    return Caller(
        kind=kind,  # type: ignore[arg-type]  # only the gateway signs, and it writes one of the four
        id=identifier,
        name=claims.get("name", ""),
        username=claims.get("username", ""),
        email=claims.get("email", ""),
        locale=claims.get("locale", ""),
        csrf=claims.get("csrf", ""),
        grants=tuple(Grant(role, scope, group) for role, scope, group in claims.get("grants", ())),
        scopes=frozenset(claims.get("scope", "").split()),
        demo=claims.get("demo") is True,
    )


class TokenVerifier:
    """Checks tokens for one audience against the gateway's keys.

    Keys are fetched on first use and again on an unknown key id, at most once in five seconds, so that a flood of
    made-up key ids cannot slow anybody down. A verified token is remembered until it expires.
    """

    def __init__(self, audience: str, fetch_keys: FetchKeys) -> None:
        self._audience = audience
        self._fetch_keys = fetch_keys
        self._keys = KeySet([])
        self._known: frozenset[str] = frozenset()
        self._fetched_at = float("-inf")
        self._fetching = asyncio.Lock()
        self._verified: OrderedDict[str, tuple[float, Caller]] = OrderedDict()

    async def caller(self, token: str) -> Caller:
        """Who the token speaks of. Raises NotSignedIn for anything but a valid token for this audience."""
        remembered = self._verified.get(token)
        if remembered is not None and remembered[0] > time.time():
            return remembered[1]
        try:
            key_id = jws.extract_compact(token.encode()).headers().get("kid")
            if key_id not in self._known:
                await self._refresh(key_id)
            if key_id not in self._known:
                raise NotSignedIn("The token is signed with an unknown key.")
            claims = jwt.decode(token, self._keys, algorithms=[ALGORITHM]).claims
        except (JoseError, ValueError, KeyError, TypeError):
            raise NotSignedIn("The token is not valid.") from None
        now = time.time()
        expires = claims.get("exp")
        if claims.get("iss") != ISSUER or claims.get("aud") != self._audience:
            raise NotSignedIn("The token is meant for somebody else.")
        if not isinstance(expires, int) or expires <= now or claims.get("iat", 0) > now + 10:
            raise NotSignedIn("The token has expired.")
        caller = caller_from(claims)
        self._verified[token] = (expires, caller)
        while len(self._verified) > REMEMBERED:
            self._verified.popitem(last=False)
        return caller

    async def _refresh(self, key_id: object) -> None:
        async with self._fetching:
            if key_id in self._known or time.monotonic() - self._fetched_at < FETCH_PAUSE:
                return
            self._fetched_at = time.monotonic()
            try:
                document = await self._fetch_keys()
            except (OSError, TimeoutError, Problem):
                return
            self._keys = KeySet.import_key_set(document)  # type: ignore[arg-type]  # the document is checked here
            self._known = frozenset(str(key["kid"]) for key in document["keys"])
