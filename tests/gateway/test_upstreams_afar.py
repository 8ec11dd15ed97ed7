"""Forwarding over the network: what only that can do wrong."""

import asyncio

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from deploy.local.composition import Platform
from gateway.remote import RemoteUpstream
from gateway.upstreams import LocalUpstream
from shared.problems import BadUpstream, Malformed, Unavailable
from tests.gateway.passing import Call
from tests.gateway.serving import served, spoken
from tests.people import Person, read_problem


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


async def test_trouble_behind_is_told_as_a_problem_and_when_to_try_again(platform: Platform, public: Person):
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
