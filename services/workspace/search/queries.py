"""Looking for words in everything that the caller may see: documents, tasks, comments, posts, charters, plans."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Double, case, cast, func, literal, null, select, union_all
from sqlalchemy.dialects.postgresql import REGCONFIG
from sqlalchemy.dialects.postgresql import UUID as UUID_TYPE

from services.workspace.access import visible, visible_committees
from services.workspace.charters.operations import latest_number
from services.workspace.discussions.access import visible_discussions
from services.workspace.documents.access import shown_version, visible_documents
from services.workspace.plans.queries import visible_items
from services.workspace.search.snippets import BEGIN, END
from services.workspace.search.words import Question
from services.workspace.tables import (
    CharterRevision,
    Comment,
    Committee,
    Discussion,
    Document,
    DocumentVersion,
    PlanItem,
    Post,
    SearchEntry,
    Task,
)
from shared.callers import Caller
from shared.database import ReadSession

RANKED = 1000
"""So many of the newest are put in the order of how well they fit; what is older follows by its date."""
READ = 60_000
"""Characters of a text in which the place to show is looked for."""
SEARCHED = 20_000
"""The same where none of the languages knows the word's form, and its folded beginning is looked for."""
HEADLINE = f'StartSel="{BEGIN}", StopSel="{END}", MaxFragments=2, MaxWords=22, MinWords=8, FragmentDelimiter=" … "'


@dataclass(frozen=True)
class Wanted:
    """What is looked for, and where."""

    question: Question
    kinds: frozenset[str]
    committee: str | None


def seen(caller: Caller, wanted: Wanted) -> CTE:
    """The entries that match and that the caller may see: id, kind, time; each kind with the condition of its own.

    The index is asked once for all kinds, and what it finds is kept: counted and ranked from there.
    """
    hits = (
        select(
            SearchEntry.id, SearchEntry.document_id, SearchEntry.n, SearchEntry.task_id, SearchEntry.comment_id,
            SearchEntry.post_id, SearchEntry.charter_of, SearchEntry.charter_number, SearchEntry.plan_item_id,
            SearchEntry.updated_at,
        )
        .where(SearchEntry.vector.op("@@")(wanted.question.expression))
        .cte("hits")
        .prefix_with("MATERIALIZED")
    )  # fmt: skip
    found: list[Any] = []
    if "document" in wanted.kinds:
        found.append(
            _of("document", Document.committee, hits, wanted)
            .join(Document, Document.id == hits.c.document_id)
            .where(visible_documents(caller), hits.c.n == shown_version(caller))
        )
    if "task" in wanted.kinds:
        found.append(
            _of("task", Task.committee, hits, wanted).join(Task, Task.id == hits.c.task_id).where(visible(caller))
        )
    if "comment" in wanted.kinds:
        found.append(
            _of("comment", Task.committee, hits, wanted)
            .join(Comment, Comment.id == hits.c.comment_id)
            .join(Task, Task.id == Comment.task_id)
            .where(visible(caller))
        )
    if "post" in wanted.kinds:
        found.append(
            _of("post", Discussion.committee, hits, wanted)
            .join(Post, Post.id == hits.c.post_id)
            .join(Discussion, Discussion.id == Post.discussion_id)
            .where(visible_discussions(caller), Post.removed_at.is_(None))
        )
    if "charter" in wanted.kinds:
        found.append(
            _of("charter", Committee.slug, hits, wanted)
            .join(Committee, Committee.slug == hits.c.charter_of)
            .where(visible_committees(caller), hits.c.charter_number == latest_number(Committee.slug))
        )
    if "plan_item" in wanted.kinds:
        found.append(
            _of("plan_item", PlanItem.committee, hits, wanted)
            .join(PlanItem, PlanItem.id == hits.c.plan_item_id)
            .where(visible_items(caller))
        )
    return union_all(*found).cte("seen").prefix_with("MATERIALIZED")


def _of(kind: str, committee: Any, hits: CTE, wanted: Wanted) -> Any:
    statement = select(hits.c.id, literal(kind).label("kind"), hits.c.updated_at.label("at")).select_from(hits)
    return statement if wanted.committee is None else statement.where(committee == wanted.committee)


def count(caller: Caller, wanted: Wanted) -> Any:
    """How many there are."""
    return select(func.count()).select_from(seen(caller, wanted))


def ranked(caller: Caller, wanted: Wanted) -> tuple[Any, list[ColumnElement[Any]]]:
    """The newest matches with how well they fit and how many matches there are; the keys that put the best first."""
    every = seen(caller, wanted)
    newest = select(every).order_by(every.c.at.desc(), every.c.id.desc()).limit(RANKED).subquery()
    fit = cast(func.ts_rank(SearchEntry.vector, wanted.question.expression, 1), Double).label("fit")
    total = select(func.count()).select_from(every).scalar_subquery().label("total")
    joined = (
        select(newest.c.id, newest.c.kind, newest.c.at, fit, total)
        .join(SearchEntry, SearchEntry.id == newest.c.id)
        .subquery()
    )  # fmt: skip
    return select(joined), [joined.c.fit, joined.c.id]


async def shown(db: ReadSession, ids: list[UUID], question: Question) -> dict[UUID, Any]:
    """What there is to show of each entry: title, snippet, where it belongs. The caller has been asked before."""
    title: ColumnElement[Any] = func.coalesce(Document.title, Task.title, Discussion.title, PlanItem.title)
    text = func.coalesce(
        DocumentVersion.text, Task.description, Comment.text, Post.text, CharterRevision.text, PlanItem.description, ""
    )
    language = func.coalesce(DocumentVersion.language, "spanish")
    commented = Task.__table__.alias("commented")
    statement = (
        select(
            SearchEntry.id,
            func.coalesce(title, commented.c.title).label("title"),
            func.ts_headline(
                cast(language, REGCONFIG), func.left(text, READ), question.expression, literal(HEADLINE)
            ).label("headline"),
            func.left(text, SEARCHED).label("text"),
            func.coalesce(
                Document.committee, Task.committee, commented.c.committee, Discussion.committee, PlanItem.committee,
                SearchEntry.charter_of,
            ).label("committee"),
            SearchEntry.document_id, SearchEntry.n, SearchEntry.comment_id, SearchEntry.post_id,
            func.coalesce(SearchEntry.task_id, Comment.task_id, cast(null(), UUID_TYPE)).label("task_id"),
            Post.discussion_id, DocumentVersion.media_type,
            func.coalesce(
                Document.demo, Task.demo, Comment.demo, Post.demo, CharterRevision.demo, PlanItem.demo
            ).label("demo"),
            SearchEntry.updated_at, SearchEntry.charter_number, SearchEntry.plan_item_id, PlanItem.year,
            Committee.names,
        )
        .outerjoin(Document, Document.id == SearchEntry.document_id)
        .outerjoin(
            DocumentVersion,
            (DocumentVersion.document_id == SearchEntry.document_id) & (DocumentVersion.n == SearchEntry.n),
        )
        .outerjoin(Task, Task.id == SearchEntry.task_id)
        .outerjoin(Comment, Comment.id == SearchEntry.comment_id)
        .outerjoin(commented, commented.c.id == Comment.task_id)
        .outerjoin(Post, Post.id == SearchEntry.post_id)
        .outerjoin(Discussion, Discussion.id == Post.discussion_id)
        .outerjoin(
            CharterRevision,
            (CharterRevision.committee == SearchEntry.charter_of)
            & (CharterRevision.number == SearchEntry.charter_number),
        )
        .outerjoin(Committee, Committee.slug == SearchEntry.charter_of)
        .outerjoin(PlanItem, PlanItem.id == SearchEntry.plan_item_id)
        .where(SearchEntry.id.in_(ids))
    ).cte().prefix_with("MATERIALIZED")  # fmt: skip  # so that each headline is made once
    is_marked = func.strpos(statement.c.headline, BEGIN) > 0
    columns = [column for column in statement.c if column.key != "text"]
    rows = await db.execute(select(*columns, case((is_marked, ""), else_=statement.c.text).label("text")))
    return {row.id: row for row in rows.all()}
