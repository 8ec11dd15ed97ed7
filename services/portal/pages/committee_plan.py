"""`/committees/{slug}/plan`: what a committee means to do in a year, beside what it meant to do the year before."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from markupsafe import Markup
from starlette.responses import Response

from services.portal.pages.parts import attempt, slug_or_nothing
from services.portal.pages.reading import date_in, error_list, ticked, today, wrong_fields
from services.portal.pages.tasks import id_of
from services.portal.translations import N_
from services.portal.visits import MemberVisit, Visit, page_router
from services.workspace.plans.schemas import PlanItemOut
from shared.problems import Conflict, Invalid, NotFound, StaleVersion

router = page_router()
TITLE = N_("Escriba un título, de hasta 300 caracteres.")
DAYS = N_("Escriba las fechas como día, mes y año; la última no puede ser anterior a la primera.")
DESCRIPTION = N_("Es demasiado largo: abrévielo a menos de 20 000 caracteres.")
LEAD = N_("Elija a alguien del comité, o escriba un nombre de hasta 300 caracteres.")
LINKS = N_("Elija tareas de este comité y documentos que pueda ver, hasta 50 de cada uno.")
FULL = N_("El plan de ese año está lleno: caben 200 actividades.")
SAID = {
    "title": TITLE, "description": DESCRIPTION, "starts_on": DAYS, "ends_on": DAYS, "lead": LEAD, "lead_name": LEAD,
    "tasks": LINKS, "documents": LINKS,
}  # fmt: skip
STATES: Mapping[str, tuple[str, str]] = {
    "planned": (N_("Prevista"), "plain"),
    "under_way": (N_("En curso"), "info"),
    "done": (N_("Terminada"), "ok"),
    "dropped": (N_("Descartada"), "warning"),
}
QUARTERS: Mapping[int, str] = {
    1: N_("primer trimestre"),
    2: N_("segundo trimestre"),
    3: N_("tercer trimestre"),
    4: N_("cuarto trimestre"),
}


def year_asked(visit: Visit, text: str | None) -> int:
    """This year when an address names none that there could be."""
    if text is not None and text.isascii() and text.isdigit() and 2000 <= int(text[:6]) <= 2100:
        return int(text)
    return today(visit).year


@router.get("/committees/{slug}/plan")
async def show_plan(visit: MemberVisit, slug: str, year: str | None = None) -> Response:
    """The plan of a year."""
    return await plan_page(visit, slug_or_nothing(slug), year_asked(visit, year))


async def plan_page(
    visit: Visit, slug: str, year: int, *, fields: Mapping[str, str] | None = None,
    errors: Sequence[tuple[str, str]] = (), refused: str | None = None, status: int = 200,
) -> Response:  # fmt: skip
    committee, plan, members = await asyncio.gather(
        visit.workspace.committee(slug), visit.workspace.plan(slug, year), visit.workspace.members(slug)
    )
    before = await visit.workspace.plan(slug, year - 1) if year - 1 in plan.years else None
    titles = {item.title for item in plan.items}
    return visit.page(
        "committee_plan.html", status=status, section="desk", committee=committee, plan=plan, before=before,
        members=members, states=STATES, quarters=QUARTERS, fields=dict(fields or {}), errors=error_list(errors),
        opened=fields is not None, refused=refused, this_year=today(visit).year, taken=titles,
        above={str(item.id): places_of(plan.items, index) for index, item in enumerate(plan.items)},
        demo=visit.caller.demo or plan.demo or (before is not None and before.demo),
    )  # fmt: skip


def places_of(items: Sequence[PlanItemOut], index: int) -> dict[str, str | None]:
    """After which item one must be placed to go one up or one down; a way that leads nowhere is left out."""
    found: dict[str, str | None] = {}
    if index > 0:
        found["up"] = str(items[index - 2].id) if index > 1 else None
    if index < len(items) - 1:
        found["down"] = str(items[index + 1].id)
    return found


@router.post("/committees/{slug}/plan")
async def add_item(visit: MemberVisit, slug: str) -> Response:
    """A new item at the end of the plan, or one of another year's carried over."""
    slug, fields = slug_or_nothing(slug), await visit.form()
    year = year_asked(visit, fields.get("year"))
    if carried := fields.get("carry"):
        body = await carried_over(visit, slug, id_of(carried), year)
    else:
        body, wrong = item_in(fields)
        if wrong:
            return await plan_page(visit, slug, year, fields=fields, errors=wrong, status=422)
        body["year"] = year
    try:
        made = await visit.workspace.add_plan_item(slug, body)
    except Conflict:
        return await plan_page(visit, slug, year, fields=fields, refused=FULL, status=409)
    except Invalid as problem:
        return await plan_page(visit, slug, year, fields=fields, errors=said(problem), status=422)
    return visit.go(f"/committees/{slug}/plan?year={year}#actividad-{made.id}")


async def carried_over(visit: Visit, slug: str, key: str, year: int) -> dict[str, Any]:
    """What was planned before, as planned anew: without its days, with what it is linked to."""
    item, _ = await visit.workspace.plan_item(key)
    if item.committee != slug:
        raise NotFound
    members = {one.user_id for one in await visit.workspace.members(slug)}
    stays = item.lead in members
    return {
        "year": year, "title": item.title, "description": item.description, "quarter": item.quarter,
        "lead": str(item.lead) if stays else None, "lead_name": None if stays else item.lead_name,
        "tasks": [str(task.id) for task in item.tasks if task.state not in ("done", "cancelled")],
        "documents": [str(document.id) for document in item.documents],
    }  # fmt: skip


def said(problem: Invalid) -> list[tuple[str, str]]:
    return [(name, SAID[name]) for name in sorted(wrong_fields(problem)) if name in SAID]


def item_in(fields: Mapping[str, str]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """An item as a form sends it, and what is wrong with it."""
    wrong: list[tuple[str, str]] = []
    title, lead_name = " ".join(fields.get("title", "").split()), " ".join(fields.get("lead_name", "").split())
    if not title or len(title) > 300:
        wrong.append(("title", TITLE))
    if len(lead_name) > 300:
        wrong.append(("lead_name", LEAD))
    description = fields.get("description", "").strip()
    if len(description) > 20_000:
        wrong.append(("description", DESCRIPTION))
    first, last = date_in(fields.get("starts_on", "")), date_in(fields.get("ends_on", ""))
    for name, found in (("starts_on", first), ("ends_on", last)):
        if found is None and fields.get(name, "").strip():
            wrong.append((name, DAYS))
    if first is not None and last is not None and last < first:
        wrong.append(("ends_on", DAYS))
    quarter, state = fields.get("quarter", ""), fields.get("state", "planned")
    body: dict[str, Any] = {
        "title": title, "description": description or None, "lead": _id(fields.get("lead", "")),
        "lead_name": lead_name or None, "quarter": int(quarter) if quarter in ("1", "2", "3", "4") else None,
        "starts_on": first, "ends_on": last, "state": state if state in STATES else "planned",
    }  # fmt: skip
    return body, wrong


def _id(text: str) -> str | None:
    try:
        return str(UUID(text))
    except ValueError:
        return None


@router.get("/committees/{slug}/plan/{item}")
async def show_item(visit: MemberVisit, slug: str, item: str) -> Response:
    """One item: what it is about, how far its tasks are; and the form to change it."""
    return await item_page(visit, slug_or_nothing(slug), id_of(item))


async def item_page(
    visit: Visit, slug: str, key: str, *, fields: Mapping[str, str] | None = None,
    errors: Sequence[tuple[str, str]] = (), stale: bool = False, status: int = 200,
) -> Response:  # fmt: skip
    (item, etag), committee = await asyncio.gather(
        visit.workspace.plan_item(key), visit.workspace.committee(slug)
    )  # fmt: skip
    if item.committee != slug:
        raise NotFound
    members, tasks, documents = await asyncio.gather(
        visit.workspace.members(slug), attempt(visit.workspace.tasks(slug)), attempt(visit.workspace.documents(slug))
    )
    shown = dict(fields) if fields is not None else fields_of(item)
    chosen = {"task": set(ticked(shown, "task")), "document": set(ticked(shown, "document"))}
    return visit.page(
        "committee_plan_item.html", status=status, section="desk", committee=committee, item=item, etag=etag,
        members=members, states=STATES, quarters=QUARTERS, fields=shown, chosen=chosen, errors=error_list(errors),
        stale=stale, editing=fields is not None, text=Markup(item.description_html),  # noqa: S704  made and cleaned by the workspace
        tasks=[one for one in tasks.value or [] if one.state != "cancelled" or str(one.id) in chosen["task"]],
        documents=documents.value.items if documents.value else [], demo=visit.caller.demo or item.demo,
    )  # fmt: skip


def fields_of(item: PlanItemOut) -> dict[str, str]:
    """The item as its form has it."""
    return {
        "title": item.title, "description": item.description or "", "lead": str(item.lead) if item.lead else "",
        "lead_name": (item.lead_name or "") if item.lead is None else "", "quarter": str(item.quarter or ""),
        "starts_on": item.starts_on.isoformat() if item.starts_on else "",
        "ends_on": item.ends_on.isoformat() if item.ends_on else "", "state": item.state,
        **{f"task.{task.id}": "1" for task in item.tasks},
        **{f"document.{document.id}": "1" for document in item.documents},
    }  # fmt: skip


@router.post("/committees/{slug}/plan/{item}")
async def change_item(visit: MemberVisit, slug: str, item: str) -> Response:
    """Save the edited fields."""
    slug, key, fields = slug_or_nothing(slug), id_of(item), await visit.form()
    body, wrong = item_in(fields)
    if wrong:
        return await item_page(visit, slug, key, fields=fields, errors=wrong, status=422)
    body |= {"tasks": ticked(fields, "task"), "documents": ticked(fields, "document")}
    try:
        await visit.workspace.change_plan_item(key, body, etag=fields.get("etag", "") or '"0"')
    except StaleVersion:
        return await item_page(visit, slug, key, fields=fields, stale=True, status=412)
    except Invalid as problem:
        return await item_page(visit, slug, key, fields=fields, errors=said(problem), status=422)
    return visit.go(f"/committees/{slug}/plan/{key}")


@router.post("/committees/{slug}/plan/{item}/move")
async def move_item(visit: MemberVisit, slug: str, item: str) -> Response:
    """One up or one down."""
    slug, key, fields = slug_or_nothing(slug), id_of(item), await visit.form()
    with suppress(Invalid):  # what it was to follow is gone meanwhile: the plan shows how it is now
        await visit.workspace.move_plan_item(key, fields.get("after") or None)
    return visit.go(f"/committees/{slug}/plan?year={year_asked(visit, fields.get('year'))}#actividad-{key}")


@router.post("/committees/{slug}/plan/{item}/remove")
async def remove_item(visit: MemberVisit, slug: str, item: str) -> Response:
    """Take it out of the plan."""
    slug, key, fields = slug_or_nothing(slug), id_of(item), await visit.form()
    try:
        await visit.workspace.remove_plan_item(key, etag=fields.get("etag", "") or '"0"')
    except StaleVersion:
        return await item_page(visit, slug, key, stale=True, status=412)
    return visit.go(f"/committees/{slug}/plan?year={year_asked(visit, fields.get('year'))}")
