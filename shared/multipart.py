"""`multipart/form-data` as a stream (RFC 7578): fields and files one after the other."""

import re
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from shared.problems import FieldError, Invalid, Malformed, TooLarge, UnsupportedMediaType, pointer
from shared.text import forbidden_character, normal

FORM_TYPE = b"multipart/form-data"
Taken = TypeVar("Taken")
LONGEST_FIELD = 64 * 2**10
MOST_FIELDS = 100
ESCAPED = re.compile("%([01][0-9A-Fa-f]|22)")


@dataclass
class FormPart:
    """One part: a field, or a file when it has a `file_name`. Read it before asking for the next one."""

    name: str
    file_name: str | None
    media_type: str
    _form: "Multipart"

    async def chunks(self) -> AsyncIterator[bytes]:
        """The content as it comes. Raises Malformed when the body ends too early."""
        while (event := await self._form.next_event())[0] == "data":
            yield event[1]

    async def text(self) -> str:
        """The content of a field, in NFC. Raises TooLarge, Invalid."""
        found = b""
        async for chunk in self.chunks():
            found += chunk
            if len(found) > LONGEST_FIELD:
                raise TooLarge(f"The field {self.name} may have at most {LONGEST_FIELD} bytes.")
        try:
            text = found.decode()
        except UnicodeDecodeError:
            raise Invalid.at(pointer(self.name), "must be UTF-8", "character") from None
        if bad := forbidden_character(text):
            raise Invalid.at(pointer(self.name), f"contains {bad}", "character")
        return normal(text.replace("\r\n", "\n"))

    async def whole(self, largest: int) -> bytes:
        """The content of a small file. Raises TooLarge."""
        parts, size = [], 0
        async for chunk in self.chunks():
            size += len(chunk)
            if size > largest:
                raise TooLarge(f"The file may have at most {largest} bytes.")
            parts.append(chunk)
        return b"".join(parts)


class Multipart:
    """The parts of a request's body, in their order."""

    def __init__(self, request: Request) -> None:
        """Raises UnsupportedMediaType, Malformed."""
        kind, options = parse_options_header(request.headers.get("content-type"))
        if kind != FORM_TYPE:
            raise UnsupportedMediaType("Send multipart/form-data.")
        boundary = options.get(b"boundary", b"")
        if not 1 <= len(boundary) <= 70:
            raise Malformed("The Content-Type names no boundary.")
        self._stream = request.stream()
        self._events: deque[tuple[str, Any]] = deque()
        self._headers: dict[bytes, bytes] = {}
        self._field = self._value = b""
        self._over = False
        self._parser = MultipartParser(boundary, {
            "on_part_begin": self._begin, "on_header_field": self._on_field, "on_header_value": self._on_value,
            "on_header_end": self._on_header, "on_headers_finished": lambda: self._tell("part", self._headers),
            "on_part_data": lambda data, start, end: self._tell("data", data[start:end]),
            "on_part_end": lambda: self._tell("end", None), "on_end": lambda: self._tell("over", None),
        })  # fmt: skip

    async def parts(self) -> AsyncIterator[FormPart]:
        """Each part once; what was not read of one is passed over."""
        for _ in range(MOST_FIELDS):
            kind, value = await self.next_event()
            while kind in ("data", "end"):
                kind, value = await self.next_event()
            if kind == "over":
                return
            yield self._part(value)
        raise Malformed(f"The form has more than {MOST_FIELDS} parts.")

    async def next_event(self) -> tuple[str, Any]:
        """What comes next: `part`, `data`, `end` or `over`. Raises Malformed."""
        while not self._events:
            if self._over:
                raise Malformed("The form ends before its last boundary.")
            try:
                chunk = await anext(self._stream)
            except StopAsyncIteration:
                chunk = b""
            except ClientDisconnect:
                raise Malformed("The line broke before the form was whole.") from None
            try:
                if chunk:
                    self._parser.write(chunk)
                else:
                    self._over = True
                    self._parser.finalize()
            except FormParserError:
                raise Malformed("The form cannot be read.") from None
        return self._events.popleft()

    def _part(self, headers: dict[bytes, bytes]) -> FormPart:
        _, options = parse_options_header(headers.get(b"content-disposition", b"").decode("latin-1"))
        name, file_name = _text(options.get(b"name")), _text(options.get(b"filename"))
        if not name:
            raise Malformed("A part of the form has no name.")
        media_type = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
        return FormPart(name, file_name, media_type, self)

    def _tell(self, kind: str, value: Any) -> None:
        self._events.append((kind, value))

    def _begin(self) -> None:
        self._headers, self._field, self._value = {}, b"", b""

    def _on_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header(self) -> None:
        self._headers[self._field.lower()] = self._value
        self._field = self._value = b""


def _text(value: bytes | None) -> str | None:
    """A parameter of a part's header: UTF-8, else Latin-1. Browsers write `"`, CR and LF as %22, %0D and %0A, programs
    other control characters alike."""
    if value is None:
        return None
    text = value.decode("latin-1")
    with suppress(UnicodeDecodeError):
        text = value.decode()
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)


async def one_file(
    request: Request, take: Callable[[FormPart], Awaitable[Taken]], known: Collection[str] | None = ()
) -> tuple[Taken, dict[str, str]]:
    """What `take` makes of the form's one `file` while it comes, and the `known` fields beside it; None passes over
    whatever fields there are. Raises UnsupportedMediaType, Malformed, TooLarge, Invalid at `/file` and at fields.
    """
    fields: dict[str, str] = {}
    taken: list[Taken] = []
    async for part in Multipart(request).parts():
        if part.name != "file":
            if known is not None:
                await only_fields(part, set(known), fields)
            continue
        if taken:
            raise Invalid.at("/file", "is doubled: send one file at a time", "doubled")
        if part.file_name is None:
            raise Invalid.at("/file", "must be a file with a name", "required")
        taken.append(await take(part))
    if not taken:
        raise Invalid.at("/file", "is required: the form has no file of this name", "missing")
    return taken[0], fields


async def only_fields(part: FormPart, known: set[str], seen: dict[str, str]) -> None:
    """Read a field that is known and comes once into `seen`. Raises Invalid."""
    if part.name not in known:
        raise Invalid(errors=[FieldError(pointer(part.name[:80]), "is not a known field", "extra_forbidden")])
    if part.name in seen:
        raise Invalid(errors=[FieldError(pointer(part.name), "is doubled", "doubled")])
    seen[part.name] = await part.text()
