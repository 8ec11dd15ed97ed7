"""Forwarding, in this process and over the network: one set of promises, kept by both."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from deploy.local.composition import Platform
from gateway.remote import RemoteUpstream
from gateway.upstreams import LocalUpstream, Upstream
from shared.problems import BadUpstream, Malformed, Unavailable, UpstreamTimeout
from tests.gateway.serving import served, spoken
from tests.people import Person, read_problem

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


@pytest.fixture
def small() -> Small:
    return Small()


@pytest.fixture(params=["local", "remote"])
async def upstream(request: pytest.FixtureRequest, small: Small) -> AsyncIterator[Upstream]:
    if request.param == "local":
        yield LocalUpstream(small, timeout=5)
        return
    async with served(small) as url:
        made = RemoteUpstream(url, timeout=5)
        yield made
        await made.close()


async def test_a_large_upload_arrives_whole(upstream: Upstream, small: Small):
    for chunked in (False, True):
        small.received = 0
        call = await Call("/upload", method="POST", body=[PART] * 160, chunked=chunked).through(upstream)
        assert (call.status, call.content, call.is_whole) == (201, str(160 * 65_536).encode(), True)


async def test_an_upload_is_passed_on_while_it_comes(upstream: Upstream, small: Small):
    call = Call("/upload", method="POST", body=[b"first", b"second"])

    async def before(number: int) -> None:
        if number == 1:
            await small.got_part.wait()  # would wait for ever if the first part were held back

    call.before_part = before
    assert (await call.through(upstream)).content == b"11"


async def test_a_download_is_passed_on_while_it_comes(upstream: Upstream, small: Small):
    call = Call("/download")
    going = asyncio.create_task(call.through(upstream))
    while call.content != b"first":
        await asyncio.sleep(0.001)
    small.go_on.set()
    await going
    assert (call.content, call.is_whole) == (b"firstsecond", True)


async def test_a_large_download_arrives_whole(upstream: Upstream):
    call = await Call("/large").through(upstream)
    assert (len(call.content), call.is_whole) == (160 * 65_536, True)


async def test_a_slow_reader_slows_the_service_down(upstream: Upstream, small: Small):
    call = Call("/large")
    may_read = asyncio.Event()
    inner = call.send

    async def send(message: Message) -> None:
        await inner(message)
        if len(call.sent) > 3:
            await may_read.wait()

    call.send = send  # type: ignore[method-assign]
    going = asyncio.create_task(call.through(upstream))
    while len(call.sent) <= 3:
        await asyncio.sleep(0.001)
    for _ in range(200):
        await asyncio.sleep(0.001)
    assert small.parts < 160
    may_read.set()
    await going
    assert len(call.content) == 160 * 65_536


async def test_who_walks_away_from_a_stream_ends_it(upstream: Upstream, small: Small):
    call = Call("/endless")
    going = asyncio.create_task(call.through(upstream))
    await call.arrived.wait()
    call.leaves.set()
    await asyncio.wait_for(small.saw_goodbye.wait(), 5)
    await asyncio.wait_for(going, 5)


async def test_who_walks_away_before_the_answer_ends_the_work(upstream: Upstream, small: Small):
    call = Call("/silent")
    going = asyncio.create_task(call.through(upstream))
    while not small.heads:
        await asyncio.sleep(0.001)
    call.leaves.set()
    await asyncio.wait_for(small.saw_goodbye.wait(), 5)
    with pytest.raises(BadUpstream):
        await asyncio.wait_for(going, 5)


async def test_an_upload_that_breaks_off_is_not_taken_for_a_whole_one(upstream: Upstream, small: Small):
    call = Call("/upload", method="POST", body=[b"first", b"second"])
    first = call.receive

    async def receive() -> Message:
        return await first() if not call._given else {"type": "http.disconnect"}

    call.receive = receive  # type: ignore[method-assign]
    with pytest.raises(BadUpstream):
        await call.through(upstream)
    await asyncio.wait_for(small.saw_goodbye.wait(), 5)
    assert not call.sent


async def test_an_answer_before_the_upload_is_over_is_passed_on(upstream: Upstream):
    call = await Call("/early", method="POST", body=[PART] * 20).through(upstream)
    assert (call.status, call.content, call.is_whole) == (413, b"no!", True)
    assert (await Call("/readyz").through(upstream)).content == b"ok"


async def test_headers_of_one_connection_stay_there(upstream: Upstream, small: Small):
    call = await Call("/headers").through(upstream)
    assert not {b"connection", b"keep-alive", b"te", b"transfer-encoding", b"proxy-authenticate"} & set(
        call.header_names()
    )
    assert call.header_names().count(b"set-cookie") == 2
    assert b"x-mine" in call.header_names()
    assert (b"x-seen", b"1") in small.heads[0]["headers"]


@pytest.mark.parametrize(("path", "status"), [("/unchanged", 304), ("/nothing", 204)])
async def test_answers_without_a_body_are_whole(upstream: Upstream, path: str, status: int):
    for _ in range(2):
        call = await Call(path).through(upstream)
        assert (call.status, call.content, call.is_whole) == (status, b"", True)


async def test_an_answer_that_breaks_off_is_not_taken_for_a_whole_one(upstream: Upstream):
    call = await Call("/broken").through(upstream)
    assert call.content == b"first"
    assert not call.is_whole


async def test_one_after_the_other_and_many_at_once(upstream: Upstream):
    for _ in range(20):
        assert (await Call("/readyz").through(upstream)).content == b"ok"
    calls = await asyncio.gather(*[Call("/readyz").through(upstream) for _ in range(100)])
    assert [call.content for call in calls] == [b"ok"] * 100
    assert await upstream.is_ready()


@pytest.mark.parametrize("kind", ["local", "remote"])
async def test_a_service_that_does_not_begin_in_time_is_given_up(small: Small, kind: str):
    async with served(small) as url:
        for path in ("/slow", "/silent"):
            made = LocalUpstream(small, timeout=0.2) if kind == "local" else RemoteUpstream(url, timeout=0.2)
            with pytest.raises(UpstreamTimeout):
                await Call(path).through(made)
            await made.close()


@pytest.mark.parametrize("kind", ["local", "remote"])
async def test_a_slow_upload_does_not_count_as_a_slow_service(small: Small, kind: str):
    async with served(small) as url:
        made = LocalUpstream(small, timeout=0.3) if kind == "local" else RemoteUpstream(url, timeout=0.3)
        call = Call("/upload", method="POST", body=[b"x"] * 6)

        async def before(number: int) -> None:
            await asyncio.sleep(0.1)

        call.before_part = before
        assert (await call.through(made)).content == b"6"
        await made.close()


async def test_an_application_that_fails_before_it_answers_is_a_bad_upstream():
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        raise KeyError("x")

    async def says_nothing(scope: Scope, receive: Receive, send: Send) -> None:
        return

    for app in (fails, says_nothing):
        with pytest.raises(BadUpstream):
            await Call("/x").through(LocalUpstream(app, timeout=5))
        assert not await LocalUpstream(app, timeout=5).is_ready()


# what only the network can do


async def test_nobody_at_the_address_is_unavailable():
    made = RemoteUpstream("http://127.0.0.1:1", timeout=1)
    with pytest.raises(Unavailable):
        await Call("/readyz").through(made)
    assert not await made.is_ready()


@pytest.mark.parametrize(
    "said",
    [
        b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nContent-Le", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n", b"\x00" * 100,
    ],
)  # fmt: skip
async def test_what_is_no_http_is_a_bad_upstream(said: bytes):
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        await writer.drain()

    async with spoken(speak) as url:
        made = RemoteUpstream(url, timeout=2)
        with pytest.raises(BadUpstream):
            await Call("/x").through(made)
        await made.close()


async def test_an_answer_may_end_with_its_connection_and_follow_an_interim_one():
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nX-Mine: 1\r\n\r\nuntil ")
        await writer.drain()
        writer.write(b"the end")

    async with spoken(speak) as url:
        made = RemoteUpstream(url, timeout=2)
        for _ in range(2):
            call = await Call("/x").through(made)
            assert (call.status, call.content, call.is_whole) == (200, b"until the end", True)
            assert call.header_names() == [b"x-mine"]


async def test_a_kept_connection_that_was_closed_meanwhile_costs_no_request():
    served_by: list[int] = []

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served_by.append(0)
        while True:
            await reader.readuntil(b"\r\n\r\n")
            served_by[-1] += 1
            if served_by[-1] == 2:
                return  # as when it ends the connection at the very moment the next request comes
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    async with spoken(speak) as url:
        made = RemoteUpstream(url, timeout=2)
        for _ in range(4):
            assert (await Call("/x").through(made)).content == b"ok"
        with pytest.raises(BadUpstream):  # what may have been done is not done twice
            await Call("/x", method="POST", body=[b"x"]).through(made)
        await made.close()


async def test_nothing_slips_into_the_next_request():
    seen: list[bytes] = []

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.read(65_536))

    async with spoken(speak) as url:
        made = RemoteUpstream(url, timeout=2)
        for name, value in ((b"x", b"1\r\nX-Evil: 1"), (b"x\r\nx-evil", b"1"), (b"x", b"a\nb"), (b"x", b"a\x00b")):
            call = Call("/x")
            call.headers.append((name, value))
            with pytest.raises(Malformed):
                await call.through(made)
        for target in (b"/x y", b"/x\r\nX-Evil: 1", b"/x HTTP/1.1\r\n\r\nGET /y"):
            call = Call("/x")
            call.scope["raw_path"] = target
            with pytest.raises(Malformed):
                await call.through(made)
        for length in (b"1, 2", b"-1", b"+1", b"1x", b""):
            call = Call("/x", method="POST", body=[b"x"])
            call.scope["headers"] = [(b"content-length", length)]
            with pytest.raises(Malformed):
                await call.through(made)
        longer = Call("/x", method="POST", body=[b"xGET /evil HTTP/1.1\r\n\r\n"])
        longer.scope["headers"] = [(b"content-length", b"1")]
        with pytest.raises(Malformed):
            await longer.through(made)
        await made.close()
    assert not seen


# through the front door


async def test_trouble_behind_is_told_as_a_problem_and_when_to_try_again(
    platform: Platform, public: Person, small: Small
):
    front = platform.gateway.front
    whole = dict(front.upstreams)

    async def closes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")

    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(30)

    async with spoken(closes) as url:
        for upstream, status in (
            (RemoteUpstream("http://127.0.0.1:1", timeout=1), 503),
            (RemoteUpstream(url, timeout=1), 502),
            (LocalUpstream(silent, timeout=0.1), 504),
        ):
            front.upstreams = {**whole, "survey": upstream}
            try:
                answer = await public.get("/api/v1/survey/models")
                page = await public.get("/api/v1/survey/models", headers={"Accept": "text/html"})
            finally:
                front.upstreams = whole
            assert answer.status_code == page.status_code == status
            assert read_problem(answer)["type"].startswith("/problems/")
            assert int(answer.headers["retry-after"]) >= 1
            assert page.headers["content-type"].startswith("text/html")


async def test_the_platform_serves_a_real_browser_with_its_services_apart(platform: Platform):
    """The front door on a port, a service on another."""
    front = platform.gateway.front
    whole = dict(front.upstreams)
    async with served(platform.services["registry"]) as registry, served(front) as url:
        front.upstreams = {**whole, "registry": RemoteUpstream(registry, timeout=5)}
        try:
            async with httpx.AsyncClient(base_url=url) as client:
                got = await client.get("/api/v1/registry/countries")
                again = await client.get("/api/v1/registry/countries", headers={"If-None-Match": got.headers["etag"]})
                head = await client.head("/api/v1/registry/countries")
                refused = await client.post("/api/v1/registry/communities", json={"code": "x"})
        finally:
            await front.upstreams["registry"].close()
            front.upstreams = whole
    assert got.status_code == 200
    assert got.json()["total"] > 0
    assert (again.status_code, again.content) == (304, b"")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(got.content))
    assert refused.status_code == 401
