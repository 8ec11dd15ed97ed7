"""How one service calls another: typed clients over httpx, on behalf of the caller or in the service's own name."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping
from secrets import token_hex
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel

from shared.ids import derived_key
from shared.problems import BadUpstream, FieldError, NotAllowed, Unavailable, UpstreamTimeout, of_status

REMEMBERED = 4096
LARGEST_PART = 200
"""Items that a list gives at once at most."""
Model = TypeVar("Model", bound=BaseModel)


def service_secret(master: bytes, service: str) -> bytes:
    """The secret that one service is given: whoever learns it can speak for that service and for no other."""
    return derived_key(master, f"service:{service}").hex().encode()


def credential_of(secret: bytes) -> str:
    """What a service shows to the gateway."""
    return derived_key(secret, "credential").hex()


class Peers:
    """The other parts of the platform as one service reaches them.

    Tokens for another audience come from the gateway by token exchange (RFC 8693): for a caller, against the internal
    token that the service was shown; for the service itself, against its credential, which is derived from the
    platform's secret and never leaves the inner network.
    """

    def __init__(self, service: str, secret: bytes, reach: Callable[[str], httpx.AsyncClient]) -> None:
        """`secret` is the service's own, see `service_secret`."""
        self.service = service
        self._credential = credential_of(secret)
        self._reach = reach
        self._clients: dict[str, httpx.AsyncClient] = {}
        self._tokens: OrderedDict[tuple[str, str | None], tuple[float, str]] = OrderedDict()
        self._exchanging: dict[tuple[str, str | None], asyncio.Lock] = {}

    def http(self, name: str) -> httpx.AsyncClient:
        """The HTTP client for a service, or for `gateway`."""
        if name not in self._clients:
            self._clients[name] = self._reach(name)
        return self._clients[name]

    async def token(self, audience: str, on_behalf_of: str | None) -> str:
        """A token for `audience`, remembered until shortly before it expires."""
        key = (audience, on_behalf_of)
        remembered = self._tokens.get(key)
        if remembered is not None and remembered[0] > time.time() + 5:
            return remembered[1]
        lock = self._exchanging.setdefault(key, asyncio.Lock())
        async with lock:
            remembered = self._tokens.get(key)
            if remembered is not None and remembered[0] > time.time() + 5:
                return remembered[1]
            answer = await self.send(
                "gateway", "POST", "/internal/tokens",
                json={"audience": audience, "subject_token": on_behalf_of},
                headers={"Authorization": f"Service {self.service}:{self._credential}"},
            )  # fmt: skip
            granted = answer.json()
            self._tokens[key] = (granted["expires_at"], granted["token"])
            while len(self._tokens) > REMEMBERED:
                self._tokens.popitem(last=False)
        self._exchanging.pop(key, None)
        return str(granted["token"])

    async def send(self, name: str, method: str, path: str, **options: Any) -> httpx.Response:
        """The raw answer of a peer; trouble on the way becomes 502, 503 or 504."""
        try:
            answer = await self.http(name).request(method, path, **options)
        except httpx.TimeoutException:
            raise UpstreamTimeout(f"The {name} service took too long.") from None
        except httpx.TransportError:
            raise Unavailable(f"The {name} service cannot be reached now.") from None
        if answer.status_code >= 400:
            _raise_problem(answer, name)
        return answer

    async def close(self) -> None:
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()
        self._tokens.clear()


def _raise_problem(answer: httpx.Response, name: str) -> None:
    try:
        told = answer.json()
        errors = [FieldError(e["pointer"], e["message"], e.get("code", "invalid")) for e in told.get("errors", ())]
        detail = str(told["detail"])
    except (ValueError, KeyError, TypeError):
        raise BadUpstream(f"The {name} service answered wrongly ({answer.status_code}).") from None
    if answer.status_code == 401:
        raise NotAllowed(detail)
    problem = of_status(answer.status_code, detail)
    problem.errors = tuple(errors)
    if "retry-after" in answer.headers:
        problem.headers["Retry-After"] = answer.headers["retry-after"]
    raise problem


class Client:
    """Base of the typed clients. A subclass names its service; its methods are what others may ask of it."""

    service: str

    def __init__(self, peers: Peers, *, on_behalf_of: str | None = None, language: str = "es") -> None:
        self._peers = peers
        self._token = on_behalf_of
        self._language = language

    async def _send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        content: Any = None,
    ) -> httpx.Response:
        """Call the service. Raises the Problem that it answered with."""
        token = await self._peers.token(self.service, self._token)
        sent = {"Authorization": f"Bearer {token}", "Accept-Language": self._language, **(headers or {})}
        options: dict[str, Any] = {"content": content} if content is not None else {}
        if json is not None:
            options["json"] = json
        asked = {name: value for name, value in (params or {}).items() if value is not None}
        return await self._peers.send(self.service, method, path, params=asked, headers=sent, **options)

    async def _send_file(
        self,
        path: str,
        name: str,
        chunks: AsyncIterable[bytes],
        fields: Mapping[str, str],
        *,
        params: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Post a file while its bytes come, as `multipart/form-data` with the fields before it; the answer's body."""
        boundary = token_hex(16)

        async def body() -> AsyncIterator[bytes]:
            for field, value in fields.items():
                yield f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
            safe = "".join(quote(c) if c in '"\r\n' or ord(c) < 0x20 else c for c in name)
            yield (
                f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{safe}"\r\n'
                "Content-Type: application/octet-stream\r\n\r\n"
            ).encode()
            async for chunk in chunks:
                yield chunk
            yield f"\r\n--{boundary}--\r\n".encode()

        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return (await self._send("POST", path, params=params, content=body(), headers=headers)).content

    async def _get(self, path: str, **params: Any) -> Any:
        return (await self._send("GET", path, params=params)).json()

    async def _whole(self, model: type[Model], path: str, **filters: Any) -> list[Model]:
        """Every item of a list, part by part."""
        found: list[Model] = []
        cursor: str | None = None
        while True:
            part = await self._get(path, limit=LARGEST_PART, cursor=cursor, **filters)
            found += [model.model_validate(item) for item in part["items"]]
            cursor = part["next"]
            if cursor is None:
                return found

    async def _with_tag(self, model: type[Model], path: str) -> tuple[Model, str]:
        """A thing as it is now, and the tag to send with a change of it."""
        told = await self._send("GET", path)
        return model.model_validate_json(told.content), told.headers["etag"]
