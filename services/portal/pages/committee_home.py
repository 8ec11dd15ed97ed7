"""`/committees/{slug}/home`: what changed since one looked, what is due, what waits; and the register of decisions."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

from markupsafe import Markup
from starlette.responses import Response

from services.portal.pages.meeting_times import address_of, named, zone_of_reader
from services.portal.pages.meetings import DECISION_STATES
from services.portal.pages.parts import slug_or_nothing
from services.portal.translations import N_
from services.portal.visits import MemberVisit, page_router
from shared.problems import Invalid

router = page_router()
NEWS: Mapping[str, str] = {
    "task": N_("Tarea"),
    "comment": N_("Comentario"),
    "event": N_("Reunión"),
    "minutes": N_("Acta"),
    "decision": N_("Decisión"),
    "election": N_("Elección"),
    "poll": N_("Consulta de fechas"),
    "plan": N_("Plan de trabajo"),
    "charter": N_("Estatuto"),
}
WAITING: Mapping[str, str] = {
    "vote": N_("Falta su voto"),
    "nomination": N_("Diga si acepta ser candidatura"),
    "poll": N_("Diga cuándo puede"),
    "invitation": N_("Diga si viene"),
}


@router.get("/committees/{slug}/home")
async def show_home(visit: MemberVisit, slug: str) -> Response:
    """What is new, due and waiting in a committee."""
    slug = slug_or_nothing(slug)
    committee, overview, members, zone = await asyncio.gather(
        visit.workspace.committee(slug), visit.workspace.overview(slug), visit.workspace.members(slug),
        zone_of_reader(visit),
    )  # fmt: skip
    return visit.page(
        "committee_home.html", section="desk", committee=committee, overview=overview, members=members,
        reader_zone=str(zone), news=NEWS, waiting=WAITING, address=address_of, now=named(datetime.now(UTC)),
        demo=visit.caller.demo or any(task.demo for task in overview.due),
    )  # fmt: skip


@router.post("/committees/{slug}/home")
async def mark_seen(visit: MemberVisit, slug: str) -> Response:
    """All that the page showed has been seen; what came since stays new."""
    slug, fields = slug_or_nothing(slug), await visit.form()
    try:
        await visit.workspace.mark_seen(slug, fields.get("at") or None)
    except Invalid:
        await visit.workspace.mark_seen(slug, None)
    return visit.go(f"/committees/{slug}/home")


@router.get("/committees/{slug}/decisions")
async def show_decisions(visit: MemberVisit, slug: str) -> Response:
    """The register of what a committee has decided."""
    slug = slug_or_nothing(slug)
    committee, decisions, members = await asyncio.gather(
        visit.workspace.committee(slug), visit.workspace.decisions(slug), visit.workspace.members(slug)
    )
    by_id = {one.id: one.number for one in decisions}
    return visit.page(
        "decisions.html", section="desk", committee=committee, decisions=decisions, members=members,
        states=DECISION_STATES, numbers=by_id, texts={one.id: Markup(one.text_html) for one in decisions},  # noqa: S704  made and cleaned by the workspace
        demo=visit.caller.demo or any(one.demo for one in decisions),
    )  # fmt: skip
