"""An OpenID Connect provider as this platform uses it: discovery, the way there, and what comes back."""

import json
import time
from typing import Any
from urllib.parse import urlsplit

import httpx
import structlog
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]

from gateway.signatures import NotSigned, is_time, key_id_of, verified_claims
from shared.settings import OidcSettings
from shared.transports import remote_client

log = structlog.get_logger(__name__)
KNOWN_FOR = 3600.0
FETCH_PAUSE = 5.0
"""Seconds between two fetches of keys that an unknown key id causes."""
LEEWAY = 60  # seconds that the provider's clock may differ
TIMEOUT = 10.0
LARGEST = 2**20


class NotTrusted(Exception):
    """Something about a login is not as it must be. Its text goes to the audit trail, never to the browser."""


class Unreachable(Exception):
    """The provider does not answer, or not as one."""


class Provider:
    """One provider of the operator's configuration. `name` is what stands in our addresses."""

    def __init__(self, name: str, settings: OidcSettings) -> None:
        self.name = name
        self.settings = settings
        self.issuer = settings.issuer
        self._http: httpx.AsyncClient | None = None
        self._metadata: dict[str, Any] = {}
        self._metadata_until = 0.0
        self._keys: list[dict[str, Any]] = []
        self._keys_at = float("-inf")

    async def metadata(self) -> dict[str, Any]:
        """The discovery document, kept for an hour. Its issuer must be the configured one to the letter (OpenID Connect
        Discovery, section 4.3). Raises Unreachable, NotTrusted."""
        if time.monotonic() >= self._metadata_until:
            found = await self._fetch(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != self.issuer:
                raise NotTrusted("discovery names another issuer")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if not _is_fetchable(found.get(name), self.issuer):
                    raise NotTrusted(f"discovery has no usable {name}")
            self._metadata, self._metadata_until = found, time.monotonic() + KNOWN_FOR
        return self._metadata

    async def way_there(self, *, state: str, nonce: str, verifier: str, back_to: str) -> str:
        """The address of the provider's page: authorization code with PKCE S256 (RFC 7636)."""
        endpoint = (await self.metadata())["authorization_endpoint"]
        async with self._client(back_to) as client:
            address, _ = client.create_authorization_url(endpoint, state=state, nonce=nonce, code_verifier=verifier)
        return str(address)

    async def claims_for(
        self, code: str, *, issuer: str | None, nonce: str, verifier: str, back_to: str
    ) -> dict[str, Any]:
        """Who logged in, for a code that came back. Raises Unreachable, NotTrusted."""
        metadata = await self.metadata()
        promises_issuer = metadata.get("authorization_response_iss_parameter_supported") is True
        if (issuer is not None or promises_issuer) and issuer != self.issuer:  # RFC 9207
            raise NotTrusted("the answer names another issuer")
        try:
            async with self._client(back_to) as client:
                told = await client.fetch_token(metadata["token_endpoint"], code=code, code_verifier=verifier)
        except AuthlibBaseError as error:
            raise NotTrusted(f"the code was refused: {error.error}") from None
        except Exception as error:  # the library's own HTTP client raises its own kinds
            log.warning("identity provider", provider=self.name, error=repr(error))
            raise Unreachable from None
        token = told.get("id_token")
        if not isinstance(token, str):
            raise NotTrusted("there is no ID token")
        return await self._verified(token, nonce)

    async def _verified(self, token: str, nonce: str) -> dict[str, Any]:
        """The claims of an ID token (OpenID Connect Core, section 3.1.3.7)."""
        try:
            claims = verified_claims(token, await self._keys_for(key_id_of(token)))
        except NotSigned as error:
            raise NotTrusted(str(error)) from None
        now = time.time()
        audience = claims.get("aud")
        if claims.get("iss") != self.issuer:
            raise NotTrusted("the token names another issuer")
        if (audience if isinstance(audience, list) else [audience]) != [self.settings.client_id]:
            raise NotTrusted("the token is meant for others, too")
        if claims.get("azp", self.settings.client_id) != self.settings.client_id:
            raise NotTrusted("the token was made for another client")
        expires, issued = claims.get("exp"), claims.get("iat")
        if not is_time(expires) or not is_time(issued) or expires <= now - LEEWAY or issued > now + LEEWAY:
            raise NotTrusted("the token has expired, or is not valid yet")
        if claims.get("nonce") != nonce:
            raise NotTrusted("the nonce is missing or another")
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 1 <= len(subject) <= 255:
            raise NotTrusted("the token has no subject")
        return claims

    async def _keys_for(self, key_id: str | None) -> list[dict[str, Any]]:
        """The provider's keys; fetched again for an unknown key id, at most once in five seconds."""
        is_known = self._keys and (key_id is None or any(key.get("kid") == key_id for key in self._keys))
        age = time.monotonic() - self._keys_at
        if age > KNOWN_FOR or (not is_known and age > FETCH_PAUSE):
            self._keys_at = time.monotonic()
            found = (await self._fetch((await self.metadata())["jwks_uri"])).get("keys")
            if not isinstance(found, list) or not all(isinstance(key, dict) for key in found):
                raise NotTrusted("the provider's keys cannot be read")
            self._keys = found
        return self._keys

    async def _fetch(self, address: str) -> dict[str, Any]:
        if self._http is None:
            self._http = remote_client("", timeout=TIMEOUT)
        try:
            async with self._http.stream("GET", address, headers={"Accept": "application/json"}) as answer:
                body = b""
                async for part in answer.aiter_bytes():
                    body += part
                    if len(body) > LARGEST:
                        raise ValueError("the answer is too long")
            if answer.status_code != 200:
                raise ValueError(f"it answers {answer.status_code}")
            found = json.loads(body)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            log.warning("identity provider", provider=self.name, address=address, error=repr(error))
            raise Unreachable from None
        if not isinstance(found, dict):
            raise Unreachable
        return found

    def _client(self, back_to: str) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            client_id=self.settings.client_id,
            client_secret=self.settings.client_secret.get_secret_value(),
            token_endpoint_auth_method="client_secret_basic",  # noqa: S106 -- a method's name
            scope="openid email profile",
            redirect_uri=back_to,
            code_challenge_method="S256",
            timeout=TIMEOUT,
        )

    async def close(self) -> None:
        if self._http is not None:
            await self._http.aclose()


def _is_fetchable(address: object, issuer: str) -> bool:
    """An https address, or whatever scheme the issuer itself has (a provider on this machine, for trying out)."""
    if not isinstance(address, str):
        return False
    parts = urlsplit(address)
    return bool(parts.hostname) and parts.scheme in ("https", urlsplit(issuer).scheme)
