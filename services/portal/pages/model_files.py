"""`/admin/models/file`: a version out of a workbook or YAML, looked at before it becomes a draft."""

import json
from typing import Any

from starlette.responses import Response

from services.portal.pages.file_forms import packed, sent_file, unpacked
from services.portal.pages.model_body import body_of
from services.portal.pages.model_versions import (
    VERSION_TAKEN,
    address_of,
    list_page,
    trouble_in,
    version_or_nothing,
    word_changes,
)
from services.portal.translations import LANGUAGE_NAMES, N_
from services.portal.visits import MemberVisit, page_router
from shared.problems import Conflict, Invalid, StaleVersion, TooLarge, UnsupportedMediaType

router = page_router()
LARGEST = 4 * 2**20
LARGEST_BODY = 8 * 2**20
NO_FILE = N_("Elija un archivo: un libro XLSForm (.xlsx) o YAML (.yaml).")
NOT_THAT_KIND = N_("Ese archivo no es un libro .xlsx ni un .yaml.")
TOO_BIG = N_("El archivo es demasiado grande: hasta 4 MB un libro, hasta 1 MB un YAML.")
IS_PUBLISHED = N_(
    "El archivo dice una versión que ya está publicada y no cambia. Cambie el nombre de la versión en el archivo."
)
STALE = N_("Otra persona cambió el borrador mientras tanto. Suba el archivo otra vez para ver qué cambiaría.")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.post("/admin/models/file")
async def look_at_file(visit: MemberVisit) -> Response:
    """What a file would make; nothing is stored."""
    visit.must_be_secretariat()
    try:
        sent = await sent_file(visit, LARGEST, set())
    except TooLarge:
        return await list_page(visit, file_errors=[TOO_BIG], status=413)
    if not sent.content:
        return await list_page(visit, file_errors=[NO_FILE], status=422)
    name = sent.name.lower()
    kind = XLSX if name.endswith(".xlsx") else "application/yaml" if name.endswith((".yaml", ".yml")) else ""
    if not kind:
        return await list_page(visit, file_errors=[NOT_THAT_KIND], status=415)
    try:
        seen = await visit.survey.look_at_model_file(sent.content, kind)
    except Invalid as problem:
        told = [error.message for error in problem.errors] or [problem.detail]
        return await list_page(visit, file_said=told, status=422)
    except Conflict:
        return await list_page(visit, file_errors=[IS_PUBLISHED], status=409)
    except TooLarge:
        return await list_page(visit, file_errors=[TOO_BIG], status=413)
    except UnsupportedMediaType:
        return await list_page(visit, file_errors=[NOT_THAT_KIND], status=415)
    body = body_of(seen.model)
    etag = (await visit.survey.model_tagged(seen.model.version))[1] if seen.exists else ""
    return visit.page(
        "model_file.html", section="desk", seen=seen, told=seen.differences, file_name=sent.name, etag=etag,
        content=packed(json.dumps(body).encode()), words_of=word_changes, languages=LANGUAGE_NAMES,
        troubles=[trouble_in(body, error, "") for error in seen.errors], part_href=lambda code: None,
        demo=visit.caller.demo,
    )  # fmt: skip


def body_in(text: str) -> dict[str, Any]:
    """What the page before put into its form. Raises Invalid for anything else."""
    try:
        body = json.loads(unpacked(text, LARGEST_BODY))
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Invalid.at("/content", "must be what the page before sent")
    return body


@router.post("/admin/models/file/store")
async def store_file(visit: MemberVisit) -> Response:
    """Keep as a draft what was looked at."""
    visit.must_be_secretariat()
    fields = await visit.form()
    body = body_in(fields.get("content", ""))
    version = version_or_nothing(str(body.get("version", "")))
    try:
        if fields.get("etag"):
            await visit.survey.replace_model(version, body, fields["etag"])
        else:
            await visit.survey.add_model(body)
    except StaleVersion:
        return await list_page(visit, refused=STALE, status=412)
    except Conflict:
        return await list_page(visit, refused=VERSION_TAKEN, status=409)
    return visit.go(address_of(version))
