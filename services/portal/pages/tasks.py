"""`/tasks/{id}`: one task, its checklist, what was said about it and what was done with it."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from markupsafe import Markup
from starlette.responses import Response

from services.portal.pages.committees import WORKING, names_of
from services.portal.pages.new_task import FILE_TROUBLE, errors_of, largest_file, task_in
from services.portal.pages.parts import attempt, both
from services.portal.pages.reading import day_in, error_list, ticked
from services.portal.pages.repeating import OWN, REPEATS, repeats_of, said_of
from services.portal.pages.task_links import KINDS as LINK_KINDS
from services.portal.pages.task_links import Linked, found_for, linked_to
from services.portal.pages.words import TASK_CHANGES, TASK_FIELDS, TASK_STATES
from services.portal.rendering import current_words
from services.portal.translations import N_
from services.portal.visits import MemberVisit, Visit, page_router
from services.portal.vocabulary import PRIORITIES
from services.portal.vocabulary import STATES as STATE_WORDS
from services.workspace.schemas import HistoryEntryOut, TaskOut
from shared.problems import Invalid, NotFound, StaleVersion

router = page_router()
EMPTY = N_("Escriba el comentario.")
SHOWN = 300
"""Characters of a description that the history shows."""
CHANGED = N_("No se quitó: otra persona la cambió mientras tanto. Mire qué cambió y quítela si todavía quiere.")
ITEM = N_("Cada punto de la lista puede tener hasta 300 caracteres, y la lista hasta 100 puntos.")


def id_of(text: str) -> str:
    """Raises NotFound for what is no id."""
    try:
        return str(UUID(text))
    except ValueError:
        raise NotFound from None


@router.get("/tasks/{task}")
async def show_task(visit: MemberVisit, task: str) -> Response:
    """One task. `file`: what became of a file that was sent with it when it was new."""
    trouble = FILE_TROUBLE.get(visit.request.query_params.get("file", ""))
    return await task_page(visit, id_of(task), errors=error_list([("file", trouble)] if trouble else []))


async def task_page(
    visit: Visit, key: str, *, fields: Mapping[str, str] | None = None, errors: Sequence[dict[str, str]] = (),
    stale: bool = False, comment: str = "", status: int = 200,
) -> Response:  # fmt: skip
    (task, etag), comments, (history, people), files = await asyncio.gather(
        visit.workspace.task(key), visit.workspace.comments(key), whole_history(visit, key),
        visit.workspace.attachments(key),
    )  # fmt: skip
    q = visit.request.query_params.get("q", "").strip()[:100] if visit.request.method == "GET" else ""
    (committee, members), links, offers, (before, after) = await asyncio.gather(
        both(visit.workspace.committee(task.committee), visit.workspace.members(task.committee)),
        linked_to(visit, task.links), found_for(visit, task.committee, task.links, q) if q else nothing(),
        neighbours(visit, task),
    )  # fmt: skip
    repeats = repeats_of(task.rrule)
    shown: dict[str, str] = dict(fields) if fields is not None else {
        "title": task.title, "description": task.description or "", "labels": ", ".join(task.labels),
        "due_on": task.due_on.isoformat() if task.due_on else "", "priority": task.priority, "state": task.state,
        "repeats": repeats.choice, "repeats_until": repeats.until if repeats.choice != OWN else "",
        "rule": (task.rrule or "") if repeats.choice == OWN else "", "was": task.rrule or "",
    }  # fmt: skip
    if fields is None and task.due_on is not None and task.follows is None and task.followed_by is None:
        shown["was_due"] = task.due_on.isoformat()
    chosen = set(ticked(fields, "assignee")) if fields is not None else {str(one) for one in task.assignees}
    names = names_of(members) | people
    titles = {(one.kind, one.ref): one.title for one in links if one.title}
    return visit.page(
        "task.html", status=status, section="desk", task=task, etag=etag, comments=comments, history=history,
        committee=committee, members=members, fields=shown, chosen=chosen, errors=list(errors), stale=stale,
        comment=comment, works=committee.your_role in WORKING, states=TASK_STATES, priorities=PRIORITIES,
        description=None, day=day_in(visit), body=Markup(task.description_html),  # noqa: S704  made and cleaned by the workspace
        comment_html={one.id: Markup(one.text_html) for one in comments},  # noqa: S704
        what=TASK_CHANGES, field_words=TASK_FIELDS, said=lambda field, value: said(field, value, names, titles),
        editing=fields is not None, links=links, offers=offers, q=q, link_kinds=LINK_KINDS, files=files,
        repeats=REPEATS, again=said_of(task.rrule) if task.rrule else None, before=before, after=after,
        largest=largest_file(visit), demo=visit.caller.demo or task.demo,
    )  # fmt: skip


async def whole_history(visit: Visit, key: str) -> tuple[list[HistoryEntryOut], dict[str, str]]:
    """All that was done, the oldest first, and the names of the people in it."""
    found: list[HistoryEntryOut] = []
    people: dict[str, str] = {}
    cursor: str | None = None
    while True:
        part = await visit.workspace.history(key, cursor=cursor)
        found += part.items
        people |= part.people
        cursor = part.next
        if cursor is None:
            return found, people


async def neighbours(visit: Visit, task: TaskOut) -> tuple[TaskOut | None, TaskOut | None]:
    """Of a task that comes again, the one before and the one after; None where there is none any more."""

    async def read(one: UUID | None) -> TaskOut | None:
        found = (await attempt(visit.workspace.task(one))).value if one is not None else None
        return found[0] if found is not None else None

    return await both(read(task.follows), read(task.followed_by))


async def nothing() -> list[Linked]:
    return []


def said(field: str, value: Any, names: Mapping[str, str], titles: Mapping[tuple[str, str], str]) -> str:
    """A value of the history as text to be translated: people by name, states and priorities by their words."""
    if value in (None, "", []):
        return N_("nada")
    if field == "assignees":
        return ", ".join(names.get(str(one), "—") for one in value)
    if field == "state":
        return STATE_WORDS[value].label if value in STATE_WORDS else str(value)
    if field == "priority":
        return PRIORITIES[value].label if value in PRIORITIES else str(value)
    if field == "checklist":
        return ", ".join(f"{'☑' if item.get('done') else '☐'} {item.get('text', '')}" for item in value)
    if field == "links":
        return ", ".join(titles.get((one["kind"], one["ref"])) or one["ref"] for one in value)
    if field == "rrule":
        return said_of(str(value))
    if field == "due_on":
        return current_words().date(date.fromisoformat(str(value)))
    if field == "description":
        return str(value) if len(str(value)) <= SHOWN else f"{str(value)[:SHOWN]}…"
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)


@router.post("/tasks/{task}")
async def change_task(visit: MemberVisit, task: str) -> Response:
    """Save the edited fields. Overtaken by somebody: both are shown, and saving again keeps one's own."""
    key, fields = id_of(task), await visit.form()
    body, wrong = task_in(fields)
    if fields.get("state") in TASK_STATES:
        body["state"] = fields["state"]
    if wrong:
        return await task_page(visit, key, fields=fields, errors=error_list(wrong), status=422)
    try:
        await visit.workspace.change_task(key, body, etag=fields.get("etag", "") or '"0"')
    except StaleVersion:
        return await task_page(visit, key, fields=fields, stale=True, status=412)
    except Invalid as problem:
        errors = errors_of(problem, own=fields.get("repeats") == OWN)
        return await task_page(visit, key, fields=fields, errors=errors, status=422)
    return visit.go(f"/tasks/{key}")


@router.post("/tasks/{task}/remove")
async def remove_task(visit: MemberVisit, task: str) -> Response:
    """Take the task away for good, as the page showed it: when somebody changed it since, it stays and is shown."""
    key, fields = id_of(task), await visit.form()
    found, _ = await visit.workspace.task(key)
    try:
        await visit.workspace.remove_task(key, etag=fields.get("etag", "") or '"0"')
    except StaleVersion:
        return await task_page(visit, key, errors=error_list([("quitar", CHANGED)]), status=412)
    return visit.go(f"/committees/{found.committee}")


@router.post("/tasks/{task}/checklist")
async def change_checklist(visit: MemberVisit, task: str) -> Response:
    """Tick and untick, and add a point. Only what the form showed is touched, whatever else changed meanwhile."""
    key, fields = id_of(task), await visit.form()
    done = set(ticked(fields, "done"))
    listed = {int(index) for index in ticked(fields, "text") if index.isascii() and index.isdigit()}
    for _ in range(3):
        found, etag = await visit.workspace.task(key)
        items = [{"text": item.text, "done": item.done} for item in found.checklist]
        for index in listed:
            if index < len(items) and items[index]["text"] == fields.get(f"text.{index}"):
                items[index]["done"] = str(index) in done
        if added := " ".join(fields.get("new", "").split()):
            items.append({"text": added, "done": False})
        try:
            await visit.workspace.change_task(key, {"checklist": items}, etag=etag)
            break
        except StaleVersion:
            continue
        except Invalid:
            return await task_page(visit, key, errors=error_list([("new", ITEM)]), status=422)
    return visit.go(f"/tasks/{key}#lista")


@router.post("/tasks/{task}/comments")
async def add_comment(visit: MemberVisit, task: str) -> Response:
    """Say something about a task."""
    key, fields = id_of(task), await visit.form()
    text = fields.get("text", "").strip()
    try:
        if not text:
            raise Invalid.at("/text", "must not be empty")
        await visit.workspace.comment(key, text)
    except Invalid:
        return await task_page(visit, key, errors=error_list([("text", EMPTY)]), comment=text, status=422)
    return visit.go(f"/tasks/{key}#comentarios")
