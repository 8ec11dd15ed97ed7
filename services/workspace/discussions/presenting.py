"""Discussions and posts as they are answered."""

from collections.abc import Sequence
from html import unescape
from uuid import UUID

import nh3
from sqlalchemy import func, select

from services.workspace.access import actor_of, may_lead, may_work_in, user_of
from services.workspace.discussions.schemas import DiscussionOut, DocumentNamed, PostOut, QuoteOut
from services.workspace.markdown import html_of
from services.workspace.people import CommitteePerson
from services.workspace.schemas import ActorOut, MentionOut
from services.workspace.tables import Discussion, Post, PostRevision
from shared.callers import Caller
from shared.database import ReadSession, WriteSession

QUOTED = 300
"""Characters of what a post answers."""


def discussion_out(
    row: Discussion, counts: tuple[int, int], document: str | None, caller: Caller, *, leads: bool, works: bool
) -> DiscussionOut:
    """`counts`: posts, and those that the caller has not read; `document`: the title of the one that it is about."""
    return DiscussionOut(
        id=row.id, committee=row.committee,
        document=DocumentNamed(id=row.document_id, title=document or "") if row.document_id else None,
        title=row.title, closed=row.closed, posts=counts[0], unread=counts[1], last_post_at=row.last_post_at,
        created_by=ActorOut(user_id=user_of(row.created_by), name=row.created_by_name), created_at=row.created_at,
        may_speak=works and not row.closed, may_edit=leads or (works and row.created_by == actor_of(caller)),
        may_remove=leads, demo=row.demo,
    )  # fmt: skip


async def post_outs(
    db: ReadSession | WriteSession, rows: Sequence[Post], discussion: Discussion, caller: Caller
) -> list[PostOut]:
    """Posts with what they answer and how often they were changed."""
    quoted_ids = [row.quotes for row in rows if row.quotes is not None]
    quoted = {row.id: row for row in (await db.scalars(select(Post).where(Post.id.in_(quoted_ids)))).all()}
    counted = await db.execute(
        select(PostRevision.post_id, func.count())
        .where(PostRevision.post_id.in_([row.id for row in rows]))
        .group_by(PostRevision.post_id)
    )
    edits: dict[UUID, int] = dict(counted.all())
    leads, works = may_lead(caller, discussion.committee), may_work_in(caller, discussion.committee)
    found: list[PostOut] = []
    for row in rows:
        own = row.author == actor_of(caller) and works and row.removed_at is None
        answered = quoted.get(row.quotes) if row.quotes is not None else None
        found.append(
            PostOut(
                id=row.id, discussion=row.discussion_id, text=row.text, text_html=html_of(row.text) if row.text else "",
                author=ActorOut(user_id=user_of(row.author), name=row.author_name),
                mentions=[MentionOut.model_validate(mention) for mention in row.mentions],
                quotes=_quote(answered) if answered is not None else None, created_at=row.created_at,
                edited_at=row.edited_at, edits=edits.get(row.id, 0), removed=row.removed_at is not None,
                may_edit=own and not discussion.closed, may_remove=(own or leads) and row.removed_at is None,
                demo=row.demo,
            )
        )  # fmt: skip
    return found


def _quote(post: Post) -> QuoteOut:
    text = " ".join(unescape(nh3.clean(html_of(post.text), tags=set())).split()) if post.text else ""
    text = text if len(text) <= QUOTED else text[:QUOTED].rstrip() + "…"
    return QuoteOut(id=post.id, author=post.author_name, text=text)


def mention_of(person: CommitteePerson) -> dict[str, str]:
    return {"user_id": str(person.user_id), "username": person.username, "name": person.name}
