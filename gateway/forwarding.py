"""What both ways of forwarding share."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.types import Message, Receive, Scope, Send

Headers = list[tuple[bytes, bytes]]
Forward = Callable[[Scope, Headers, Receive, Send], Awaitable[None]]
HOP_BY_HOP = frozenset(
    {
        b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te",
        b"trailer", b"transfer-encoding", b"upgrade",
    }
)  # fmt: skip
"""RFC 9110, section 7.6.1; besides those that `Connection` itself names."""


async def is_ready_behind(forward: Forward) -> bool:
    """Whether a service says within two seconds that it is ready."""
    status = 0

    async def receive() -> Message:
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]  # never comes

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)

    scope: Scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http", "method": "GET",
        "path": "/readyz", "raw_path": b"/readyz", "root_path": "", "query_string": b"", "headers": [],
        "client": None, "server": None,
    }  # fmt: skip
    try:
        async with asyncio.timeout(2):
            await forward(scope, [], receive, send)
    except Exception:  # whatever it is, the service does not answer
        return False
    return status == 200
