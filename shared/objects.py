"""Large files: a local folder, or a bucket of a server that speaks S3.

What is kept is named by its SHA-256, so the same bytes are stored once, and what is read is checked against its name.
A row that refers to a file is written after `keep` has returned: by then the bytes are safe.
"""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from shared.ids import uuid7
from shared.problems import TooLarge, Unavailable
from shared.settings import Settings

PART = 2**20  # bytes read or written at a time
INCOMING = "incoming"
"""Where files are until all of their bytes are here."""
RETRIES: Any = {
    "max_retries": 4,
    "retry_timeout": timedelta(seconds=30),
    "backoff": {"init_backoff": timedelta(seconds=0.1), "max_backoff": timedelta(seconds=2), "base": 2},
}
"""A bucket that does not answer is asked again for a second or two, and not for minutes: somebody is waiting."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that is safe: its SHA-256 in hexadecimal, its size in bytes, and its first bytes, which tell its type."""

    sha256: str
    size: int
    head: bytes


class Damaged(Exception):
    """What lies in the store is not what was kept under this name."""


class Objects:
    """The files of one service."""

    def __init__(self, settings: Settings, service: str) -> None:
        self._settings = settings
        self._service = service
        self._opened: Any = None
        self._folder: Path | None = None

    async def keep(self, parts: AsyncIterable[bytes], *, largest: int) -> Kept:
        """Store what comes, at most `largest` bytes. Raises TooLarge, Unavailable; then nothing is stored."""
        from obstore import open_writer_async, rename_async  # noqa: PLC0415 -- takes a while, and most processes need none of it

        store = self._store()
        digest, size, head = hashlib.sha256(), 0, b""
        incoming = f"{INCOMING}/{uuid7()}"
        try:
            writer = open_writer_async(store, incoming, buffer_size=8 * PART)
            try:
                async for part in parts:
                    size += len(part)
                    if size > largest:
                        raise TooLarge(f"The file may have at most {largest} bytes.")
                    if len(head) < 8192:
                        head += part[: 8192 - len(head)]
                    digest.update(part)
                    await writer.write(part)
            finally:
                await writer.close()
            name = digest.hexdigest()
            await rename_async(store, incoming, _path(name))
            if self._folder is not None:
                await asyncio.to_thread(_make_durable, self._folder / _path(name))
        except BaseException as error:
            await self._drop(incoming)
            if isinstance(error, OSError) or _is_of_the_store(error):
                raise Unavailable("The store of files cannot be written to now; try again in a moment.") from error
            raise
        return Kept(name, size, head)

    async def keep_bytes(self, content: bytes) -> Kept:
        """Store what is in memory already."""

        async def parts() -> AsyncIterator[bytes]:
            for start in range(0, len(content), PART):
                yield content[start : start + PART]

        return await self.keep(parts(), largest=len(content))

    async def read(self, sha256: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to before `end`. A whole file is checked while it is read.

        Raises FileNotFoundError, Unavailable, or Damaged after the last part.
        """
        from obstore import get_async  # noqa: PLC0415 -- as above

        try:
            options: Any = {"range": (start, end) if end is not None else {"offset": start}} if start or end else None
            found = await get_async(self._store(), _path(sha256), options=options)
        except FileNotFoundError:
            raise
        except Exception as error:
            if _is_of_the_store(error):
                raise Unavailable("The store of files cannot be read now; try again in a moment.") from error
            raise
        digest = hashlib.sha256()
        async for part in found.stream(min_chunk_size=PART):
            content = bytes(part)
            if options is None:
                digest.update(content)
            yield content
        if options is None and digest.hexdigest() != sha256:
            raise Damaged(sha256)

    async def read_whole(self, sha256: str) -> bytes:
        """All of a file that is known to be small. Raises as `read` does."""
        return b"".join([part async for part in self.read(sha256)])

    async def forget(self, sha256: str, *, unless_kept_after: datetime | None = None) -> None:
        """Remove a file, if it is there. The caller knows that no row refers to it.

        `unless_kept_after`: leave what somebody has kept again since: the row that refers to it may be on its way.
        """
        if unless_kept_after is not None:
            from obstore import head_async  # noqa: PLC0415 -- as above

            try:
                found = await head_async(self._store(), _path(sha256))
            except FileNotFoundError:
                return
            if found["last_modified"] > unless_kept_after:
                return
        await self._drop(_path(sha256))

    async def _drop(self, path: str) -> None:
        from obstore import delete_async  # noqa: PLC0415 -- as above

        with suppress(Exception):  # what stays is taken for rubbish: nothing refers to it
            await delete_async(self._store(), path)

    def _store(self) -> Any:
        if self._opened is None:
            self._opened = self._open()
        return self._opened

    def _open(self) -> Any:
        from obstore.store import LocalStore, S3Store  # noqa: PLC0415 -- as above

        url = self._settings.object_store_url
        if url is None:
            self._folder = self._settings.data_dir.absolute() / "objects" / self._service
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            return LocalStore(prefix=self._folder)
        parts = urlsplit(url)
        prefix = "/".join(part for part in (parts.path.strip("/"), self._service) if part)
        # the bucket's library reads AWS_… itself: address, region and key are its own settings, not the platform's
        is_path_style = bool(os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT"))
        return S3Store(
            parts.netloc, prefix=prefix, virtual_hosted_style_request=not is_path_style,
            client_options={"allow_http": True, "timeout": "60s"}, retry_config=RETRIES,
        )  # fmt: skip


def _path(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def _is_of_the_store(error: BaseException) -> bool:
    return type(error).__module__.startswith("obstore")


def _make_durable(file: Path) -> None:
    """The file and the folders that name it survive a power cut."""
    for place in (file, file.parent, file.parent.parent, file.parent.parent.parent):
        descriptor = os.open(place, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
