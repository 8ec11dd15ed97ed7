"""The form for a new task: what it says, what it is linked to, and a file that is kept with it."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from services.portal.pages.committees import Shown, board_page
from services.portal.pages.parts import slug_or_nothing
from services.portal.pages.reading import date_in, error_list, ticked, wrong_fields
from services.portal.pages.repeating import OWN, rule_in
from services.portal.pages.task_links import choice_for, links_in
from services.portal.translations import N_
from services.portal.visits import MemberVisit, Visit, page_router
from services.portal.vocabulary import PRIORITIES
from shared.forms import is_form
from shared.multipart import FormPart, Multipart, only_fields
from shared.problems import Conflict, Invalid, TooLarge

router = page_router()
TITLE = N_("Escriba un título, de hasta 300 caracteres.")
DATE = N_("Escriba una fecha: día, mes y año.")
ASSIGNEES = N_("Solo pueden estar a cargo personas del comité.")
RULE = N_("Así no puede repetirse: elija otra cosa, o cambie la fecha.")
OWN_RULE = N_("Con esta regla no habría fechas, o serían demasiadas: revise sus partes, o elija otra cosa.")
LABELS = N_("Hasta 20 etiquetas distintas de hasta 60 letras, separadas por comas.")
DESCRIPTION = N_("Es demasiado largo: abrévielo a menos de 20 000 caracteres.")
LINKS = N_("Algo de lo que eligió ya no está, o son más de 50 enlaces: quite la marca de lo que sobra.")
FILE = N_(
    "No se guardó: elija un PDF, una imagen, un texto o un documento de Office que no esté vacío ni tenga macros."
)
LARGE = N_("No se guardó: el archivo es demasiado grande.")
FILE_TROUBLE = {"refused": FILE, "large": LARGE}
"""What became of a file of a task that was made all the same."""
SAID = {
    "title": TITLE, "due_on": DATE, "assignees": ASSIGNEES, "labels": LABELS, "description": DESCRIPTION,
    "repeats": RULE, "link_q": LINKS, "rule": OWN_RULE,
}  # fmt: skip
CONTROLS = {"rrule": "repeats", "links": "link_q"}


@router.post("/committees/{slug}")
async def add_task(visit: MemberVisit, slug: str) -> Response:
    """A new task, at the end of its column, with the file that was sent with it; or, when words were typed that were
    not looked for yet, the form once more with what they find."""
    slug = slug_or_nothing(slug)
    if is_form(visit.request):
        return await make(visit, slug, await visit.form(), None)
    fields: dict[str, str] = {}
    file: FormPart | None = None
    async for part in Multipart(visit.request).parts():
        if part.name == "file":
            file = part if part.file_name else None
            break
        await only_fields(part, {part.name}, fields)
    visit.must_have_token(fields.pop("csrf_token", ""))
    return await make(visit, slug, fields, file)


async def make(visit: Visit, slug: str, fields: Mapping[str, str], file: FormPart | None) -> Response:
    """The task, or the form again with what is wrong or what was found."""
    q, refs = fields.get("link_q", "").strip()[:100], ticked(fields, "link")
    if file is not None:
        fields = {**fields, "file_lost": "1"}  # a browser does not send it again by itself
    if "find" in fields or (q and q != fields.get("link_was", "")):
        await _pass_over(file)
        links = await choice_for(visit, slug, refs, q)
        return await board_page(visit, slug, Shown(), fields=fields, links=links)
    body, wrong = task_in(fields)
    errors = error_list(wrong)
    if not wrong:
        body["links"] = [{"kind": link.kind, "ref": link.ref} for link in links_in(refs)]
        try:
            task = await visit.workspace.create_task(slug, body)
        except Invalid as problem:
            errors = errors_of(problem, own=fields.get("repeats") == OWN)
        else:
            trouble = await _keep(visit, str(task.id), file) if file is not None else None
            if trouble is not None:
                return visit.go(f"/tasks/{task.id}?file={trouble}#archivos")
            return visit.go(f"/committees/{slug}#columna-{task.state}")
    await _pass_over(file)
    links = await choice_for(visit, slug, refs, q)
    return await board_page(visit, slug, Shown(), fields=fields, errors=errors, links=links, status=422)


async def _pass_over(file: FormPart | None) -> None:
    """Read what is not kept to its end: a browser that is answered while it still sends shows a broken line."""
    if file is not None:
        async for _ in file.chunks():
            pass


async def _keep(visit: Visit, task: str, file: FormPart) -> str | None:
    """Keep a file with a task that was just made; of `FILE_TROUBLE` why that was not done."""
    try:
        await visit.workspace.attach(task, file.file_name or "", file.chunks())
    except TooLarge:
        return "large"
    except (Invalid, Conflict):
        return "refused"
    return None


def task_in(fields: Mapping[str, str]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """A task as a form sends it, and what is wrong with it."""
    wrong: list[tuple[str, str]] = []
    title = " ".join(fields.get("title", "").split())
    if not title or len(title) > 300:
        wrong.append(("title", TITLE))
    due = date_in(fields.get("due_on", ""))
    if due is None and fields.get("due_on", "").strip():
        wrong.append(("due_on", DATE))
    labels = list(dict.fromkeys(label.strip() for label in fields.get("labels", "").split(",") if label.strip()))
    if len(labels) > 20 or any(len(label) > 60 for label in labels):
        wrong.append(("labels", LABELS))
    priority = fields.get("priority", "normal")
    rule, trouble = rule_in(fields, due)
    if trouble is not None and trouble[0] not in dict(wrong):
        wrong.append(trouble)
    body: dict[str, Any] = {
        "title": title, "description": fields.get("description", "").strip() or None, "due_on": due, "labels": labels,
        "priority": priority if priority in PRIORITIES else "normal", "assignees": ticked(fields, "assignee"),
        "rrule": rule,
    }  # fmt: skip
    return body, wrong


def errors_of(problem: Invalid, *, own: bool = False) -> list[dict[str, str]]:
    """What the workspace found wrong, at the controls of the form; of a rule of one's `own`, at the rule."""
    names = [CONTROLS.get(name, name) for name in sorted(wrong_fields(problem))]
    if own and "repeats" in names:
        names[names.index("repeats")] = "rule"
    return error_list((name, SAID[name]) for name in names if name in SAID)


def largest_file(visit: Visit) -> int:
    size: int = visit.request.app.state.settings.largest_document
    return size
