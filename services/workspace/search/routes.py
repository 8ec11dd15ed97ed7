"""HTTP of the search."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from pydantic import StringConstraints
from starlette.responses import Response

from services.workspace.access import role_in
from services.workspace.search import queries
from services.workspace.search.schemas import Found, HitOut
from services.workspace.search.snippets import snippet_of
from services.workspace.search.words import question_in
from shared.answers import answer, public_to
from shared.callers import Anyone, Caller
from shared.dependencies import Db
from shared.fields import Counted
from shared.file_kinds import reads_as_markdown
from shared.languages import pick
from shared.paging import Part
from shared.problems import Invalid, documented
from shared.routing import house_router

router = house_router("/api/v1/workspace/search", tags=["workspace"])
KINDS = frozenset({"document", "task", "comment", "post", "charter", "plan_item"})


@router.get("", response_model=Counted[HitOut], responses=documented(422))
async def search(
    request: Request,
    caller: Anyone,
    db: Db,
    part: Part,
    q: Annotated[str, Query(max_length=100_000, description='Words, "a phrase", `or`, `-not`; accents aside.')],
    kind: Annotated[
        str | None, Query(max_length=100, description="Of document, task, comment, post, charter, plan_item.")
    ] = None,
    committee: Annotated[str | None, StringConstraints(max_length=100)] = None,
) -> Response:
    """Documents, tasks, comments, posts of discussions, charters in force and items of work plans in which the words
    are, as far as the caller may see them, the best first. The public finds published documents."""
    kinds, question = _kinds(kind), question_in(q)
    if question is None:
        return answer(request, Counted[HitOut](items=[], next=None, total=0), caching=public_to(request))
    wanted = queries.Wanted(question, kinds, committee)
    async with db.reading(snapshot=True) as reading:
        statement, order = queries.ranked(caller, wanted)
        rows = (await reading.execute(part.apply(statement, order, descending=True))).all()
        total = rows[0].total if rows else int(await reading.scalar(queries.count(caller, wanted)) or 0)
        found, following = part.cut(rows, lambda row: (row.fit, row.id))
        details = await queries.shown(reading, [row.id for row in found], question)
    language = request.state.language
    items = [_hit(row.kind, details[row.id], question.stems, language, caller) for row in found]
    return answer(request, Counted(items=items, next=following, total=total), caching=public_to(request))


def _kinds(text: str | None) -> frozenset[str]:
    wanted = frozenset(text.split(",")) if text is not None else KINDS
    if not wanted <= KINDS:
        raise Invalid.at("/kind", f"must be of {', '.join(sorted(KINDS))}, separated by commas")
    return wanted


def _hit(kind: Found, row: Any, stems: list[str], language: str, caller: Caller) -> HitOut:
    plain, marked = snippet_of(
        row.headline, row.text, stems, is_markdown=kind != "document" or reads_as_markdown(row.media_type)
    )
    keys: dict[str, UUID] = {
        "document": row.document_id, "task": row.task_id, "comment": row.comment_id, "post": row.post_id,
        "charter": row.id, "plan_item": row.plan_item_id,
    }  # fmt: skip
    return HitOut(
        kind=kind, id=keys[kind], title=pick(row.names, language) if kind == "charter" else row.title, snippet=plain,
        snippet_html=marked, committee=row.committee, document=row.document_id,
        version=row.charter_number if kind == "charter" else row.n, task=row.task_id, discussion=row.discussion_id,
        year=row.year,
        page=_page(kind, row, inside=role_in(caller, row.committee) is not None), updated_at=row.updated_at,
        demo=row.demo,
    )  # fmt: skip


def _page(kind: Found, row: Any, *, inside: bool) -> str:
    if kind == "document":
        return f"/committees/{row.committee}/documents/{row.document_id}" if inside else f"/documents/{row.document_id}"
    if kind == "charter":
        return f"/committees/{row.committee}/charter"
    if kind == "plan_item":
        return f"/committees/{row.committee}/plan?year={row.year}#actividad-{row.plan_item_id}"
    if kind == "post":
        return f"/committees/{row.committee}/discussions/{row.discussion_id}#p-{row.post_id}"
    return f"/tasks/{row.task_id}" + ("#comentarios" if kind == "comment" else "")
