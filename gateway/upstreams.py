"""Where requests are forwarded to: an application in this process, or one at an address. Bodies are streams."""

import asyncio
from typing import Protocol

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.forwarding import HOP_BY_HOP, Headers, is_ready_behind
from gateway.remote import RemoteUpstream
from shared.problems import BadUpstream, UpstreamTimeout

__all__ = ["LocalUpstream", "RemoteUpstream", "Upstream"]
log = structlog.get_logger(__name__)


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
        loop = asyncio.get_running_loop()
        began = False

        async def receiving() -> Message:
            message = await receive()
            if not began:  # the caller still sends: the service has more time
                deadline.reschedule(loop.time() + self._timeout)
            return message

        async def passing_on(message: Message) -> None:
            nonlocal began
            if not began:
                began = True
                deadline.reschedule(None)
                message["headers"] = [pair for pair in message["headers"] if pair[0] not in HOP_BY_HOP]
            await send(message)

        try:
            async with asyncio.timeout(self._timeout) as deadline:
                await self._app(inner, receiving, passing_on)
        except Exception as error:
            if began:
                return  # the application's own handler has answered and logged it
            if isinstance(error, TimeoutError) and deadline.expired():
                raise UpstreamTimeout from None
            log.error("a service failed before it answered", path=scope["path"], exc_info=error)
            raise BadUpstream from error
        if not began:
            raise BadUpstream

    async def is_ready(self) -> bool:
        return await is_ready_behind(self.forward)

    async def close(self) -> None:
        return None
