"""How httpx reaches a part of the platform: in this process, or over aiohttp, which is several times faster than
httpx's own transport. The one place that knows which HTTP library carries our calls."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

LOCAL_ORIGIN = "http://local"


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Carries httpx requests and responses over one aiohttp session; bodies are streams in both directions."""

    def __init__(self, *, timeout: float = 60.0, connections: int = 200) -> None:
        self._timeout = timeout
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    def session(self) -> aiohttp.ClientSession:
        """Made on first use, because it belongs to the running event loop."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=30),
                timeout=aiohttp.ClientTimeout(total=None, connect=5, sock_connect=5, sock_read=self._timeout),
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            )
        return self._session

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            answer = await self.session().request(
                request.method,
                str(request.url),
                headers=[(k.decode("latin-1"), v.decode("latin-1")) for k, v in request.headers.raw],
                data=request.content if isinstance(request.stream, httpx.ByteStream) else request.stream,
                allow_redirects=False,
            )
        except TimeoutError as error:
            raise httpx.ReadTimeout(str(error), request=request) from error
        except aiohttp.ClientError as error:
            raise httpx.ConnectError(str(error), request=request) from error
        return httpx.Response(
            answer.status,
            headers=list(answer.raw_headers),
            stream=_Body(answer),
            extensions={"http_version": b"HTTP/1.1"},
        )

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for part in self._answer.content.iter_any():
                yield part
        except (TimeoutError, aiohttp.ClientError) as error:
            raise httpx.ReadError(str(error)) from error

    async def aclose(self) -> None:
        self._answer.release()


def local_client(app: ASGIApp, **options: Any) -> httpx.AsyncClient:
    """Calls an application in this process. What it keeps for its own request (the `Idempotency-Key`, the request's id)
    is kept apart from the caller's, as it would be in another process."""

    async def apart(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.create_task(_call(app, scope, receive, send))  # a task has a context of its own

    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=apart, raise_app_exceptions=False), base_url=LOCAL_ORIGIN, **options
    )


async def _call(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await app(scope, receive, send)


def remote_client(url: str, *, timeout: float = 60.0, **options: Any) -> httpx.AsyncClient:
    """Calls an application at this address."""
    return httpx.AsyncClient(transport=AiohttpTransport(timeout=timeout), base_url=url, timeout=timeout, **options)
