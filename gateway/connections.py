"""One HTTP/1.1 connection to a service, parsed by httptools: bytes in and out, no rules of forwarding."""

import asyncio
from collections import deque
from contextlib import suppress
from typing import cast

import httptools

from gateway.forwarding import HOP_BY_HOP, Headers
from shared.problems import BadUpstream, Problem

HELD = 256 * 2**10
"""Bytes of an answer that wait here for a slow reader before the service is slowed down."""


class Closed(Exception):
    """The connection ended before the answer did."""


class Connection(asyncio.Protocol):
    """One connection to a service, used by one request at a time."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.idle_since = 0.0
        self.is_closed = False
        self._writable = asyncio.Event()
        self._writable.set()
        self._waiter: asyncio.Future[None] | None = None
        self.begin(head_only=False)

    def begin(self, *, head_only: bool) -> None:
        """Be ready for the next answer."""
        self._parser = httptools.HttpResponseParser(self)
        self._head_only = head_only
        self.status = 0
        self.headers: Headers = []
        self.has_begun = self.is_complete = False
        self.trouble: Problem | None = None
        self._ends_with_connection = True
        self._stays_open = False
        self._parts: deque[bytes] = deque()
        self._held = 0
        self._is_paused = False

    # what the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is not a subclass

    def data_received(self, data: bytes) -> None:
        if self.is_complete or self.trouble:
            self.close()  # bytes that nobody asked for
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            if not self.is_complete:
                self.fail(BadUpstream())
                return
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        self.is_closed = True
        self._writable.set()
        if self.has_begun and self._ends_with_connection and error is None:
            self.is_complete = True
        self._wake()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    # what the parser calls

    def on_status(self, status: bytes) -> None:
        self.headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name in (b"content-length", b"transfer-encoding"):
            self._ends_with_connection = False
        if name not in HOP_BY_HOP:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        if self.status >= 200:
            self.has_begun = True
            self._stays_open = self._parser.should_keep_alive()
            if self._head_only:
                self.is_complete = True

    def on_body(self, body: bytes) -> None:
        if self._head_only:
            return
        self._parts.append(body)
        self._held += len(body)
        if self._held > HELD and not self._is_paused:
            self._is_paused = True
            self.transport.pause_reading()

    def on_message_complete(self) -> None:
        if self.status < 200:  # an interim answer; the true one follows
            self.headers = []
            self._ends_with_connection = True
            return
        self.is_complete = True

    # what a request calls

    def can_be_used_again(self) -> bool:
        return self._stays_open and not (self.is_closed or self.trouble or self._head_only)

    @property
    def is_over(self) -> bool:
        """Whether the whole answer was taken."""
        return self.is_complete and not self._parts

    def fail(self, problem: Problem) -> None:
        self.trouble = problem
        self.close()
        self._wake()

    def close(self) -> None:
        self.is_closed = True
        self.transport.abort()

    async def write(self, data: bytes) -> None:
        if self.is_closed:
            raise Closed
        self.transport.write(data)
        if not self._writable.is_set():
            await self._writable.wait()

    async def answered(self) -> None:
        """Wait for the head of the answer. Raises Closed, or the trouble that was noticed."""
        while not self.has_begun:
            await self._something()

    async def part(self) -> bytes:
        """What of the body has come since; empty at its end. Raises Closed, or the trouble that was noticed."""
        while not self._parts:
            if self.is_complete:
                return b""
            await self._something()
        data = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts.clear()
        self._held = 0
        if self._is_paused:
            self._is_paused = False
            with suppress(RuntimeError):
                self.transport.resume_reading()
        return data

    async def _something(self) -> None:
        if self.trouble is not None:
            raise self.trouble
        if self.is_closed:
            raise Closed
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
