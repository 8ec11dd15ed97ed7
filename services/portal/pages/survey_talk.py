"""What is said beside the summary: the review's comments and their replies, and notes of groups that disagree."""

from collections.abc import Awaitable
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from services.portal.pages.reading import year_of
from services.portal.pages.survey_form import number_in
from services.portal.pages.survey_summary import MOVED_ON, SORTS, known_sort, refused_page, reviewing, summary_page
from services.portal.pages.tasks import id_of
from services.portal.translations import N_
from services.portal.visits import MemberVisit, Visit, page_router
from shared.problems import Conflict, Invalid, StaleVersion

router = page_router()
BASE = "/survey/{year}/{community}/summary"
WHOLE = "all"
"""What stands for the measure in the address of a comment on the whole assessment."""
SAY_SOMETHING = N_("Escriba el comentario, de hasta 2 000 letras.")
NOTE_MISSING = N_("Elija el grupo y escriba por qué no está de acuerdo, en hasta 2 000 letras.")


async def said(
    visit: Visit, year: int, community: str, call: Awaitable[Any], at: str, *, wrong: dict[str, Any]
) -> Response:
    """Back to the summary once it is done; what cannot be done is said there. `wrong`: as `refused_page` takes it."""
    sort = known_sort(wrong["fields"].get("sort", ""))
    try:
        await call
    except Invalid:
        return await refused_page(visit, year, community, **wrong)
    except (Conflict, StaleVersion) as problem:
        review = await reviewing(visit, year, community, sort)
        return summary_page(visit, review, status=problem.status, refused=MOVED_ON)
    order = f"?sort={sort}" if sort != SORTS[0] else ""
    return visit.go(f"/survey/{year}/{quote(community)}/summary{order}#{quote(at)}")


@router.post(f"{BASE}/comments/{{measure}}")
async def keep_comment(visit: MemberVisit, year: str, community: str, measure: str) -> Response:
    """The secretariat keeps a comment to send it with the return."""
    fields = await visit.form()
    number = year_of(year)
    name = "comment" if measure == WHOLE else f"comment.{measure}"
    field = "comment" if measure == WHOLE else f"comentario-{measure}"
    call = visit.survey.add_review_comment(
        number, community, None if measure == WHOLE else measure, fields.get(name, "").strip()
    )
    wrong = {"field": field, "message": SAY_SOMETHING, "fields": fields}
    return await said(visit, number, community, call, "devolucion" if measure == WHOLE else measure, wrong=wrong)


@router.post(f"{BASE}/comments/{{comment}}/reply")
async def reply(visit: MemberVisit, year: str, community: str, comment: str) -> Response:
    """Answer a comment: what was corrected, or why not."""
    fields = await visit.form()
    number, key = year_of(year), id_of(comment)
    call = visit.survey.reply_to_review(number, community, key, fields.get("text", "").strip())
    wrong = {"field": f"respuesta-{key}", "message": SAY_SOMETHING, "fields": fields}
    return await said(visit, number, community, call, f"comentario-{key}", wrong=wrong)


@router.post(f"{BASE}/comments/{{comment}}/settle")
async def settle(visit: MemberVisit, year: str, community: str, comment: str) -> Response:
    """The secretariat says that what it asked has been dealt with, or has not after all."""
    fields = await visit.form()
    number, key = year_of(year), id_of(comment)
    version = number_in(fields.get("version", ""))
    call = visit.survey.settle_comment(number, community, key, fields.get("settled") == "1", version)
    wrong = {"field": f"comentario-{key}", "message": MOVED_ON, "fields": fields}
    return await said(visit, number, community, call, f"comentario-{key}", wrong=wrong)


@router.post(f"{BASE}/comments/{{comment}}/remove")
async def remove(visit: MemberVisit, year: str, community: str, comment: str) -> Response:
    """Take a comment back that was not sent."""
    fields = await visit.form()
    number, key = year_of(year), id_of(comment)
    call = visit.survey.remove_draft_comment(number, community, key, number_in(fields.get("version", "")))
    wrong = {"field": f"comentario-{key}", "message": MOVED_ON, "fields": fields}
    return await said(visit, number, community, call, fields.get("at", "devolucion")[:40], wrong=wrong)


@router.post(f"{BASE}/minority/{{measure}}")
async def note_minority(visit: MemberVisit, year: str, community: str, measure: str) -> Response:
    """A group's note about what was agreed; with `withdraw`, its end."""
    fields = await visit.form()
    number = year_of(year)
    group, note = fields.get("group", ""), fields.get("note", "").strip()
    wrong: dict[str, Any] = {"field": f"minoria-{measure}", "message": NOTE_MISSING, "fields": fields}
    if not group or (not note and "withdraw" not in fields):
        return await refused_page(visit, number, community, **wrong)
    call = visit.survey.note_disagreement(
        number, community, measure, group[:40], None if "withdraw" in fields else note, fields.get("etag", "") or '"0"'
    )
    return await said(visit, number, community, call, measure, wrong=wrong)
