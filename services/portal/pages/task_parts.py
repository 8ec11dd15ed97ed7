"""`/tasks/{id}/links` and `/tasks/{id}/files`: what a task hangs on, and what is kept with it."""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from services.portal.pages.file_forms import pass_on
from services.portal.pages.new_task import FILE, LARGE
from services.portal.pages.task_links import must_be_a_kind
from services.portal.pages.tasks import id_of, task_page
from services.portal.translations import N_
from services.portal.visits import MemberVisit, Visit, page_router
from shared.problems import Conflict, Invalid, NotFound, StaleVersion, TooLarge

router = page_router()
MANY = N_("No se guardó: la tarea ya tiene todos los archivos que puede tener.")
NO_LINK = N_("No se enlazó: ya no está, o la tarea ya tiene 50 enlaces.")
Links = list[dict[str, str]]


@router.post("/tasks/{task}/files")
async def add_file(visit: MemberVisit, task: str) -> Response:
    """Keep a file with the task."""
    key = id_of(task)
    try:
        await pass_on(visit, {}, set(), lambda name, chunks, _: visit.workspace.attach(key, name, chunks))
    except Invalid:
        return await task_page(visit, key, errors=[{"field": "file", "message": FILE}], status=422)
    except TooLarge:
        return await task_page(visit, key, errors=[{"field": "file", "message": LARGE}], status=413)
    except Conflict:
        return await task_page(visit, key, errors=[{"field": "file", "message": MANY}], status=409)
    return visit.go(f"/tasks/{key}#archivos")


@router.post("/tasks/{task}/files/remove")
async def remove_file(visit: MemberVisit, task: str) -> Response:
    """Take a file away; one that is gone already is no trouble."""
    key, fields = id_of(task), await visit.form()
    try:
        await visit.workspace.remove_attachment(key, id_of(fields.get("file", "")))
    except NotFound:
        await visit.workspace.task(key)
    return visit.go(f"/tasks/{key}#archivos")


@router.post("/tasks/{task}/links")
async def add_link(visit: MemberVisit, task: str) -> Response:
    """Link the task to something that the search has found."""
    key, fields = id_of(task), await visit.form()
    wanted = {"kind": must_be_a_kind(fields.get("kind", "")), "ref": fields.get("ref", "")[:100]}
    try:
        await _change_links(visit, key, lambda links: [*(one for one in links if one != wanted), wanted])
    except Invalid:
        return await task_page(visit, key, errors=[{"field": "q", "message": NO_LINK}], status=422)
    return visit.go(f"/tasks/{key}#enlaces")


@router.post("/tasks/{task}/links/remove")
async def remove_link(visit: MemberVisit, task: str) -> Response:
    """The task does not hang on it any more."""
    key, fields = id_of(task), await visit.form()
    gone = {"kind": must_be_a_kind(fields.get("kind", "")), "ref": fields.get("ref", "")}
    await _change_links(visit, key, lambda links: [one for one in links if one != gone])
    return visit.go(f"/tasks/{key}#enlaces")


async def _change_links(visit: Visit, key: str, change: Callable[[Links], Links]) -> Any:
    """Once more when somebody else has changed the task meanwhile: what they did stays. Raises Invalid."""
    for last in (False, False, True):
        found, etag = await visit.workspace.task(key)
        links: Links = [{"kind": link.kind, "ref": link.ref} for link in found.links]
        try:
            return await visit.workspace.change_task(key, {"links": change(links)}, etag=etag)
        except StaleVersion:
            if last:
                raise
    return None
