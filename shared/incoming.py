"""What somebody sent, looked at before a row may name it: its kind by its bytes, and scanned where a scanner is set."""

from shared.archives import entries_of
from shared.file_kinds import Kind, is_zipped, kind_of, must_be_of_a_size
from shared.objects import Kept, Objects
from shared.problems import Invalid
from shared.scanning import scan
from shared.settings import Settings


async def kind_of_kept(kept: Kept, name: str, objects: Objects, settings: Settings) -> Kind:
    """The kind of a stored file. Raises UnsupportedMediaType, Invalid at `/file`, Unavailable."""

    async def read(start: int, end: int) -> bytes:
        end = min(end, kept.size)
        if end <= start:
            return b""
        return b"".join([part async for part in objects.read(kept.sha256, start=start, end=end)])

    if kept.size == 0:
        raise Invalid.at("/file", "is empty", "empty")
    kind = kind_of(name, kept.head, await entries_of(read, kept.size) if is_zipped(kept.head) else None)
    must_be_of_a_size(kind, kept.head)
    if settings.clamav_url is not None:
        await scan(settings.clamav_url, objects.read(kept.sha256))
    return kind
