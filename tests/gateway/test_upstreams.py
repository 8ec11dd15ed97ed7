"""Forwarding, in this process and over the network: one set of promises, kept by both."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.types import Message, Receive, Scope, Send

from gateway.remote import RemoteUpstream
from gateway.upstreams import LocalUpstream, Upstream
from shared.problems import BadUpstream, UpstreamTimeout
from tests.gateway.passing import PART, Call, Small
from tests.gateway.serving import served


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
