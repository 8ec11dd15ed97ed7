"""Files that are kept: once by content, never half, and checked when they are read."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.objects import Damaged, Objects
from shared.problems import TooLarge
from shared.settings import Settings


@pytest.fixture
def objects(tmp_path: Path) -> Objects:
    return Objects(Settings(data_dir=tmp_path), "survey")


def files_in(folder: Path) -> list[Path]:
    return [path for path in (folder / "objects").rglob("*") if path.is_file()]


async def parts(*content: bytes) -> AsyncIterator[bytes]:
    for part in content:
        yield part


async def test_what_is_kept_is_read_again_whole_or_in_part(objects: Objects) -> None:
    content = bytes(range(256)) * 20_000
    kept = await objects.keep(parts(content[:1000], content[1000:]), largest=len(content))
    assert (kept.sha256, kept.size, kept.head) == (hashlib.sha256(content).hexdigest(), len(content), content[:8192])
    assert await objects.read_whole(kept.sha256) == content
    assert b"".join([part async for part in objects.read(kept.sha256, start=250, end=260)]) == content[250:260]
    assert b"".join([part async for part in objects.read(kept.sha256, start=len(content) - 3)]) == content[-3:]


async def test_the_same_bytes_are_stored_once(objects: Objects, tmp_path: Path) -> None:
    assert await objects.keep_bytes(b"acta") == await objects.keep_bytes(b"acta")
    assert len(files_in(tmp_path)) == 1


async def test_nothing_stays_of_a_file_that_is_too_large_or_breaks_off(objects: Objects, tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        await objects.keep(parts(b"12345", b"67890"), largest=9)

    async def broken() -> AsyncIterator[bytes]:
        yield b"12345"
        raise ConnectionResetError

    with pytest.raises(Exception, match="store of files"):
        await objects.keep(broken(), largest=9)
    assert files_in(tmp_path) == []


async def test_a_damaged_file_is_noticed(objects: Objects, tmp_path: Path) -> None:
    kept = await objects.keep_bytes(b"acta de la reunion")
    (file,) = files_in(tmp_path)
    file.write_bytes(b"acta de la reunioN")
    with pytest.raises(Damaged):
        await objects.read_whole(kept.sha256)


async def test_an_empty_file_is_a_file_and_an_absent_one_is_not(objects: Objects) -> None:
    kept = await objects.keep_bytes(b"")
    assert await objects.read_whole(kept.sha256) == b""
    await objects.forget(kept.sha256)
    with pytest.raises(FileNotFoundError):
        await objects.read_whole(kept.sha256)
