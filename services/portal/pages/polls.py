"""`/polls/{id}`: when one can meet, and the date that is chosen."""

from starlette.responses import Response

from services.portal.pages.meeting_times import zone_of_reader
from services.portal.pages.meetings import STALE
from services.portal.pages.tasks import id_of
from services.portal.translations import N_
from services.portal.visits import MemberVisit, Visit, page_router
from shared.problems import Conflict, StaleVersion

router = page_router()
ANSWERS = {"yes": N_("Puedo"), "maybe": N_("Quizá"), "no": N_("No puedo")}


@router.get("/polls/{poll}")
async def show_poll(visit: MemberVisit, poll: str) -> Response:
    """A poll for a date."""
    return await poll_page(visit, id_of(poll))


async def poll_page(visit: Visit, key: str, *, refused: str | None = None, status: int = 200) -> Response:
    poll, etag = await visit.workspace.poll(key)
    committee = await visit.workspace.committee(poll.committee)
    zone = await zone_of_reader(visit)
    return visit.page(
        "poll.html", status=status, section="desk", poll=poll, etag=etag, committee=committee, reader_zone=str(zone),
        answers=ANSWERS, refused=refused, demo=visit.caller.demo or poll.demo,
    )  # fmt: skip


@router.post("/polls/{poll}")
async def answer_poll(visit: MemberVisit, poll: str) -> Response:
    """When one can; what is left open is no answer."""
    key, fields = id_of(poll), await visit.form()
    answers = {
        name.removeprefix("option."): said
        for name, said in fields.items()
        if name.startswith("option.") and said in ANSWERS
    }
    try:
        await visit.workspace.answer_poll(key, answers)
    except Conflict:
        return await poll_page(visit, key, refused=N_("Esta consulta ya está cerrada."), status=409)
    return visit.go(f"/polls/{key}#respuestas")


@router.post("/polls/{poll}/choose")
async def choose_date(visit: MemberVisit, poll: str) -> Response:
    """Arrange the meeting on one of the dates."""
    key, fields = id_of(poll), await visit.form()
    try:
        chosen = await visit.workspace.choose_date(
            key, fields.get("option", "")[:20], etag=fields.get("etag", "") or '"0"'
        )
    except (StaleVersion, Conflict):
        return await poll_page(visit, key, refused=STALE, status=412)
    return visit.go(f"/events/{chosen.event}")
