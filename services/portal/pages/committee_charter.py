"""`/committees/{slug}/charter` and `/task-forces`: by which rules a committee works, and whom it sets to work for a
time."""

import asyncio
from collections.abc import Mapping, Sequence

from markupsafe import Markup
from starlette.responses import Response

from services.portal.pages.parts import attempt, slug_or_nothing
from services.portal.pages.reading import date_in, day_in, error_list, ticked, wrong_fields
from services.portal.translations import N_
from services.portal.visits import MemberVisit, Visit, page_router
from services.workspace.schemas import CommitteeOut
from shared.problems import Conflict, Invalid, NotFound, StaleVersion

router = page_router()
TEXT = N_("Escriba el estatuto, de hasta 20 000 caracteres.")
NOTE = N_("Diga qué cambió en una línea de hasta 300 caracteres.")
NAME = N_("Escriba un nombre, de hasta 300 caracteres.")
MANDATE = N_("Escriba qué debe hacer el grupo y qué entrega, en hasta 20 000 caracteres.")
FIRST = N_("Escriba el primer día: día, mes y año.")
LAST = N_("Escriba el último día: no antes del primero, ni en el pasado.")
PEOPLE = N_("Elija personas que pertenezcan a la Red.")
UNDER_WAY = N_("No se archivó: tiene grupos de trabajo en curso. Espere a que terminen, o archívelos antes.")
HELD = N_("No se quitó: algo tuvo, y eso queda para leer. Archívelo.")
SAID = {"name": NAME, "mandate": MANDATE, "starts_on": FIRST, "ends_on": LAST, "chair": PEOPLE, "members": PEOPLE}


@router.get("/committees/{slug}/charter")
async def show_charter(visit: MemberVisit, slug: str) -> Response:
    """The rules of a committee, for the whole Network; of a task force the mandate too."""
    return await charter_page(visit, slug_or_nothing(slug))


async def charter_page(
    visit: Visit, slug: str, *, fields: Mapping[str, str] | None = None, form: str = "",
    errors: Sequence[tuple[str, str]] = (), stale: bool = False, refused: str | None = None, status: int = 200,
) -> Response:  # fmt: skip
    (committee, committee_etag), (charter, etag), revisions, members = await asyncio.gather(
        visit.workspace.committee_to_change(slug), visit.workspace.charter(slug),
        visit.workspace.charter_revisions(slug), attempt(visit.workspace.members(slug)),
    )  # fmt: skip
    parent = await attempt(visit.workspace.committee(committee.parent)) if committee.parent else None
    return visit.page(
        "committee_charter.html", status=status, section="desk", committee=committee, charter=charter, etag=etag,
        committee_etag=committee_etag, revisions=revisions, members=members.value,
        parent=parent.value if parent is not None else None,
        text=Markup(charter.text_html), mandate=Markup(committee.mandate_html),  # noqa: S704  made and cleaned by the workspace
        texts={one.revision: Markup(one.text_html) for one in revisions},  # noqa: S704  as above
        fields=dict(fields or {}), form=form, errors=error_list(errors), stale=stale, day=day_in(visit),
        refused=refused, demo=visit.caller.demo or charter.demo or committee.demo,
    )  # fmt: skip


@router.post("/committees/{slug}/charter")
async def write_charter(visit: MemberVisit, slug: str) -> Response:
    """Put a text into force."""
    slug, fields = slug_or_nothing(slug), await visit.form()
    text, note = fields.get("text", "").strip(), " ".join(fields.get("note", "").split())
    wrong = [("text", TEXT)] if not text or len(text) > 20_000 else []
    if len(note) > 300:
        wrong.append(("note", NOTE))
    if wrong:
        return await charter_page(visit, slug, fields=fields, form="charter", errors=wrong, status=422)
    try:
        await visit.workspace.write_charter(slug, text, note or None, etag=fields.get("etag", "") or '"-1"')
    except StaleVersion:
        return await charter_page(visit, slug, fields=fields, form="charter", stale=True, status=412)
    except Invalid:
        return await charter_page(visit, slug, fields=fields, form="charter", errors=[("text", TEXT)], status=422)
    return visit.go(f"/committees/{slug}/charter")


@router.post("/committees/{slug}/mandate")
async def change_mandate(visit: MemberVisit, slug: str) -> Response:
    """Another name, mandate or last day for a task force."""
    slug, fields = slug_or_nothing(slug), await visit.form()
    body, wrong = task_force_in(fields)
    if wrong:
        return await charter_page(visit, slug, fields=fields, form="mandate", errors=wrong, status=422)
    try:
        await visit.workspace.change_committee(slug, body, etag=fields.get("etag", "") or '"0"')
    except StaleVersion:
        return await charter_page(visit, slug, fields=fields, form="mandate", stale=True, status=412)
    except Invalid as problem:
        found = [(name, SAID[name]) for name in sorted(wrong_fields(problem)) if name in SAID]
        return await charter_page(visit, slug, fields=fields, form="mandate", errors=found, status=422)
    return visit.go(f"/committees/{slug}/charter")


@router.post("/committees/{slug}/archive")
async def archive_committee(visit: MemberVisit, slug: str) -> Response:
    """Out of the lists and left for reading, or back into them."""
    slug, fields = slug_or_nothing(slug), await visit.form()
    try:
        wanted = {"archived": bool(fields.get("archived"))}
        await visit.workspace.change_committee(slug, wanted, etag=fields.get("etag", "") or '"0"')
    except StaleVersion:
        return await charter_page(visit, slug, stale=True, status=412)
    except Conflict:
        return await charter_page(visit, slug, refused=UNDER_WAY, status=409)
    return visit.go(f"/committees/{slug}/charter#guardar")


@router.post("/committees/{slug}/remove")
async def remove_committee(visit: MemberVisit, slug: str) -> Response:
    """Take away one that never held anything."""
    slug, fields = slug_or_nothing(slug), await visit.form()
    try:
        await visit.workspace.remove_committee(slug, etag=fields.get("etag", "") or '"0"')
    except StaleVersion:
        return await charter_page(visit, slug, stale=True, status=412)
    except Conflict:
        return await charter_page(visit, slug, refused=HELD, status=409)
    return visit.go("/committees")


@router.get("/committees/{slug}/task-forces")
async def show_task_forces(visit: MemberVisit, slug: str) -> Response:
    """Who works for a committee for a time; its chair and the secretariat make more."""
    return await task_forces_page(visit, slug_or_nothing(slug))


async def task_forces_page(
    visit: Visit, slug: str, *, fields: Mapping[str, str] | None = None, errors: Sequence[tuple[str, str]] = (),
    status: int = 200,
) -> Response:  # fmt: skip
    committee, everything, members = await asyncio.gather(
        visit.workspace.committee(slug), visit.workspace.committees(), attempt(visit.workspace.members(slug))
    )
    if committee.kind == "task_force":
        raise NotFound
    own = sorted((one for one in everything if one.parent == slug), key=_latest_first)
    candidates = (await attempt(visit.workspace.candidates(slug))).value or [] if committee.may_found else []
    names = {one.slug: one.name for one in everything}
    places = await names_of_communities(visit, {code for one in candidates for code in one.communities})
    return visit.page(
        "committee_task_forces.html", status=status, section="desk", committee=committee, task_forces=own,
        members=members.value, fields=dict(fields or {}), errors=error_list(errors), opened=fields is not None,
        chosen=set(ticked(fields or {}, "member")),
        candidates=[
            (one, [places.get(code, code) for code in one.communities] or [names.get(s, s) for s in one.committees])
            for one in candidates
        ],
        demo=visit.caller.demo or any(one.demo for one in own),
    )  # fmt: skip


def _latest_first(one: CommitteeOut) -> tuple[bool, int]:
    """What is under way before what has ended, then the latest end first."""
    return one.ended, -(one.ends_on.toordinal() if one.ends_on else 0)


async def names_of_communities(visit: Visit, codes: set[str]) -> dict[str, str]:
    """Their names by code; none when the registry does not answer, and the code has to do."""
    if not codes:
        return {}
    found = await attempt(visit.registry.communities())
    return {one.code: one.name for one in found.value or [] if one.code in codes}


@router.post("/committees/{slug}/task-forces")
async def make_task_force(visit: MemberVisit, slug: str) -> Response:
    """Make one, and lead to its page."""
    slug, fields = slug_or_nothing(slug), await visit.form()
    body, wrong = task_force_in(fields)
    if wrong:
        return await task_forces_page(visit, slug, fields=fields, errors=wrong, status=422)
    chair = fields.get("chair", "").strip() or None
    members = [user for user in ticked(fields, "member") if user != chair]
    try:
        made = await visit.workspace.add_committee({**body, "parent": slug, "chair": chair, "members": members})
    except Invalid as problem:
        found = [(name, SAID[name]) for name in sorted(wrong_fields(problem)) if name in SAID]
        return await task_forces_page(visit, slug, fields=fields, errors=found, status=422)
    return visit.go(f"/committees/{made.slug}/charter")


def task_force_in(fields: Mapping[str, str]) -> tuple[dict[str, str | None], list[tuple[str, str]]]:
    """Name, mandate and days as a form sends them, and what is wrong with them."""
    name, mandate = " ".join(fields.get("name", "").split()), fields.get("mandate", "").strip()
    first, last = date_in(fields.get("starts_on", "")), date_in(fields.get("ends_on", ""))
    wrong: list[tuple[str, str]] = []
    if not name or len(name) > 300:
        wrong.append(("name", NAME))
    if not mandate or len(mandate) > 20_000:
        wrong.append(("mandate", MANDATE))
    if first is None:
        wrong.append(("starts_on", FIRST))
    if last is None or (first is not None and last < first):
        wrong.append(("ends_on", LAST))
    return {"name": name, "mandate": mandate, "starts_on": first, "ends_on": last}, wrong
