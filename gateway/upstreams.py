"""Where requests are forwarded to: an application in this process, or one at an address. Bodies are streams both ways."""

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

import aiohttp
from starlette.types import ASGIApp, Receive, Scope, Send
from yarl import URL

from shared.problems import BadUpstream, Unavailable, UpstreamTimeout
from shared.transports import AiohttpTransport

Headers = list[tuple[bytes, bytes]]
HOP_BY_HOP = frozenset(
    {
        b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te",
        b"trailer", b"transfer-encoding", b"upgrade",
    }
)  # fmt: skip
"""RFC 9110, section 7.6.1, and those named by `Connection` itself."""


class Upstream(Protocol):
    async def forward(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        """Pass a request on and its answer back. Raises BadUpstream, Unavailable or UpstreamTimeout while nothing of
        the answer was sent; once it has begun, trouble ends the connection."""

    async def is_ready(self) -> bool: ...

    async def close(self) -> None: ...


class LocalUpstream:
    """Calls an ASGI application in this process; nothing is copied, nothing is buffered."""

    def __init__(self, app: ASGIApp, *, timeout: float) -> None:
        self._app = app
        self._timeout = timeout

    async def forward(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        inner = {**scope, "headers": headers, "state": {}}
        inner.pop("app", None)
        began = False

        async def passing_on(message: dict[str, object]) -> None:
            nonlocal began
            if not began:
                began = True
                deadline.reschedule(None)
            await send(message)

        try:
            async with asyncio.timeout(self._timeout) as deadline:
                await self._app(inner, receive, passing_on)  # type: ignore[arg-type]  # a message is a mutable mapping
        except TimeoutError:
            if began:
                raise
            raise UpstreamTimeout from None
        except Exception as error:
            if began:
                return  # the application's own handler has answered and logged it
            raise BadUpstream from error
        if not began:
            raise BadUpstream

    async def is_ready(self) -> bool:
        return True

    async def close(self) -> None:
        return None


class RemoteUpstream:
    """Calls an application at an address, over one pool of kept-alive connections."""

    def __init__(self, url: str, *, timeout: float, transport: AiohttpTransport | None = None) -> None:
        self._origin = URL(url)
        self._transport = transport or AiohttpTransport(timeout=timeout, connections=400)

    async def forward(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        query: bytes = scope["query_string"]
        target = scope["raw_path"].decode("latin-1") + (f"?{query.decode('latin-1')}" if query else "")
        has_body = any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])
        try:
            answer = await self._transport.session().request(
                scope["method"],
                URL(f"{self._origin}{target}", encoded=True),
                headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers],
                data=_body(receive) if has_body else None,
                allow_redirects=False,
            )
        except TimeoutError:
            raise UpstreamTimeout from None
        except aiohttp.ClientConnectorError:
            raise Unavailable from None
        except (aiohttp.ClientError, OSError, ConnectionError):
            raise BadUpstream from None
        try:
            await send(
                {
                    "type": "http.response.start",
                    "status": answer.status,
                    "headers": [
                        (name.lower(), value) for name, value in answer.raw_headers if name.lower() not in HOP_BY_HOP
                    ],
                }
            )
            async for part in answer.content.iter_any():
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            answer.close() if not answer.content.at_eof() else answer.release()

    async def is_ready(self) -> bool:
        try:
            async with self._transport.session().get(
                self._origin / "readyz", timeout=aiohttp.ClientTimeout(total=2)
            ) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False

    async def close(self) -> None:
        await self._transport.aclose()


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("the caller went away")
        if part := message.get("body", b""):
            yield part
        if not message.get("more_body", False):
            return
