"""Documents as they are answered."""

from collections.abc import Mapping

from services.workspace.access import actor_of, may_lead, user_of
from services.workspace.documents.access import is_of_the_committee, may_change, may_remove_document
from services.workspace.documents.schemas import DocumentOut, DocumentState, HolderOut, VersionOut
from services.workspace.schemas import ActorOut
from services.workspace.tables import Document, DocumentVersion
from shared.callers import Caller
from shared.file_kinds import KINDS
from shared.languages import pick

ROOT = "/api/v1/workspace/documents"
CITED = {
    "es": "Red de Puertos Digitales y Colaborativos, {committee} ({year}). {title} (versión {n}). {address}",
    "en": "Network of Digital and Collaborative Ports, {committee} ({year}). {title} (version {n}). {address}",
    "pt": "Rede de Portos Digitais e Colaborativos, {committee} ({year}). {title} (versão {n}). {address}",
    "fr": "Réseau des ports numériques et collaboratifs, {committee} ({year}). {title} (version {n}). {address}",
}


def state_of(document: Document) -> DocumentState:
    if document.published is not None:
        return "published"
    return "approved" if document.approved == document.latest else "draft"


def content_path(version: DocumentVersion) -> str:
    return f"{ROOT}/{version.document_id}/versions/{version.n}/content"


def version_out(version: DocumentVersion, *, by_name: bool) -> VersionOut:
    """`by_name`: whether the reader belongs to the committee, and sees who made it and why."""
    kind = KINDS.get(version.media_type)
    return VersionOut(
        document=version.document_id, n=version.n, file_name=version.file_name, media_type=version.media_type,
        size=version.size, sha256=version.sha256, inline=kind is not None and kind.inline,
        note=version.note if by_name else None, text_state=version.text_state, pages=version.pages,
        created_by=ActorOut(user_id=user_of(version.created_by), name=version.created_by_name) if by_name else None,
        created_at=version.created_at if by_name else version.published_at, published_at=version.published_at,
        content=content_path(version), demo=version.demo,
    )  # fmt: skip


def document_out(
    document: Document,
    shown: DocumentVersion,
    count: int,
    names: Mapping[str, str],
    origin: str,
    language: str,
    caller: Caller,
) -> DocumentOut:
    """`shown`: the version that stands for it to this caller; `count` of the versions that the caller sees; `names` of
    the committee by language."""
    inside = is_of_the_committee(caller, document)
    version = version_out(shown, by_name=inside)
    leads = may_lead(caller, document.committee)
    committee = pick(names, language)
    address = citation = None
    if document.published is not None and document.published_at is not None and document.removed_at is None:
        address = f"{origin}/documents/{document.id}"
        citation = CITED[language].format(
            committee=committee, year=document.published_at.year, title=document.title, n=document.published,
            address=address,
        )  # fmt: skip
    return DocumentOut(
        id=document.id, committee=document.committee, committee_name=committee, title=document.title,
        folder=document.folder if inside else "", tags=document.tags, state=state_of(document),
        current_version=shown.n, versions=count, approved_version=document.approved if inside else document.published,
        published_version=document.published, file_name=version.file_name, media_type=version.media_type,
        size=version.size, sha256=version.sha256, inline=version.inline, note=version.note,
        text_state=version.text_state, pages=version.pages, content=version.content,
        created_by=ActorOut(user_id=user_of(document.created_by), name=document.created_by_name) if inside else None,
        created_at=document.created_at if inside else document.published_at,
        updated_at=document.updated_at if inside else document.published_at,
        approved_at=document.approved_at if inside else document.published_at,
        approved_by=document.approved_by_name if inside else None, published_at=document.published_at,
        held=_holder(document, caller) if inside else None, address=address, citation=citation,
        may_edit=may_change(caller, document), may_lead=leads, may_remove=may_remove_document(caller, document),
        removed_at=document.removed_at, demo=document.demo,
    )  # fmt: skip


def _holder(document: Document, caller: Caller) -> HolderOut | None:
    if document.held_by is None or document.held_at is None:
        return None
    return HolderOut(
        name=document.held_by_name or "", at=document.held_at, note=document.held_note,
        yours=document.held_by == actor_of(caller),
    )  # fmt: skip
