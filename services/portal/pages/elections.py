"""`/committees/{slug}/elections` and `/elections/{id}`: proposing, standing, voting, the receipt and the result."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup
from starlette.responses import Response

from services.portal.pages.calendar import TITLE, zones_with
from services.portal.pages.meeting_times import named, zone_of_reader
from services.portal.pages.parts import attempt, slug_or_nothing
from services.portal.pages.reading import error_list, ticked, wrong_fields
from services.portal.pages.tasks import id_of
from services.portal.translations import N_
from services.portal.visits import MemberVisit, Visit, page_router
from shared.problems import Conflict, Invalid

router = page_router()
MOMENT = N_("Escriba el día y la hora.")
ORDER = N_("Primero cierran las postulaciones, después se vota y al final cierra la votación; todo, desde ahora.")
SEATS = N_("Escriba cuántos cargos se eligen: de 1 a 100.")
QUORUM = N_("Escriba qué parte del padrón tiene que votar: de 0 a 100 por ciento.")
PERSON = N_("Elija a alguien de la presidencia o los miembros que no esté propuesto.")
CHOICES = N_("Marque una sola candidatura, o ninguna para votar en blanco.")
REASON = N_("Escriba por qué se cancela.")
MOMENTS = ("nominations_until", "voting_from", "voting_until")
METHODS: Mapping[str, str] = {
    "approval": N_("Aprobación: cada quien marca a cuantas personas apoya"),
    "single_choice": N_("Una sola opción: cada quien marca a una persona"),
}


@router.get("/committees/{slug}/elections")
async def show_elections(visit: MemberVisit, slug: str) -> Response:
    """A committee's elections."""
    return await elections_page(visit, slug_or_nothing(slug))


async def elections_page(
    visit: Visit, slug: str, *, fields: Mapping[str, str] | None = None, errors: Sequence[tuple[str, str]] = (),
    status: int = 200,
) -> Response:  # fmt: skip
    committee, found, members, zone = await asyncio.gather(
        visit.workspace.committee(slug), visit.workspace.elections(slug), visit.workspace.members(slug),
        zone_of_reader(visit),
    )  # fmt: skip
    return visit.page(
        "elections.html", status=status, section="desk", committee=committee, elections=found, members=members,
        leads=committee.your_role in ("chair", "secretariat"), reader_zone=str(zone), zones=zones_with(str(zone)),
        methods=METHODS, fields=dict(fields or {}), errors=error_list(errors), moments=MOMENTS,
        demo=visit.caller.demo or any(one.demo for one in found),
    )  # fmt: skip


@router.post("/committees/{slug}/elections")
async def call_election(visit: MemberVisit, slug: str) -> Response:
    """Call an election: nominations are open from now on."""
    slug, fields = slug_or_nothing(slug), await visit.form()
    body, wrong = election_in(fields)
    if not wrong:
        try:
            made = await visit.workspace.call_election(slug, body)
            return visit.go(f"/elections/{made.id}")
        except Invalid as problem:
            said = {"title": TITLE, "seats": SEATS, "quorum": QUORUM}
            wrong = [
                (f"{name}.day" if name in MOMENTS else name, said.get(name, ORDER))
                for name in sorted(wrong_fields(problem))
            ]
    return await elections_page(visit, slug, fields=fields, errors=wrong, status=422)


def election_in(fields: Mapping[str, str]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """An election as a form sends it, and what is wrong with it."""
    wrong: list[tuple[str, str]] = []
    title = " ".join(fields.get("title", "").split())
    if not title or len(title) > 300:
        wrong.append(("title", TITLE))
    moments: dict[str, str] = {}
    for name in MOMENTS:
        try:
            zone = ZoneInfo(fields.get("timezone", ""))
            local = datetime.fromisoformat(f"{fields.get(f'{name}.day', '')}T{fields.get(f'{name}.time', '')}")
            moments[name] = named(local.replace(tzinfo=zone))
        except (ValueError, LookupError, OSError, OverflowError):
            wrong.append((f"{name}.day", MOMENT))
    seats, quorum = fields.get("seats", "").strip(), fields.get("quorum", "").strip().replace(",", ".")
    if not seats.isascii() or not seats.isdigit() or not 1 <= int(seats[:4]) <= 100:
        wrong.append(("seats", SEATS))
    try:
        share = float(quorum or "0") / 100
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        wrong.append(("quorum", QUORUM))
    method = fields.get("method", "")
    body: dict[str, Any] = {
        "title": title, "description": fields.get("description", "").strip()[:20_000] or None,
        "method": method if method in METHODS else "approval", "seats": int(seats) if seats.isdigit() else 0,
        "quorum": share, **moments,
    }  # fmt: skip
    return body, wrong


@router.get("/elections/{election}")
async def show_election(visit: MemberVisit, election: str) -> Response:
    """One election, as far as it has come."""
    return await election_page(visit, id_of(election))


async def election_page(
    visit: Visit, key: str, *, fields: Mapping[str, str] | None = None, errors: Sequence[tuple[str, str]] = (),
    receipt: str | None = None, refused: str | None = None, looked_for: str = "", status: int = 200,
) -> Response:  # fmt: skip
    election = await visit.workspace.election(key)
    committee, zone = await asyncio.gather(visit.workspace.committee(election.committee), zone_of_reader(visit))
    members = (await attempt(visit.workspace.members(election.committee))).value or []
    result = None
    if election.state == "closed":
        result = (await attempt(visit.workspace.election_result(key))).value
    proposed = {one.user_id for one in election.nominations}
    return visit.page(
        "election.html", status=status, section="desk", election=election, committee=committee, result=result,
        reader_zone=str(zone), methods=METHODS, receipt=receipt, refused=refused, fields=dict(fields or {}),
        errors=error_list(errors), looked_for=looked_for, about=Markup(election.description_html),  # noqa: S704  made and cleaned by the workspace
        statements={one.id: Markup(one.statement_html) for one in election.nominations},  # noqa: S704
        proposable=[one for one in members if one.role != "observer" and one.user_id not in proposed],
        standing=[one for one in election.nominations if one.accepted], ticked=set(ticked(fields or {}, "choice")),
        yours=next((one for one in election.nominations if one.is_you), None),
        demo=visit.caller.demo or election.demo,
    )  # fmt: skip


@router.post("/elections/{election}/nominate")
async def nominate(visit: MemberVisit, election: str) -> Response:
    """Propose somebody, or oneself."""
    key, fields = id_of(election), await visit.form()
    try:
        await visit.workspace.nominate(
            key, id_of(fields.get("user_id", "")), fields.get("statement", "").strip()[:20_000] or None
        )
    except (Invalid, Conflict):
        return await election_page(visit, key, fields=fields, errors=[("user_id", PERSON)], status=422)
    return visit.go(f"/elections/{key}#candidaturas")


@router.post("/elections/{election}/nominations/{nomination}")
async def answer_nomination(visit: MemberVisit, election: str, nomination: str) -> Response:
    """Stand, or not."""
    key, fields = id_of(election), await visit.form()
    await visit.workspace.answer_nomination(key, id_of(nomination), accept=fields.get("answer") == "accept")
    return visit.go(f"/elections/{key}#candidaturas")


@router.post("/elections/{election}/vote")
async def vote(visit: MemberVisit, election: str) -> Response:
    """Cast one's ballot; the page that comes back is the only one that ever shows the receipt."""
    key, fields = id_of(election), await visit.form()
    choices = [fields["choice"]] if fields.get("choice") else ticked(fields, "choice")
    try:
        receipt = await visit.workspace.vote(key, [id_of(choice) for choice in choices])
    except Invalid:
        return await election_page(visit, key, fields=fields, errors=[("papeleta", CHOICES)], status=422)
    except Conflict as problem:
        refused = (
            N_("Ya votó en esta elección.") if "already" in str(problem.detail) else N_("La votación no está abierta.")
        )
        return await election_page(visit, key, refused=refused, status=409)
    return await election_page(visit, key, receipt=receipt)


@router.post("/elections/{election}/cancel")
async def cancel_election(visit: MemberVisit, election: str) -> Response:
    """End it without a result, and say why."""
    key, fields = id_of(election), await visit.form()
    reason = " ".join(fields.get("reason", "").split())[:300]
    if not reason:
        return await election_page(visit, key, errors=[("reason", REASON)], status=422)
    await visit.workspace.cancel_election(key, reason)
    return visit.go(f"/elections/{key}")
