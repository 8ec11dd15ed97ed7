"""A service at an address: HTTP/1.1 over kept-alive connections, parsed by httptools, bodies as streams both ways.

Written for forwarding alone: what a general client does for each request (cookies, redirects, decompression, building
and parsing URLs) costs it several times what the parsing does, and would have to be switched off here anyway.
"""

import asyncio
import ssl
from collections import deque
from urllib.parse import urlsplit

import structlog
from starlette.types import Receive, Scope, Send

from gateway.connections import Closed, Connection
from gateway.forwarding import Headers, is_ready_behind
from shared.problems import BadUpstream, Malformed, Problem, Unavailable, UpstreamTimeout

log = structlog.get_logger(__name__)
CONNECTIONS = 400
CONNECT_WITHIN = 5.0
IDLE_FOR = 3.0
"""Seconds a connection is kept unused: less than the five after which servers close theirs, so that no request is
written to a connection that is just being closed."""
WATCH_AFTER = 0.05


class RemoteUpstream:
    """Calls an application at an address, over one pool of kept-alive connections."""

    def __init__(self, url: str, *, timeout: float, connections: int = CONNECTIONS) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._authority = parts.netloc.rpartition("@")[2].encode()
        self._timeout = timeout
        self._idle: deque[Connection] = deque()
        self._free = asyncio.Semaphore(connections)

    async def forward(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        sent_length = [value for name, value in scope["headers"] if name == b"content-length"]
        is_chunked = any(name == b"transfer-encoding" for name, _ in scope["headers"])
        head = self._head(scope, headers, sent_length, is_chunked)
        body = _Body(receive, None if is_chunked else int(sent_length[0]) if sent_length else 0)
        first = await body.first() if is_chunked or sent_length else b""
        async with self._free:
            connection, is_fresh = await self._connection()
            while True:
                try:
                    await self._exchange(connection, scope["method"], head + first, body, send)
                except (Closed, Problem) as trouble:
                    if connection.has_begun:
                        log.warning("an answer was cut short", path=scope["path"])
                        return  # without an end, so that whoever reads it notices
                    if isinstance(trouble, Problem):
                        raise
                    if is_fresh or first or scope["method"] not in ("GET", "HEAD", "OPTIONS"):
                        raise BadUpstream from None
                    connection, is_fresh = await self._connect(), True  # the kept one was closed just then
                else:
                    return

    async def _exchange(self, connection: Connection, method: str, start: bytes, body: "_Body", send: Send) -> None:
        loop = asyncio.get_running_loop()
        connection.begin(head_only=method == "HEAD")
        watch = _Watch(connection, body, self._timeout)
        uploading: asyncio.Task[None] | None = None
        try:
            await connection.write(start)
            if not body.is_read:
                uploading = loop.create_task(body.pump(connection, watch))
            await connection.answered()
            watch.has_begun()
            await send({"type": "http.response.start", "status": connection.status, "headers": connection.headers})
            while True:
                part = await connection.part()
                is_last = connection.is_over
                await send({"type": "http.response.body", "body": part, "more_body": not is_last})
                if is_last:
                    break
        finally:
            watch.stop()
            if uploading is not None and not uploading.done():
                uploading.cancel()
                connection.close()
            if connection.is_complete and connection.can_be_used_again():
                connection.idle_since = loop.time()
                self._idle.append(connection)
            else:
                connection.close()

    def _head(self, scope: Scope, headers: Headers, length: list[bytes], is_chunked: bool) -> bytes:
        query: bytes = scope["query_string"]
        target: bytes = scope["raw_path"] + (b"?" + query if query else b"")
        lines = [scope["method"].encode() + b" " + target + b" HTTP/1.1", b"host: " + self._authority]
        lines += [name + b": " + value for name, value in headers if name not in (b"host", b"content-length")]
        if is_chunked:
            lines.append(b"transfer-encoding: chunked")
        elif length:
            lines.append(b"content-length: " + length[0])
        head = b"\r\n".join(lines) + b"\r\n\r\n"
        if (
            head.count(b"\n") != len(lines) + 1
            or head.count(b"\r") != len(lines) + 1
            or b" " in target
            or b"\x00" in head
            or len(length) > 1
            or (length and not length[0].isdigit())
        ):
            raise Malformed("The request line or a header cannot be passed on.")
        return head

    async def _connection(self) -> tuple[Connection, bool]:
        oldest = asyncio.get_running_loop().time() - IDLE_FOR
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed and connection.idle_since > oldest:
                return connection, False
            connection.close()
        return await self._connect(), True

    async def _connect(self) -> Connection:
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                _, connection = await asyncio.get_running_loop().create_connection(
                    Connection, self._host, self._port, ssl=self._tls
                )
        except (OSError, TimeoutError):
            raise Unavailable from None
        return connection

    async def is_ready(self) -> bool:
        return await is_ready_behind(self.forward)

    async def close(self) -> None:
        while self._idle:
            self._idle.pop().close()


class _Body:
    """The caller's body on its way to the service. `length` None: in chunks."""

    def __init__(self, receive: Receive, length: int | None) -> None:
        self.receive = receive
        self.is_read = length == 0
        self._left = length
        self._is_chunked = length is None

    async def first(self) -> bytes:
        """The first part as it goes over the wire: with the head, in one write. Small bodies need no more than this."""
        if self.is_read:
            return b""
        return await self._next()

    async def pump(self, connection: Connection, watch: "_Watch") -> None:
        """Pass on the rest. What goes wrong with it is told to the connection."""
        try:
            while not self.is_read:
                part = await self._next()
                watch.is_alive()
                await connection.write(part)
            watch.begin_watching()
        except Problem as problem:
            connection.fail(problem)
        except Closed:
            pass  # an early answer may be there to read

    async def _next(self) -> bytes:
        message = await self.receive()
        if message["type"] == "http.disconnect":
            raise BadUpstream("The caller went away.")
        part: bytes = message.get("body", b"")
        self.is_read = not message.get("more_body", False)
        if not self._is_chunked:
            assert self._left is not None
            self._left -= len(part)
            if self._left < 0 or (self.is_read and self._left):
                raise Malformed("The body has another length than its header says.")
            return part
        framed = b"%x\r\n%b\r\n" % (len(part), part) if part else b""
        return framed + b"0\r\n\r\n" if self.is_read else framed


class _Watch:
    """Ends a request whose service does not begin to answer, and one whose caller went away.

    A timer costs less than a task, and most answers are there before it fires, so only the slow ones are watched.
    """

    def __init__(self, connection: Connection, body: _Body, timeout: float) -> None:
        self._connection = connection
        self._body = body
        self._timeout = timeout
        self._loop = asyncio.get_running_loop()
        self._deadline = self._loop.time() + timeout
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = self._loop.call_later(min(WATCH_AFTER, timeout), self._look)

    def is_alive(self) -> None:
        """The caller still sends: the service has more time."""
        self._deadline = self._loop.time() + self._timeout

    def has_begun(self) -> None:
        self._deadline = float("inf")

    def begin_watching(self) -> None:
        if self._task is None:
            self._task = self._loop.create_task(self._wait_for_goodbye())

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()

    def _look(self) -> None:
        self._timer = None
        left = self._deadline - self._loop.time()
        if left <= 0:
            self._connection.fail(UpstreamTimeout())
            return
        if self._body.is_read:
            self.begin_watching()
        if left != float("inf"):
            self._timer = self._loop.call_later(left, self._look)

    async def _wait_for_goodbye(self) -> None:
        while (await self._body.receive())["type"] != "http.disconnect":
            pass
        self._connection.fail(BadUpstream("The caller went away."))
