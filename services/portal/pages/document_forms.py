"""Forms with a file: what a browser without JavaScript sends goes on to the workspace while it comes."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TypeVar

from services.portal.visits import POLICY, Visit
from shared.multipart import Multipart, only_fields
from shared.problems import Invalid

FRAMES = {"Content-Security-Policy": f"{POLICY}; frame-src 'self'"}
"""For pages that show a PDF in a frame: the browser's own viewer, of an address of ours."""
Made = TypeVar("Made")
Send = Callable[[str, AsyncIterator[bytes], Mapping[str, str]], Awaitable[Made]]


async def pass_on(visit: Visit, known: set[str], send: Send[Made]) -> tuple[Made, dict[str, str]]:
    """Read the fields, then hand the file's name and its chunks to `send`. The file is the form's last field.

    Raises NotAllowed without the session's token, Invalid at `/file` when no file was chosen.
    """
    fields: dict[str, str] = {}
    async for part in Multipart(visit.request).parts():
        if part.name == "file":
            visit.must_have_token(fields.pop("csrf_token", ""))
            if not part.file_name:
                break
            told = {name: value for name, value in fields.items() if value.strip()}
            return await send(part.file_name, part.chunks(), told), fields
        await only_fields(part, {"csrf_token", *known}, fields)
    raise Invalid.at("/file", "is required", "missing")
