"""What other services ask about documents and discussions: a part of the workspace's client."""

from collections.abc import AsyncIterable, Mapping
from typing import Any
from uuid import UUID

from services.workspace.discussions.schemas import DiscussionOut, PostOut, RevisionOut
from services.workspace.documents.schemas import (
    ComparisonOut,
    DocumentOut,
    FacetsOut,
    FolderOut,
    LinkedOut,
    PreviewOut,
    UploadOut,
    VersionOut,
)
from services.workspace.search.schemas import HitOut
from shared.fields import Counted
from shared.peers import Client

ROOT = "/api/v1/workspace"
LARGEST = 200


class DocumentCalls(Client):
    """Each method raises the Problem that the workspace answered with."""

    async def documents(self, slug: str | None = None, *, limit: int = LARGEST, **filters: Any) -> Counted[DocumentOut]:
        """A committee's by folder and title, or all that the caller may see, the newest first; one part of the list."""
        path = f"/committees/{slug}/documents" if slug is not None else "/documents"
        return Counted[DocumentOut].model_validate(await self._get(f"{ROOT}{path}", limit=limit, **filters))

    async def facets(self) -> FacetsOut:
        """By what the published documents can be narrowed."""
        return FacetsOut.model_validate(await self._get(f"{ROOT}/documents/facets"))

    async def folders(self, slug: str) -> list[FolderOut]:
        told = await self._get(f"{ROOT}/committees/{slug}/folders")
        return [FolderOut.model_validate(item) for item in told["items"]]

    async def document(self, document_id: UUID | str) -> tuple[DocumentOut, str]:
        """The document and its ETag."""
        return await self._with_tag(DocumentOut, f"{ROOT}/documents/{document_id}")

    async def versions(self, document_id: UUID | str) -> list[VersionOut]:
        """The newest 200, the newest first."""
        told = await self._get(f"{ROOT}/documents/{document_id}/versions", limit=LARGEST)
        return [VersionOut.model_validate(item) for item in told["items"]]

    async def preview(self, document_id: UUID | str, number: int) -> PreviewOut:
        return PreviewOut.model_validate(await self._get(f"{ROOT}/documents/{document_id}/versions/{number}/preview"))

    async def compare(self, document_id: UUID | str, before: int, after: int) -> ComparisonOut:
        told = await self._get(f"{ROOT}/documents/{document_id}/compare", before=before, after=after)
        return ComparisonOut.model_validate(told)

    async def links_to(self, document_id: UUID | str) -> list[LinkedOut]:
        told = await self._get(f"{ROOT}/documents/{document_id}/links")
        return [LinkedOut.model_validate(item) for item in told["items"]]

    async def send_document(
        self, slug: str, name: str, chunks: AsyncIterable[bytes], fields: Mapping[str, str]
    ) -> DocumentOut:
        """Add a document while its bytes come."""
        answer = await self._send_file(f"{ROOT}/committees/{slug}/documents", name, chunks, fields)
        return DocumentOut.model_validate_json(answer)

    async def send_version(
        self, document_id: UUID | str, name: str, chunks: AsyncIterable[bytes], fields: Mapping[str, str]
    ) -> VersionOut:
        """Raises StaleVersion when another version came first."""
        answer = await self._send_file(f"{ROOT}/documents/{document_id}/versions", name, chunks, fields)
        return VersionOut.model_validate_json(answer)

    async def change_document(self, document_id: UUID | str, changes: Mapping[str, Any], *, etag: str) -> DocumentOut:
        answer = await self._send(
            "PATCH", f"{ROOT}/documents/{document_id}", json=dict(changes), headers={"If-Match": etag}
        )
        return DocumentOut.model_validate_json(answer.content)

    async def act_on_document(
        self, document_id: UUID | str, act: str, body: Mapping[str, Any] | None = None
    ) -> DocumentOut:
        """`approve`, `publish`, `withdraw`, `checkout`, `checkin`, `restore`."""
        answer = await self._send("POST", f"{ROOT}/documents/{document_id}/{act}", json=body)
        return DocumentOut.model_validate_json(answer.content)

    async def remove_document(self, document_id: UUID | str, *, etag: str) -> None:
        await self._send("DELETE", f"{ROOT}/documents/{document_id}", headers={"If-Match": etag})

    async def uploads_of(self, document_id: UUID | str) -> list[UploadOut]:
        """The caller's own that are to become versions of a document, and are not yet."""
        told = await self._get(f"{ROOT}/uploads", document=str(document_id), limit=LARGEST)
        return [UploadOut.model_validate(item) for item in told["items"]]

    async def complete_upload(self, upload_id: UUID | str, base_version: int) -> UploadOut:
        """Raises StaleVersion, Conflict, NotFound."""
        body = {"base_version": base_version}
        answer = await self._send("POST", f"{ROOT}/uploads/{upload_id}/complete", json=body)
        return UploadOut.model_validate_json(answer.content)

    async def drop_upload(self, upload_id: UUID | str) -> None:
        await self._send("DELETE", f"{ROOT}/uploads/{upload_id}")

    async def discussions(self, slug: str | None = None, document_id: UUID | str | None = None) -> list[DiscussionOut]:
        """Of a committee or of a document, the last one spoken in first."""
        path = f"/committees/{slug}" if slug is not None else f"/documents/{document_id}"
        told = await self._get(f"{ROOT}{path}/discussions", limit=LARGEST)
        return [DiscussionOut.model_validate(item) for item in told["items"]]

    async def discussion(self, discussion_id: UUID | str) -> tuple[DiscussionOut, str]:
        return await self._with_tag(DiscussionOut, f"{ROOT}/discussions/{discussion_id}")

    async def posts(self, discussion_id: UUID | str) -> list[PostOut]:
        """All of them, oldest first."""
        return await self._whole(PostOut, f"{ROOT}/discussions/{discussion_id}/posts")

    async def begin_discussion(
        self, wanted: Mapping[str, str], *, slug: str | None = None, document_id: UUID | str | None = None
    ) -> DiscussionOut:
        path = f"/committees/{slug}" if slug is not None else f"/documents/{document_id}"
        answer = await self._send("POST", f"{ROOT}{path}/discussions", json=dict(wanted))
        return DiscussionOut.model_validate_json(answer.content)

    async def speak(self, discussion_id: UUID | str, text: str, *, quotes: str | None = None) -> PostOut:
        body = {"text": text, "quotes": quotes}
        answer = await self._send("POST", f"{ROOT}/discussions/{discussion_id}/posts", json=body)
        return PostOut.model_validate_json(answer.content)

    async def post(self, discussion_id: UUID | str, post_id: UUID | str) -> tuple[PostOut, str]:
        """The post and its ETag."""
        return await self._with_tag(PostOut, f"{ROOT}/discussions/{discussion_id}/posts/{post_id}")

    async def change_post(self, discussion_id: UUID | str, post_id: UUID | str, text: str, *, etag: str) -> PostOut:
        """Raises StaleVersion when it was changed since."""
        path = f"{ROOT}/discussions/{discussion_id}/posts/{post_id}"
        answer = await self._send("PATCH", path, json={"text": text}, headers={"If-Match": etag})
        return PostOut.model_validate_json(answer.content)

    async def remove_post(self, discussion_id: UUID | str, post_id: UUID | str, *, etag: str) -> None:
        path = f"{ROOT}/discussions/{discussion_id}/posts/{post_id}"
        await self._send("DELETE", path, headers={"If-Match": etag})

    async def revisions(self, discussion_id: UUID | str, post_id: UUID | str) -> list[RevisionOut]:
        """Earlier wordings, the first one first."""
        told = await self._get(f"{ROOT}/discussions/{discussion_id}/posts/{post_id}/revisions")
        return [RevisionOut.model_validate(item) for item in told["items"]]

    async def remove_discussion(self, discussion_id: UUID | str, *, etag: str) -> None:
        await self._send("DELETE", f"{ROOT}/discussions/{discussion_id}", headers={"If-Match": etag})

    async def close_discussion(self, discussion_id: UUID | str, *, closed: bool, etag: str) -> None:
        headers = {"If-Match": etag}
        await self._send("PATCH", f"{ROOT}/discussions/{discussion_id}", json={"closed": closed}, headers=headers)

    async def mark_discussion_read(self, discussion_id: UUID | str) -> None:
        await self._send("POST", f"{ROOT}/discussions/{discussion_id}/read", json={})

    async def search(self, q: str, *, limit: int = 50, **filters: Any) -> Counted[HitOut]:
        """One part of what is found, the best first."""
        return Counted[HitOut].model_validate(await self._get(f"{ROOT}/search", q=q, limit=limit, **filters))
