"""A small service behind an upstream, and a call that goes through it."""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from gateway.upstreams import Upstream

PART = b"x" * 65_536


class Small:
    """The service behind: what it does is in its path; what it saw is in its fields."""

    def __init__(self) -> None:
        self.received = 0
        self.parts = 0
        self.heads: list[Scope] = []
        self.got_part = asyncio.Event()
        self.go_on = asyncio.Event()
        self.saw_goodbye = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.heads.append(scope)
        await getattr(self, scope["path"].strip("/").replace("/", "_"))(receive, send)

    async def start(self, send: Send, status: int = 200, headers: list[tuple[bytes, bytes]] | None = None) -> None:
        await send({"type": "http.response.start", "status": status, "headers": headers or []})

    async def readyz(self, receive: Receive, send: Send) -> None:
        await self.start(send, 200, [(b"content-length", b"2")])
        await send({"type": "http.response.body", "body": b"ok"})

    async def unready_readyz(self, receive: Receive, send: Send) -> None:
        await self.start(send, 503)
        await send({"type": "http.response.body", "body": b""})

    async def upload(self, receive: Receive, send: Send) -> None:
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.saw_goodbye.set()
                return
            more = message.get("more_body", False)
            self.received += len(message.get("body", b""))
            self.parts += 1
            self.got_part.set()
        body = str(self.received).encode()
        await self.start(send, 201, [(b"content-length", str(len(body)).encode())])
        await send({"type": "http.response.body", "body": body})

    async def early(self, receive: Receive, send: Send) -> None:
        await self.start(send, 413, [(b"content-length", b"3")])
        await send({"type": "http.response.body", "body": b"no!"})

    async def download(self, receive: Receive, send: Send) -> None:
        await self.start(send)
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await self.go_on.wait()
        await send({"type": "http.response.body", "body": b"second"})

    async def large(self, receive: Receive, send: Send) -> None:
        await self.start(send)
        for _ in range(160):
            await send({"type": "http.response.body", "body": PART, "more_body": True})
            self.parts += 1
        await send({"type": "http.response.body", "body": b""})

    async def endless(self, receive: Receive, send: Send) -> None:
        await self.start(send, 200, [(b"content-type", b"text/event-stream")])
        await send({"type": "http.response.body", "body": b": hello\n\n", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        self.saw_goodbye.set()

    async def silent(self, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.saw_goodbye.set()

    async def slow(self, receive: Receive, send: Send) -> None:
        await asyncio.sleep(30)

    async def headers(self, receive: Receive, send: Send) -> None:
        await self.start(
            send, 200,
            [
                (b"content-length", b"0"), (b"keep-alive", b"timeout=5"), (b"te", b"x"), (b"proxy-authenticate", b"x"),
                (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"x-mine", b"1"),
            ],
        )  # fmt: skip
        await send({"type": "http.response.body", "body": b""})

    async def unchanged(self, receive: Receive, send: Send) -> None:
        await self.start(send, 304, [(b"etag", b'"x"')])
        await send({"type": "http.response.body", "body": b""})

    async def nothing(self, receive: Receive, send: Send) -> None:
        await self.start(send, 204)
        await send({"type": "http.response.body", "body": b""})

    async def broken(self, receive: Receive, send: Send) -> None:
        await self.start(send)
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        raise RuntimeError("in the middle")


class Call:
    """A request on its way through an upstream, seen from the browser's side."""

    def __init__(
        self, path: str, *, method: str = "GET", body: list[bytes] | None = None, chunked: bool = False
    ) -> None:
        length = str(sum(map(len, body or []))).encode()
        framing = [(b"transfer-encoding", b"chunked")] if chunked else [(b"content-length", length)]
        self.headers = [(b"x-seen", b"1"), *(framing if body is not None else [])]
        self.scope = {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
            "headers": self.headers, "http_version": "1.1", "scheme": "http", "root_path": "",
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
        }  # fmt: skip
        self._body = list(body or [])
        self.sent: list[Message] = []
        self.arrived = asyncio.Event()
        self.leaves = asyncio.Event()
        self.before_part: Callable[[int], Any] | None = None
        self._given = 0

    async def receive(self) -> Message:
        if self._body or self._given == 0:
            if self.before_part is not None:
                await self.before_part(self._given)
            self._given += 1
            part = self._body.pop(0) if self._body else b""
            return {"type": "http.request", "body": part, "more_body": bool(self._body)}
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.sent.append(message)
        self.arrived.set()

    async def through(self, upstream: Upstream) -> "Call":
        passed = [pair for pair in self.headers if pair[0] not in (b"transfer-encoding",)]
        await upstream.forward(self.scope, passed, self.receive, self.send)
        return self

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def content(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent[1:])

    @property
    def is_whole(self) -> bool:
        return not self.sent[-1].get("more_body", False) and self.sent[-1]["type"] == "http.response.body"

    def header_names(self) -> list[bytes]:
        return [name for name, _ in self.sent[0]["headers"]]
