"""ClamAV over its own protocol (INSTREAM): what a stranger's file is held against before anybody may open it."""

import asyncio
import struct
from collections.abc import AsyncIterable
from contextlib import suppress
from urllib.parse import urlsplit

import structlog

from shared.problems import Invalid, Unavailable

log = structlog.get_logger(__name__)
CONNECTING = 5.0  # seconds
ANSWERING = 120.0  # seconds
CHUNK = 2**18


async def scan(url: str, parts: AsyncIterable[bytes]) -> None:
    """Return when the scanner found nothing. Raises Invalid with `/file` when it found something or the file is larger
    than it looks at, Unavailable when it cannot be asked: what was not looked at is not taken."""
    where = urlsplit(url)
    try:
        async with asyncio.timeout(CONNECTING):
            reader, writer = await asyncio.open_connection(where.hostname, where.port or 3310)
    except (OSError, TimeoutError):
        raise Unavailable("The virus scanner cannot be reached now; try again in a moment.") from None
    try:
        async with asyncio.timeout(ANSWERING):
            said = await _ask(reader, writer, parts)
    except TimeoutError:
        raise Unavailable("The virus scanner takes too long; try again in a moment.") from None
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
    if said.endswith("OK"):
        return
    if said.endswith("FOUND"):
        name = said.removeprefix("stream:").removesuffix("FOUND").strip()
        log.warning("the scanner found something", what=name)
        raise Invalid.at("/file", f"was refused by the virus scanner ({name})", "infected")
    if not said or "size limit" in said.lower():
        raise Invalid.at("/file", "is larger than the virus scanner looks at", "unscanned")
    log.error("the scanner answered", said=said[:200])
    raise Unavailable("The virus scanner does not work now; try again in a moment.")


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, parts: AsyncIterable[bytes]) -> str:
    """What the scanner said; empty when it hung up, as it does on what is larger than its limit."""
    try:
        writer.write(b"zINSTREAM\0")
        async for part in parts:
            for start in range(0, len(part), CHUNK):
                chunk = part[start : start + CHUNK]
                writer.write(struct.pack("!L", len(chunk)) + chunk)
            await writer.drain()
        writer.write(struct.pack("!L", 0))
        await writer.drain()
    except (ConnectionError, BrokenPipeError):
        pass  # it may have said why before it hung up
    try:
        said = await reader.readuntil(b"\0")
    except asyncio.IncompleteReadError as cut:
        said = cut.partial
    except (ConnectionError, asyncio.LimitOverrunError):
        return ""
    return said.rstrip(b"\0\n").decode("utf-8", "replace").strip()
