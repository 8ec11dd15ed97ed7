"""HTTP of documents: lists, the document itself, and what is done with it."""

from typing import Annotated, Any

from fastapi import Depends, Query, Request
from pydantic import StringConstraints
from starlette.responses import Response

from services.workspace.access import committee_to_enter, committee_to_work_in, may_lead
from services.workspace.documents import operations, queries, reading
from services.workspace.documents.access import document_to_see
from services.workspace.documents.forms import ReceiverOf, described, file_in, line_in
from services.workspace.documents.operations import Teller, address_of
from services.workspace.documents.schemas import (
    DocumentOut,
    DocumentPatch,
    DocumentState,
    FacetsOut,
    FolderOut,
    LinkedOut,
    NoteIn,
    VersionNamed,
)
from services.workspace.search.words import question_in
from shared.answers import answer, nothing, public_to
from shared.callers import Anyone, Caller, Member
from shared.database import Database
from shared.dependencies import Db
from shared.fields import Counted, Id
from shared.paging import Paging, Part, count_of
from shared.problems import NotAllowed, documented
from shared.routing import house_router
from shared.tags import IfMatch
from shared.text import normal

router = house_router("/api/v1/workspace", tags=["workspace"])
Text = Annotated[str, StringConstraints(max_length=500)]
Typed = Annotated[str, StringConstraints(max_length=20_000)]
Words = Annotated[Typed | None, Query(description="Words in title, tags or content; accents and case aside.")]
Tag = Annotated[Text | None, Query(description="Only with this tag.")]
FamilyAsked = Annotated[
    str | None,
    Query(pattern="^(pdf|text|office|image|archive|recording|page)$", description="Only files of this kind."),
]


async def teller_of(request: Request) -> Teller:
    return Teller(request.app.state.settings.origin, request.state.language)


Tell = Annotated[Teller, Depends(teller_of)]


@router.get(
    "/committees/{slug}/documents", response_model=Counted[DocumentOut], responses=documented(401, 403, 404, 422)
)
async def list_documents_of_committee(
    request: Request,
    slug: str,
    caller: Member,
    db: Db,
    tell: Tell,
    part: Part,
    folder: Annotated[Text | None, Query(description="Only right in this folder; empty: the committee's own.")] = None,
    tag: Tag = None,
    state: DocumentState | None = None,
    family: FamilyAsked = None,
    q: Words = None,
    removed: Annotated[bool, Query(description="The bin instead, for whoever leads the committee.")] = False,
) -> Response:
    """A committee's documents by folder and title, for its people and the secretariat."""
    async with db.reading() as session:
        await committee_to_enter(session, slug, caller)
    if removed and not may_lead(caller, slug):
        raise NotAllowed("The committee's chair sees what was removed.")
    wanted = queries.Filters(
        committee=slug, folder=normal(folder) if folder is not None else None, tag=normal(tag) if tag else None,
        state=state, family=family, removed=removed,
    )  # fmt: skip
    out = await _listed(db, wanted, q, part, tell, caller, newest_first=False)
    return answer(request, out)


@router.post(
    "/committees/{slug}/documents", status_code=201, response_model=DocumentOut,
    responses=documented(400, 401, 403, 404, 409, 413, 415, 422, 503),
    openapi_extra=described("title", "folder", "note"),
)  # fmt: skip
async def add_document(
    request: Request, slug: str, caller: Member, db: Db, receiver: ReceiverOf, tell: Tell
) -> Response:  # fmt: skip
    """Add a document: `file`, and if wished its `title`, `folder` and a `note`. What kind it is, its bytes say."""
    async with db.reading() as session:
        await committee_to_work_in(session, slug, caller)
    sent = await file_in(request, receiver, "title", "folder", "note")
    out, version = await operations.add_document(
        db, slug, sent.file, tell, title=line_in(sent.fields, "title"), folder=sent.fields.get("folder", ""),
        note=line_in(sent.fields, "note", longest=500), by=caller,
    )  # fmt: skip
    return answer(request, out, version=version, status=201, headers={"Location": address_of(out.id)})


@router.get(
    "/committees/{slug}/folders", response_model=Counted[FolderOut], responses=documented(401, 403, 404)
)  # fmt: skip
async def list_folders(request: Request, slug: str, caller: Member, db: Db) -> Response:
    """The folders in which a committee has documents, with how many."""
    async with db.reading() as session:
        await committee_to_enter(session, slug, caller)
        rows = (await session.execute(queries.folders(caller, slug))).all()
    items = [FolderOut(folder=folder, documents=count) for folder, count in rows]
    return answer(request, Counted(items=items, next=None, total=len(items)))


@router.get("/documents", response_model=Counted[DocumentOut], responses=documented(422))
async def list_documents(
    request: Request,
    caller: Anyone,
    db: Db,
    tell: Tell,
    part: Part,
    committee: Annotated[Text | None, Query(description="Only of this committee.")] = None,
    tag: Tag = None,
    state: DocumentState | None = None,
    family: FamilyAsked = None,
    year: Annotated[int | None, Query(ge=2000, le=2100, description="Published in this year.")] = None,
    q: Words = None,
) -> Response:
    """Documents that the caller may see, the newest first: for the public, those that were published."""
    wanted = queries.Filters(
        committee=committee, tag=normal(tag) if tag else None, state=state, family=family, year=year
    )
    out = await _listed(db, wanted, q, part, tell, caller, newest_first=True)
    return answer(request, out, caching=public_to(request))


@router.get("/documents/facets", response_model=FacetsOut, responses=documented(422))
async def read_facets(request: Request, caller: Anyone, db: Db, tell: Tell) -> Response:
    """By which committees, years and tags the published documents can be narrowed, with how many there are."""
    async with db.reading(snapshot=True) as session:
        out = await queries.facets_of_library(session, tell.language, caller)
    return answer(request, out, caching=public_to(request))


@router.get("/documents/{document_id}", response_model=DocumentOut, responses=documented(404))
async def read_document(request: Request, document_id: Id, caller: Anyone, db: Db, tell: Tell) -> Response:
    """One document: for the committee's people as it is now, for others as it was published."""
    async with db.reading() as session:
        document = await document_to_see(session, document_id, caller)
        out = await queries.out_of(session, document, tell.origin, tell.language, caller)
    return answer(request, out, version=document.version, caching=public_to(request))


@router.patch(
    "/documents/{document_id}", response_model=DocumentOut,
    responses=documented(400, 401, 403, 404, 412, 415, 422, 428),
)  # fmt: skip
async def change_document(
    request: Request, document_id: Id, wanted: DocumentPatch, caller: Member, version: IfMatch, db: Db, tell: Tell
) -> Response:
    """Another title, folder or tags; of a published document by the chair only."""
    out, now = await operations.change_document(db, document_id, wanted, version, tell, by=caller)
    return answer(request, out, version=now)


@router.delete("/documents/{document_id}", status_code=204, responses=documented(401, 403, 404, 412, 428))
async def remove_document(document_id: Id, caller: Member, version: IfMatch, db: Db) -> Response:
    """Remove a document, published or not: nobody sees it any more, and for 30 days the chair can bring it back."""
    await operations.remove_document(db, document_id, version, by=caller)
    return nothing()


@router.post("/documents/{document_id}/restore", response_model=DocumentOut, responses=documented(401, 403, 404))
async def restore_document(request: Request, document_id: Id, caller: Member, db: Db, tell: Tell) -> Response:
    """Bring a removed document back, unpublished."""
    out, version = await operations.restore_document(db, document_id, tell, by=caller)
    return answer(request, out, version=version)


@router.post(
    "/documents/{document_id}/approve", response_model=DocumentOut,
    responses=documented(400, 401, 403, 404, 409, 415, 422),
)  # fmt: skip
async def approve_document(
    request: Request, document_id: Id, caller: Member, db: Db, tell: Tell, wanted: VersionNamed | None = None
) -> Response:
    """The chair approves the newest version; with `version`, only if that is still the newest."""
    number = wanted.version if wanted is not None else None
    out, version = await operations.approve(db, document_id, number, tell, by=caller)
    return answer(request, out, version=version)


@router.post(
    "/documents/{document_id}/publish", response_model=DocumentOut,
    responses=documented(400, 401, 403, 404, 409, 415, 422),
)  # fmt: skip
async def publish_document(
    request: Request, document_id: Id, caller: Member, db: Db, tell: Tell, wanted: VersionNamed | None = None
) -> Response:
    """Show the newest version in the public library, approved with it; with `version`, only if that is the newest."""
    number = wanted.version if wanted is not None else None
    out, version = await operations.publish(db, document_id, number, tell, by=caller)
    return answer(request, out, version=version)


@router.post("/documents/{document_id}/withdraw", response_model=DocumentOut, responses=documented(401, 403, 404))
async def withdraw_document(request: Request, document_id: Id, caller: Member, db: Db, tell: Tell) -> Response:
    """Take a document out of the public library."""
    out, version = await operations.withdraw(db, document_id, tell, by=caller)
    return answer(request, out, version=version)


@router.post(
    "/documents/{document_id}/checkout", response_model=DocumentOut,
    responses=documented(400, 401, 403, 404, 409, 415, 422),
)  # fmt: skip
async def check_out_document(
    request: Request, document_id: Id, caller: Member, db: Db, tell: Tell, wanted: NoteIn | None = None
) -> Response:
    """Say that one works on it: until it is checked in, nobody else adds a version."""
    note = wanted.note if wanted is not None else None
    out, version = await operations.check_out(db, document_id, note, tell, by=caller)
    return answer(request, out, version=version)


@router.post("/documents/{document_id}/checkin", response_model=DocumentOut, responses=documented(401, 403, 404))
async def check_in_document(request: Request, document_id: Id, caller: Member, db: Db, tell: Tell) -> Response:
    """Let others add versions again. Adding a version does the same."""
    out, version = await operations.check_in(db, document_id, tell, by=caller)
    return answer(request, out, version=version)


@router.get("/documents/{document_id}/links", response_model=Counted[LinkedOut], responses=documented(404))
async def list_links(request: Request, document_id: Id, caller: Anyone, db: Db) -> Response:
    """Tasks that name this document, as far as the caller may see them."""
    items = await reading.what_links_to(db, document_id, by=caller)
    return answer(request, Counted(items=items, next=None, total=len(items)), caching=public_to(request))


async def _listed(
    db: Database, wanted: queries.Filters, q: str | None, part: Paging, tell: Teller, caller: Caller,
    *, newest_first: bool,
) -> Counted[DocumentOut]:  # fmt: skip
    if q is not None and q.strip():
        question = question_in(q)
        if question is None:
            return Counted(items=[], next=None, total=0)
        wanted = queries.Filters(**{**vars(wanted), "question": question})
    statement: Any = queries.documents(caller, wanted)
    order = queries.NEWEST_FIRST if newest_first else queries.FOLDER_ORDER
    async with db.reading() as session:
        total = await count_of(session, statement)
        ranked = statement.add_columns(*order)
        rows = (await session.execute(part.apply(ranked, order, descending=newest_first))).all()
        shown, following = part.cut(rows, lambda row: tuple(row[2:]))
        pairs = [(row[0], row[1]) for row in shown]
        items = await queries.outs_of(session, pairs, tell.origin, tell.language, caller)
    return Counted(items=items, next=following, total=total)
