"""A file of evidence as it comes: stored while it is read, its kind told by its bytes, refused by field."""

from dataclasses import dataclass

from fastapi import Request

from services.survey.facts import PLATFORM
from shared import idempotency
from shared.database import Database, Job
from shared.file_kinds import Kind, must_be_no_program
from shared.file_names import file_name_of
from shared.incoming import kind_of_kept
from shared.multipart import FormPart, one_file
from shared.objects import Kept, Objects
from shared.problems import FieldError, Invalid, TooLarge, UnsupportedMediaType
from shared.settings import Settings

FORGET = "forget_evidence"
LATER = 24 * 3600.0  # seconds: by then, whoever stored the same bytes has written the row that names them
LARGEST = 20 * 2**20
FAMILIES = ("pdf", "text", "office", "image")
"""What proves something to a reader; no archives, recordings or web pages."""


@dataclass(frozen=True, slots=True)
class GivenFile:
    kept: Kept
    name: str
    kind: Kind
    title: str


async def file_in(request: Request, db: Database, objects: Objects) -> GivenFile:
    """Raises Malformed, TooLarge, Invalid at `/file` and `/title`, Unavailable; what is refused is forgotten later."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and (len(declared) > 18 or int(declared) > LARGEST + 2**18):
        raise _too_large()
    (kept, name, kind), fields = await one_file(
        request, lambda part: _kept(part, db, objects, request.app.state.settings), {"title"}
    )
    title = " ".join(fields.get("title", "").split()) or name
    if len(title) > 300:
        raise Invalid.at("/title", "should have at most 300 characters", "string_too_long")
    pending = idempotency.current()
    if pending is not None:
        pending.body_hash = idempotency.digest(f"{kept.sha256}\0{name}\0{title}".encode())
    return GivenFile(kept, name, kind, title)


async def _kept(part: FormPart, db: Database, objects: Objects, settings: Settings) -> tuple[Kept, str, Kind]:
    name = file_name_of(part.file_name)
    try:
        must_be_no_program(name, b"")
        kept = await objects.keep(part.chunks(), largest=LARGEST)
    except TooLarge:
        raise _too_large() from None
    except UnsupportedMediaType as refused:
        raise Invalid.at("/file", refused.detail or "is of no kind that is accepted", "kind") from None
    await _forget_unless_named(db, kept.sha256)
    try:
        kind = await kind_of_kept(kept, name, objects, settings)
        if kind.family not in FAMILIES or kind.media_type == "image/svg+xml":
            raise UnsupportedMediaType("must be a PDF, a picture, text, or an Office document")
    except UnsupportedMediaType as refused:
        raise Invalid.at("/file", refused.detail or "is of no kind that is accepted", "kind") from None
    return kept, name, kind


async def _forget_unless_named(db: Database, sha256: str) -> None:
    """Whatever becomes of the request, bytes that nothing names do not stay."""
    with idempotency.aside():
        async with db.transaction(by=PLATFORM, to="let go of a file") as tx:
            tx.announce(Job(FORGET, {"sha256": sha256}, delay=LATER))


def _too_large() -> TooLarge:
    said = f"may have at most {LARGEST // 2**20} MiB"
    return TooLarge(f"The file {said}.", errors=[FieldError("/file", said, "too_large")])
