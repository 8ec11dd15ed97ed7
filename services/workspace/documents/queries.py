"""Reads of documents that need more than one line of SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, exists, extract, func, select

from services.workspace.documents.access import (
    removed_documents,
    shown_version,
    visible_documents,
    visible_versions,
)
from services.workspace.documents.presenting import document_out
from services.workspace.documents.schemas import DocumentOut, FacetOut, FacetsOut
from services.workspace.search.words import Question
from services.workspace.tables import Committee, Document, DocumentVersion, SearchEntry
from shared.callers import Caller
from shared.database import ReadSession, WriteSession
from shared.file_kinds import KINDS
from shared.languages import pick
from shared.problems import NotFound

FOLDER_ORDER = (Document.folder, Document.title_key, Document.id)
MOST_TAGS = 30
NEWEST_FIRST = (func.coalesce(Document.published_at, Document.updated_at), Document.id)


@dataclass(frozen=True)
class Filters:
    """Which documents are asked for."""

    committee: str | None = None
    folder: str | None = None
    tag: str | None = None
    state: str | None = None
    family: str | None = None
    year: int | None = None
    question: Question | None = None
    removed: bool = False


def documents(caller: Caller, wanted: Filters) -> Select[Document, DocumentVersion]:
    """The documents that a caller may see and asks for, each with the version that stands for it."""
    statement = (
        select(Document, DocumentVersion)
        .join(
            DocumentVersion,
            (DocumentVersion.document_id == Document.id)
            & (DocumentVersion.n == (Document.latest if wanted.removed else shown_version(caller))),
        )
        .where(removed_documents(caller) if wanted.removed else visible_documents(caller))
    )
    if wanted.committee is not None:
        statement = statement.where(Document.committee == wanted.committee)
    if wanted.folder is not None:
        statement = statement.where(Document.folder == wanted.folder)
    if wanted.tag is not None:
        statement = statement.where(Document.tags.contains([wanted.tag]))
    if wanted.state == "published":
        statement = statement.where(Document.published.is_not(None))
    elif wanted.state == "approved":
        statement = statement.where(Document.published.is_(None), Document.approved == Document.latest)
    elif wanted.state == "draft":
        statement = statement.where(
            Document.published.is_(None), func.coalesce(Document.approved, 0) != Document.latest
        )
    if wanted.family is not None:
        types = [kind.media_type for kind in KINDS.values() if kind.family == wanted.family]
        statement = statement.where(DocumentVersion.media_type.in_(types))
    if wanted.year is not None:
        statement = statement.where(extract("year", Document.published_at) == wanted.year)
    if wanted.question is not None:
        found = exists().where(
            SearchEntry.document_id == Document.id, SearchEntry.n == DocumentVersion.n,
            SearchEntry.vector.op("@@")(wanted.question.expression),
        )  # fmt: skip
        statement = statement.where(found)
    return statement


async def outs_of(
    db: ReadSession | WriteSession,
    rows: Sequence[tuple[Document, DocumentVersion]],
    origin: str,
    language: str,
    caller: Caller,
) -> list[DocumentOut]:
    """Documents with their versions as they are answered."""
    ids = [document.id for document, _ in rows]
    counted = await db.execute(
        select(DocumentVersion.document_id, func.count())
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(DocumentVersion.document_id.in_(ids), visible_versions(caller))
        .group_by(DocumentVersion.document_id)
    )
    counts: dict[UUID, int] = dict(counted.all())
    slugs = {document.committee for document, _ in rows}
    named = await db.execute(select(Committee.slug, Committee.names).where(Committee.slug.in_(slugs)))
    names: dict[str, dict[str, str]] = dict(named.all())
    return [
        document_out(document, shown, counts.get(document.id, 0), names[document.committee], origin, language, caller)
        for document, shown in rows
    ]


async def out_of(
    db: ReadSession | WriteSession, document: Document, origin: str, language: str, caller: Caller
) -> DocumentOut:
    """One document as this caller sees it. Raises NotFound."""
    statement = (
        select(DocumentVersion)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(Document.id == document.id, DocumentVersion.n == shown_version(caller))
    )
    shown = await db.scalar(statement)
    if shown is None:
        raise NotFound("This document")
    return (await outs_of(db, [(document, shown)], origin, language, caller))[0]


async def facets_of_library(db: ReadSession, language: str, caller: Caller) -> FacetsOut:
    """Counts over all that is published, whoever asks."""
    published = visible_documents(caller) & Document.published.is_not(None)
    year, tag = extract("year", Document.published_at), func.jsonb_array_elements_text(Document.tags)
    every = func.count()
    by_committee = await db.execute(
        select(Document.committee, Committee.names, every)
        .join(Committee, Committee.slug == Document.committee)
        .where(published)
        .group_by(Document.committee, Committee.names)
    )
    by_year = await db.execute(select(year, every).where(published).group_by(year).order_by(year.desc()))
    tags = select(tag.label("tag")).where(published).subquery()
    by_tag = await db.execute(
        select(tags.c.tag, every).group_by(tags.c.tag).order_by(every.desc(), tags.c.tag).limit(MOST_TAGS)
    )
    committees = [FacetOut(value=slug, label=pick(names, language), documents=n) for slug, names, n in by_committee]
    return FacetsOut(
        total=sum(one.documents for one in committees),
        committees=sorted(committees, key=lambda one: one.label.casefold()),
        years=[FacetOut(value=str(int(found)), label=str(int(found)), documents=n) for found, n in by_year],
        tags=[FacetOut(value=found, label=found, documents=n) for found, n in by_tag],
    )


def folders(caller: Caller, committee: str) -> Select[str, int]:
    return (
        select(Document.folder, func.count())
        .where(visible_documents(caller), Document.committee == committee)
        .group_by(Document.folder)
        .order_by(Document.folder)
    )
