"""`/admin/history`: results of earlier applications of the survey, looked at before they come in."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from services.portal.pages.file_forms import packed, sent_file, unpacked
from services.portal.pages.reading import error_list, wrong_fields
from services.portal.translations import N_
from services.portal.visits import MemberVisit, Visit, page_router
from services.survey.schemas.history import HistoryPreviewOut
from shared.problems import Conflict, Invalid, NotFound, StaleVersion, TooLarge

router = page_router()
LARGEST = 4 * 2**20
FIELDS = {"model_version", "source", "note", "public"}
NO_FILE = N_("Elija un archivo CSV.")
TOO_BIG = N_("El archivo es demasiado grande: hasta 4 MB.")
SOURCE = N_("Escriba de dónde vienen las cifras.")
NOTE = N_("La nota es demasiado larga.")
MODEL = N_("Elija la versión del modelo cuyos códigos usa el archivo.")
CHANGED = N_("Mientras tanto cambió algo y el archivo ya no puede entrar. Súbalo otra vez para ver qué falta.")
STALE = N_("Otra persona lo cambió mientras tanto. Esto es lo que vale ahora.")
FAULTS: Mapping[str, str] = {
    "character": N_("Tiene un signo que no se puede guardar."),
    "unreadable": N_("No se puede leer como CSV."),
    "no_rows": N_("No tiene filas."),
    "encoding": N_("No es texto UTF-8 ni de Windows: guárdelo como «CSV UTF-8»."),
    "unknown_column": N_("Esta columna no se conoce. Las que valen: community, year, code, score, level."),
    "doubled_column": N_("Esta columna está dos veces."),
    "missing_column": N_("Falta esta columna."),
    "too_many_cells": N_("Tiene más celdas que el encabezado. Con coma decimal, separe las columnas con punto y coma."),
    "community": N_("No es una comunidad de la Red. Ponga su código, como mx-manzanillo."),
    "year": N_("Ponga un año de cuatro cifras, de 2000 hasta ahora."),
    "unknown_code": N_("Esa versión del modelo no tiene un punto ni una medida con este código."),
    "doubled": N_("Esta comunidad, este año y este código ya están en otra fila."),
    "point_column": N_("Es un punto: su resultado va en score, y level queda vacío."),
    "measure_column": N_("Es una medida: su grado va en level, y score queda vacío."),
    "empty": N_("Está vacío. Si no se sabe, quite la fila."),
    "number": N_("No es un número como 62.5 o 62,5. Si no se sabe, quite la fila."),
    "range": N_("Está fuera de lo posible: un resultado va de 0 a 100; un grado, de 0 al más alto de la escala."),
    "has_result": N_("Ese año ya tiene el resultado de su encuesta, y ningún archivo lo reemplaza."),
    "has_import": N_("Ese año ya vino en otro archivo. Saque primero los resultados de aquel."),
    "differs": N_("Sus medidas dan otro resultado. Queda el que dice el archivo."),
}
"""What is wrong or odd in a file, by the code that the survey gives."""
SAID: Mapping[str, str] = {"model_version": MODEL, "source": SOURCE, "note": NOTE, "file": NO_FILE}


@router.get("/admin/history")
async def show_imports(visit: MemberVisit) -> Response:
    """The files that were brought in, and the form for another."""
    visit.must_be_secretariat()
    return await history_page(visit)


async def history_page(
    visit: Visit, *, fields: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None,
    preview: HistoryPreviewOut | None = None, content: str = "", refused: str | None = None, status: int = 200,
) -> Response:  # fmt: skip
    imports = await visit.survey.history_imports()
    models = [one for one in await visit.survey.models() if one.state == "published"]
    newest = max(models, key=lambda one: str(one.published_at or ""), default=None)
    shown = fields or {"model_version": newest.version if newest else ""}
    return visit.page(
        "history_import.html", status=status, section="desk", imports=imports, models=models, fields=shown,
        wrong=dict(errors or {}), error_list=error_list((errors or {}).items()), preview=preview, content=content,
        refused=refused, faults=FAULTS,
        template_version=shown.get("model_version") or (newest.version if newest else None),
        demo=visit.caller.demo or any(one.demo for one in imports),
    )  # fmt: skip


def about(fields: Mapping[str, str], file_name: str) -> dict[str, Any]:
    """What is said of a file, as the survey takes it."""
    told: dict[str, Any] = {
        "model_version": fields.get("model_version", ""), "source": fields.get("source", "").strip(),
        "public": bool(fields.get("public")), "file_name": file_name,
    }  # fmt: skip
    note = fields.get("note", "").strip()
    return told | ({"note": note} if note else {})


@router.post("/admin/history")
async def look_at_file(visit: MemberVisit) -> Response:
    """What a file would bring, with everything that is wrong in it; nothing is stored."""
    visit.must_be_secretariat()
    try:
        sent = await sent_file(visit, LARGEST, FIELDS)
    except TooLarge:
        return await history_page(visit, errors={"file": TOO_BIG}, status=413)
    wrong = {"source": SOURCE} if not sent.fields.get("source", "").strip() else {}
    if not sent.content:
        wrong["file"] = NO_FILE
    if wrong:
        return await history_page(visit, fields=sent.fields, errors=wrong, status=422)
    try:
        preview = await visit.survey.look_at_history(sent.content, about(sent.fields, sent.name))
    except Invalid as problem:
        return await history_page(visit, fields=sent.fields, errors=said_of(problem), status=422)
    return await history_page(
        visit, fields=sent.fields | {"file_name": sent.name}, preview=preview,
        content="" if preview.error_count else packed(sent.content),
        status=422 if preview.error_count or not preview.results else 200,
    )  # fmt: skip


def said_of(problem: Invalid) -> dict[str, str]:
    """What to do about the fields that the survey refused."""
    found = {name: SAID[name] for name in sorted(wrong_fields(problem)) if name in SAID}
    return found or {"file": NO_FILE}


@router.post("/admin/history/store")
async def bring_in_file(visit: MemberVisit) -> Response:
    """Bring in what was looked at."""
    visit.must_be_secretariat()
    fields = await visit.form()
    content = unpacked(fields.get("content", ""), LARGEST)
    try:
        await visit.survey.bring_in_history(content, about(fields, fields.get("file_name", "")[:200]))
    except (Conflict, Invalid):
        return await history_page(visit, fields=fields, refused=CHANGED, status=422)
    return visit.go("/admin/history")


@router.post("/admin/history/{import_id}/{step}")
async def change_import(visit: MemberVisit, import_id: str, step: str) -> Response:
    """Show an import to everybody, or not, or take it out again."""
    visit.must_be_secretariat()
    await visit.form()
    if step not in STEPS or len(import_id) > 40 or not import_id.replace("-", "").isalnum():
        raise NotFound("This step")
    _, etag = await visit.survey.history_import(import_id)
    try:
        if step == "delete":
            await visit.survey.remove_history(import_id, etag)
        else:
            await visit.survey.open_history(import_id, step == "show", etag)
    except StaleVersion:
        return await history_page(visit, refused=STALE, status=412)
    return visit.go("/admin/history")


STEPS: Sequence[str] = ("show", "hide", "delete")
