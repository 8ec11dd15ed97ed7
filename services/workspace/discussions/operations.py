"""What people do in discussions; one transaction each."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from services.workspace.access import actor_of, committee_to_enter, committee_to_work_in, may_lead, may_work_in, user_of
from services.workspace.discussions.access import (
    discussion_to_edit,
    discussion_to_remove,
    discussion_to_see,
    discussion_to_speak_in,
    post_to_edit,
    post_to_remove,
    post_to_see,
    visible_discussions,
)
from services.workspace.discussions.presenting import discussion_out, mention_of, post_outs
from services.workspace.discussions.schemas import (
    DiscussionIn,
    DiscussionOut,
    DiscussionPatch,
    PostIn,
    PostOut,
    PostPatch,
    RevisionOut,
)
from services.workspace.documents.access import document_to_see, is_of_the_committee
from services.workspace.markdown import html_of, mentioned_in
from services.workspace.notifications.delivery import notify
from services.workspace.notifications.rules import of_post
from services.workspace.people import CommitteePerson, People
from services.workspace.search.indexing import index_post
from services.workspace.tables import Discussion, DiscussionRead, Document, Post, PostRevision, SearchEntry
from shared import idempotency
from shared.callers import Caller
from shared.database import Database, ReadSession, WriteSession
from shared.fields import Counted
from shared.paging import Paging, count_of
from shared.problems import Invalid, NotAllowed
from shared.tags import Expected
from shared.text import normal

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


async def list_discussions(
    db: Database, slug: str, document_id: UUID | None, part: Paging, *, by: Caller
) -> Counted[DiscussionOut]:
    """Of a committee (or of one document of it), the last one that was spoken in first. Raises NotFound, NotAllowed."""
    statement: Select[Any] = select(Discussion).where(visible_discussions(by))
    async with db.reading(snapshot=True) as reading:
        if document_id is not None:
            document = await document_to_see(reading, document_id, by)
            _must_be_inside(document, by)
            statement = statement.where(Discussion.document_id == document_id)
        else:
            await committee_to_enter(reading, slug, by)
            statement = statement.where(Discussion.committee == slug)
        total = await count_of(reading, statement)
        order = [Discussion.last_post_at, Discussion.id]
        rows = (await reading.scalars(part.apply(statement, order, descending=True))).all()
        shown, following = part.cut(rows, lambda row: (row.last_post_at, row.id))
        items = await _outs(reading, shown, by)
    return Counted(items=items, next=following, total=total)


async def read_discussion(db: Database, discussion_id: UUID, *, by: Caller) -> tuple[DiscussionOut, int]:
    """Raises NotFound."""
    async with db.reading(snapshot=True) as reading:
        found = await discussion_to_see(reading, discussion_id, by)
        return (await _outs(reading, [found], by))[0], found.version


async def begin_discussion(
    db: Database, people: People, slug: str | None, document_id: UUID | None, wanted: DiscussionIn, *, by: Caller
) -> tuple[DiscussionOut, int]:
    """With its first post. Raises NotFound, NotAllowed."""
    async with db.reading() as reading:
        slug = await _place(reading, slug, document_id, by)
    mentioned = await mentioned_people(people, slug, wanted.text)
    async with db.transaction(by=by, to="begin a discussion", about=slug) as tx:
        await _place(tx, slug, document_id, by)
        now = datetime.now(UTC)
        row = Discussion(
            committee=slug, document_id=document_id, title=wanted.title, closed=False, last_post_at=now,
            created_by=actor_of(by), created_by_name=by.name or by.username, created_at=now, demo=by.demo, version=1,
        )  # fmt: skip
        tx.add(row)
        await tx.flush()
        tx.about = f"discussion {row.id}"
        await _say(tx, row, PostIn(text=wanted.text), mentioned, now, by)
        out = (await _outs(tx, [row], by))[0]
        idempotency.will_answer(out, headers={"Location": address_of(row.id)}, version=1)
    return out, 1


async def change_discussion(
    db: Database, discussion_id: UUID, wanted: DiscussionPatch, expected: Expected, *, by: Caller
) -> tuple[DiscussionOut, int]:
    """Another title, closed or open again. Raises NotFound, NotAllowed, StaleVersion, Invalid."""
    for name in ("title", "closed"):
        if name in wanted.changes and wanted.changes[name] is None:
            raise Invalid.at(f"/{name}", "cannot be cleared", "required")
    async with db.transaction(by=by, to="change a discussion", about=f"discussion {discussion_id}") as tx:
        row = await discussion_to_edit(tx, discussion_id, by)
        expected.must_match(row.version)
        changes = {name: value for name, value in wanted.changes.items() if getattr(row, name) != value}
        for name, value in changes.items():
            setattr(row, name, value)
        if changes:
            row.version += 1
            await tx.flush()
            first = await tx.scalar(_posts_of(row.id).order_by(Post.created_at, Post.id).limit(1))
            if first is not None and first.removed_at is None:
                await index_post(tx, first, row.title)
        out = (await _outs(tx, [row], by))[0]
    return out, row.version


async def remove_discussion(db: Database, discussion_id: UUID, expected: Expected, *, by: Caller) -> None:
    """With all that was said in it. Raises NotFound, NotAllowed, StaleVersion."""
    async with db.transaction(by=by, to="remove a discussion", about=f"discussion {discussion_id}") as tx:
        row = await discussion_to_remove(tx, discussion_id, by)
        expected.must_match(row.version)
        tx.note(committee=row.committee, title=row.title)
        await tx.delete(row)


async def list_posts(db: Database, discussion_id: UUID, part: Paging, *, by: Caller) -> Counted[PostOut]:
    """What was said, oldest first. Raises NotFound."""
    async with db.reading(snapshot=True) as reading:
        discussion = await discussion_to_see(reading, discussion_id, by)
        statement = _posts_of(discussion_id)
        total = await count_of(reading, statement)
        rows = (await reading.scalars(part.apply(statement, [Post.created_at, Post.id]))).all()
        shown, following = part.cut(rows, lambda row: (row.created_at, row.id))
        items = await post_outs(reading, shown, discussion, by)
    return Counted(items=items, next=following, total=total)


async def read_post(db: Database, discussion_id: UUID, post_id: UUID, *, by: Caller) -> tuple[PostOut, int]:
    """Raises NotFound."""
    async with db.reading() as reading:
        discussion = await discussion_to_see(reading, discussion_id, by)
        row = await post_to_see(reading, discussion_id, post_id)
        return (await post_outs(reading, [row], discussion, by))[0], row.version


async def say(
    db: Database, people: People, discussion_id: UUID, wanted: PostIn, *, by: Caller
) -> tuple[PostOut, int]:  # fmt: skip
    """Raises NotFound, NotAllowed, Conflict, Invalid for a quote of what was not said there."""
    async with db.reading() as reading:
        seen = await discussion_to_see(reading, discussion_id, by)
    mentioned = await mentioned_people(people, seen.committee, wanted.text) if may_work_in(by, seen.committee) else []
    async with db.transaction(by=by, to="speak in a discussion", about=f"discussion {discussion_id}") as tx:
        discussion = await discussion_to_speak_in(tx, discussion_id, by)
        row = await _say(tx, discussion, wanted, mentioned, datetime.now(UTC), by)
        out = (await post_outs(tx, [row], discussion, by))[0]
        where = {"Location": f"{address_of(discussion_id)}/posts/{row.id}"}
        idempotency.will_answer(out, headers=where, version=1)
    return out, 1


async def change_post(
    db: Database, people: People, discussion_id: UUID, post_id: UUID, wanted: PostPatch, expected: Expected, *,
    by: Caller,
) -> tuple[PostOut, int]:  # fmt: skip
    """Say it better; the earlier wording stays readable. Raises NotFound, NotAllowed, Conflict, StaleVersion."""
    if "text" in wanted.changes and wanted.text is None:
        raise Invalid.at("/text", "cannot be cleared", "required")
    async with db.reading() as reading:
        seen = await discussion_to_see(reading, discussion_id, by)
    mentioned = await mentioned_people(people, seen.committee, wanted.text or "")
    async with db.transaction(by=by, to="change a post", about=f"discussion {discussion_id}") as tx:
        row = await post_to_edit(tx, discussion_id, post_id, by)
        discussion = await discussion_to_see(tx, discussion_id, by)
        expected.must_match(row.version)
        if wanted.text is not None and wanted.text != row.text:
            before = {UUID(mention["user_id"]) for mention in row.mentions}
            tx.add(PostRevision(
                post_id=row.id, n=row.version, text=row.text, written_at=row.edited_at or row.created_at, demo=by.demo,
            ))  # fmt: skip
            row.text, row.edited_at = wanted.text, datetime.now(UTC)
            row.mentions = [mention_of(person) for person in mentioned]
            row.version += 1
            await tx.flush()
            first = await tx.scalar(_posts_of(discussion_id).order_by(Post.created_at, Post.id).limit(1))
            await index_post(tx, row, discussion.title if first is not None and first.id == row.id else "")
            told = [person.user_id for person in mentioned if person.user_id not in before]
            await _tell(tx, discussion, row, told, [])
        out = (await post_outs(tx, [row], discussion, by))[0]
    return out, row.version


async def remove_post(db: Database, discussion_id: UUID, post_id: UUID, expected: Expected, *, by: Caller) -> None:
    """Take back what was said; its place stays. Raises NotFound, NotAllowed, StaleVersion."""
    async with db.transaction(by=by, to="remove a post", about=f"discussion {discussion_id}") as tx:
        row = await post_to_remove(tx, discussion_id, post_id, by)
        expected.must_match(row.version)
        tx.note(author=row.author)
        row.text, row.mentions, row.removed_at = "", [], datetime.now(UTC)
        row.version += 1
        await tx.execute(delete(PostRevision).where(PostRevision.post_id == post_id))
        await tx.execute(delete(SearchEntry).where(SearchEntry.post_id == post_id))


async def revisions_of(db: Database, discussion_id: UUID, post_id: UUID, *, by: Caller) -> Counted[RevisionOut]:
    """Earlier wordings, the first one first. Raises NotFound."""
    async with db.reading() as reading:
        await discussion_to_see(reading, discussion_id, by)
        await post_to_see(reading, discussion_id, post_id)
        statement = select(PostRevision).where(PostRevision.post_id == post_id).order_by(PostRevision.n)
        rows = (await reading.scalars(statement)).all()
    items = [
        RevisionOut(n=row.n, text=row.text, text_html=html_of(row.text), written_at=row.written_at) for row in rows
    ]
    return Counted(items=items, next=None, total=len(items))


async def mark_read(db: Database, discussion_id: UUID, post_id: UUID | None, *, by: Caller) -> DiscussionOut:
    """Until a post, or all there is; what was read stays read. Raises NotFound, NotAllowed for programs."""
    if by.kind != "user":
        raise NotAllowed("Only people read.")
    async with db.transaction(by=by, to="read a discussion", about=f"discussion {discussion_id}") as tx:
        row = await discussion_to_see(tx, discussion_id, by)
        until = row.last_post_at
        if post_id is not None:
            until = (await post_to_see(tx, discussion_id, post_id)).created_at
        await _read_until(tx, row.id, UUID(by.id), until, demo=by.demo)
        return (await _outs(tx, [row], by))[0]


async def mentioned_people(people: People, slug: str, text: str) -> Sequence[CommitteePerson]:
    """People of a committee whom a text mentions, in its order; asked before a transaction begins."""
    said = mentioned_in(text) if "@" in text else []
    if not said:
        return []
    known = {normal(person.username).casefold(): person for person in await people.of_committee(slug)}
    keys = [normal(name).casefold() for name in said]
    return list(dict.fromkeys(known[key] for key in keys if key in known))


def address_of(discussion_id: UUID) -> str:
    return f"/api/v1/workspace/discussions/{discussion_id}"


async def _say(
    tx: WriteSession, discussion: Discussion, wanted: PostIn, mentioned: Sequence[CommitteePerson], now: datetime,
    by: Caller,
) -> Post:  # fmt: skip
    if wanted.quotes is not None:
        quoted = await tx.scalar(_posts_of(discussion.id).where(Post.id == wanted.quotes, Post.removed_at.is_(None)))
        if quoted is None:
            raise Invalid.at("/quotes", "must be a post of this discussion")
    is_first = await tx.scalar(select(func.count()).select_from(_posts_of(discussion.id).subquery())) == 0
    row = Post(
        discussion_id=discussion.id, author=actor_of(by), author_name=by.name or by.username, text=wanted.text,
        mentions=[mention_of(person) for person in mentioned], quotes=wanted.quotes, created_at=now, demo=by.demo,
        version=1,
    )  # fmt: skip
    tx.add(row)
    discussion.last_post_at = max(now, discussion.last_post_at)
    await tx.flush()
    await index_post(tx, row, discussion.title if is_first else "")
    if by.kind == "user":
        await _read_until(tx, discussion.id, UUID(by.id), now, demo=by.demo)
    spoke = (await tx.scalars(select(Post.author).where(Post.discussion_id == discussion.id).distinct())).all()
    await _tell(tx, discussion, row, [person.user_id for person in mentioned], [*spoke, discussion.created_by])
    return row


async def _tell(
    tx: WriteSession, discussion: Discussion, post: Post, mentioned: Sequence[UUID], others: Sequence[str]
) -> None:
    taking_part = [user for user in (user_of(actor) for actor in others) if user is not None]
    notices = of_post(actor=user_of(post.author), mentioned=mentioned, taking_part=taking_part)
    await notify(
        tx, notices, event=f"post:{post.id}", committee=discussion.committee, subject=discussion.title,
        link=f"/committees/{discussion.committee}/discussions/{discussion.id}#p-{post.id}",
        actor_name=post.author_name, demo=post.demo,
    )  # fmt: skip


async def _read_until(tx: WriteSession, discussion_id: UUID, user_id: UUID, until: datetime, *, demo: bool) -> None:
    row = {"user_id": user_id, "discussion_id": discussion_id, "read_until": until, "demo": demo}
    statement = insert(DiscussionRead).values(row)
    latest = func.greatest(DiscussionRead.read_until, statement.excluded.read_until)
    await tx.execute(
        statement.on_conflict_do_update(index_elements=["user_id", "discussion_id"], set_={"read_until": latest})
    )


async def _place(
    db: ReadSession | WriteSession, slug: str | None, document_id: UUID | None, by: Caller
) -> str:  # fmt: skip
    """The committee in which a discussion begins. Raises NotFound, NotAllowed."""
    if document_id is not None:
        document = await document_to_see(db, document_id, by)
        _must_be_inside(document, by)
        slug = document.committee
    await committee_to_work_in(db, str(slug), by)
    return str(slug)


def _must_be_inside(document: Document, by: Caller) -> None:
    if not is_of_the_committee(by, document):
        raise NotAllowed("Only the people of the committee discuss its documents.")


def _posts_of(discussion_id: UUID) -> Select[Any]:
    return select(Post).where(Post.discussion_id == discussion_id)


async def _outs(
    db: ReadSession | WriteSession, rows: Sequence[Discussion], caller: Caller
) -> list[DiscussionOut]:  # fmt: skip
    ids = [row.id for row in rows]
    unread = func.count().filter(
        Post.author != actor_of(caller), Post.removed_at.is_(None),
        Post.created_at > func.coalesce(DiscussionRead.read_until, LONG_AGO),
    )  # fmt: skip
    reader = UUID(caller.id) if caller.kind == "user" else UUID(int=0)
    counted = await db.execute(
        select(Post.discussion_id, func.count(), unread)
        .join(Discussion, Discussion.id == Post.discussion_id)
        .outerjoin(
            DiscussionRead, (DiscussionRead.discussion_id == Post.discussion_id) & (DiscussionRead.user_id == reader)
        )
        .where(Post.discussion_id.in_(ids))
        .group_by(Post.discussion_id)
    )
    counts = {row[0]: (row[1], row[2]) for row in counted.all()}
    named = await db.execute(select(Document.id, Document.title).where(Document.id.in_([r.document_id for r in rows])))
    titles: dict[UUID, str] = dict(named.all())
    return [
        discussion_out(
            row, counts.get(row.id, (0, 0)), titles.get(row.document_id) if row.document_id else None, caller,
            leads=may_lead(caller, row.committee), works=may_work_in(caller, row.committee),
        )
        for row in rows
    ]  # fmt: skip
