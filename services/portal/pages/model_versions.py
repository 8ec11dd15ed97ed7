"""`/admin/models`: the versions of the Reference Model; a draft with what it still lacks, its publication, and what
changed between two versions."""

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from services.portal.pages.model_body import GENERAL, body_of, part_at, part_with
from services.portal.pages.parts import attempt
from services.portal.pages.reading import error_list
from services.portal.translations import LANGUAGE_NAMES, N_
from services.portal.visits import MemberVisit, Visit, page_router
from services.survey.schemas.models import ModelOut
from services.survey.schemas.versions import CheckError, CheckOut
from shared.problems import Conflict, Invalid, NotFound, StaleVersion

router = page_router()
VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,59}")
VERSION_NAME = N_("Escriba un nombre corto sin espacios, como 1.1.0.")
VERSION_TAKEN = N_("Ya hay una versión con ese nombre. Elija otro.")
BASE = N_("Elija de qué versión parte.")
STALE = N_("Otra persona cambió el borrador mientras tanto. Esto es lo que vale ahora.")
NOT_NOW = N_("No se hizo: la versión ya está publicada.")
INCOMPLETE = N_("Todavía no se puede publicar: abajo está lo que falta.")

TROUBLES: Mapping[str, str] = {
    "pillars": N_("Un modelo de referencia tiene cuatro pilares."),
    "points": N_("Un modelo de referencia tiene doce puntos en total."),
    "too_short": N_("Está vacío: falta algo adentro."),
    "doubled": N_("El código está dos veces."),
    "order": N_("Los grados van de 0 en adelante, sin saltos."),
    "not_in_scale": N_("Habla de un grado que la escala no tiene."),
    "bands": N_("Los niveles cubren de 0 a 100 sin huecos ni superposiciones."),
    "language": N_("Falta el texto en todos los idiomas."),
    "taken": N_("El código ya se usó para otra cosa en una versión publicada: ponga uno nuevo."),
    "shares": N_("En la tabla de correspondencia, las partes de una medida no suman 100 %%."),
}
"""What keeps a draft from being published, by the code of the error."""
LOOK = N_("Tiene un dato por revisar.")
CROSSWALK_TROUBLE = N_("La tabla de correspondencia nombra una medida que ya no está.")


def version_or_nothing(version: str) -> str:
    """The version of an address when it can be one. Raises NotFound."""
    if not VERSION.fullmatch(version):
        raise NotFound("This version")
    return version


def address_of(version: str, *more: str) -> str:
    """The page of a version, or one below it."""
    return "/".join(["/admin/models", quote(version, safe=""), *more])


def newest_first(models: Sequence[ModelOut]) -> list[ModelOut]:
    """Drafts, then the published ones, the latest first."""
    return sorted(
        models, key=lambda one: (one.state == "draft", str(one.published_at or ""), one.version), reverse=True
    )


@router.get("/admin/models")
async def show_versions(visit: MemberVisit) -> Response:
    """Every version, and the forms of a new one."""
    visit.must_be_secretariat()
    return await list_page(visit)


async def list_page(
    visit: Visit, *, fields: Mapping[str, str] | None = None, errors: Sequence[Mapping[str, str]] = (),
    refused: str | None = None, file_errors: Sequence[str] = (), file_said: Sequence[str] = (), status: int = 200,
) -> Response:  # fmt: skip
    models = newest_first(await visit.survey.models())
    published = [one for one in models if one.state == "published"]
    shown = fields or {"base": published[0].version if published else "", "version": ""}
    return visit.page(
        "models.html", status=status, section="desk", models=models, fields=shown, errors=list(errors),
        refused=refused, file_errors=list(file_errors), file_said=list(file_said),
        address=address_of,
        demo=visit.caller.demo or any(one.demo for one in models),
    )  # fmt: skip


@router.post("/admin/models")
async def add_version(visit: MemberVisit) -> Response:
    """Begin a draft from a version that is there."""
    visit.must_be_secretariat()
    fields = await visit.form()
    version, base = fields.get("version", "").strip(), fields.get("base", "")
    if not VERSION.fullmatch(version):
        return await list_page(visit, fields=fields, errors=error_list([("version", VERSION_NAME)]), status=422)
    found = await attempt(visit.survey.model(base)) if VERSION.fullmatch(base) else None
    if found is None or found.value is None:
        return await list_page(visit, fields=fields, errors=error_list([("base", BASE)]), status=422)
    try:
        made, _ = await visit.survey.add_model(body_of(found.value) | {"version": version, "based_on": base})
    except Conflict:
        return await list_page(visit, fields=fields, errors=error_list([("version", VERSION_TAKEN)]), status=409)
    except Invalid:
        return await list_page(visit, fields=fields, errors=error_list([("version", VERSION_NAME)]), status=422)
    return visit.go(address_of(made.version))


@router.get("/admin/models/{version}")
async def show_version(visit: MemberVisit, version: str) -> Response:
    """A version with its parts; of a draft, what it still lacks."""
    visit.must_be_secretariat()
    return await version_page(visit, version_or_nothing(version))


async def version_page(visit: Visit, version: str, *, refused: str | None = None, status: int = 200) -> Response:
    model, etag = await visit.survey.model_tagged(version)
    check = await visit.survey.check_model(version)
    models = newest_first(await visit.survey.models())
    crosswalks = (await attempt(visit.survey.crosswalks(version))).value or []
    others = [one for one in models if one.version != version]
    base = model.based_on or next((one.version for one in others if one.state == "published"), None)
    body = body_of(model)
    return visit.page(
        "model_version.html", status=status, section="desk", model=model, etag=etag, check=check, refused=refused,
        troubles=[trouble_in(body, error, address_of(version, "edit")) for error in check.errors],
        missing=missing_by_part(check, body), others=others, base=base, crosswalks=crosswalks,
        is_draft=model.state == "draft", address=address_of, here=address_of(version),
        demo=visit.caller.demo or model.demo,
    )  # fmt: skip


def trouble_in(body: Mapping[str, Any], error: CheckError, edit: str) -> dict[str, str]:
    """A trouble in words, with the page that mends it."""
    if error.pointer.startswith("/crosswalks/"):
        before = error.pointer.split("/")[2].replace("~1", "/").replace("~0", "~")
        page = f"{edit.removesuffix('/edit')}/crosswalk?from={quote(before, safe='')}"
        return {"part": before, "message": TROUBLES.get(error.code, CROSSWALK_TROUBLE), "href": page}
    part = part_at(dict(body), error.pointer)
    return {"part": part, "message": TROUBLES.get(error.code, LOOK), "href": f"{edit}?part={part}"}


def missing_by_part(check: CheckOut, body: Mapping[str, Any]) -> dict[str, list[str]]:
    """Which languages a part lacks in any of its texts; a point's measures count for the point."""
    found: dict[str, set[str]] = {}
    for text in check.missing:
        pointer = text.pointer.partition("/measures/")[0]
        found.setdefault(part_at(dict(body), pointer), set()).update(text.languages)
    return {part: [LANGUAGE_NAMES[code] for code in LANGUAGE_NAMES if code in codes] for part, codes in found.items()}


@router.post("/admin/models/{version}/publish")
async def publish_version(visit: MemberVisit, version: str) -> Response:
    """Fix a version for ever."""
    visit.must_be_secretariat()
    fields = await visit.form()
    version = version_or_nothing(version)
    try:
        await visit.survey.publish_model(version, fields.get("etag", "") or '"0"')
    except StaleVersion:
        return await version_page(visit, version, refused=STALE, status=412)
    except Conflict:
        return await version_page(visit, version, refused=NOT_NOW, status=409)
    except Invalid:
        return await version_page(visit, version, refused=INCOMPLETE, status=422)
    return visit.go(address_of(version))


@router.post("/admin/models/{version}/delete")
async def delete_draft(visit: MemberVisit, version: str) -> Response:
    """Throw a draft away."""
    visit.must_be_secretariat()
    fields = await visit.form()
    version = version_or_nothing(version)
    try:
        await visit.survey.remove_draft(version, fields.get("etag", "") or '"0"')
    except StaleVersion:
        return await version_page(visit, version, refused=STALE, status=412)
    except Conflict:
        return await version_page(visit, version, refused=NOT_NOW, status=409)
    return visit.go("/admin/models")


@router.get("/admin/models/{version}/differences")
async def show_differences(visit: MemberVisit, version: str) -> Response:
    """What a version has otherwise than another."""
    visit.must_be_secretariat()
    version = version_or_nothing(version)
    model = await visit.survey.model(version)
    others = [one for one in newest_first(await visit.survey.models()) if one.version != version]
    asked = visit.request.query_params.get("from", "")
    first = model.based_on or next((one.version for one in others if one.state == "published"), None)
    before = asked if asked in {one.version for one in others} else first
    told = await visit.survey.differences(before, version) if before else None
    body = body_of(model)
    return visit.page(
        "model_differences.html", section="desk", model=model, before=before, others=others, told=told,
        words_of=word_changes, address=address_of, here=address_of(version), languages=LANGUAGE_NAMES,
        part_href=lambda code: f"{address_of(version, 'edit')}?part={code}" if part_with(body, code) else None,
        is_draft=model.state == "draft", general=GENERAL, demo=visit.caller.demo or model.demo,
    )  # fmt: skip


def word_changes(before: str | None, after: str | None) -> list[tuple[str, str]]:
    """A text with what went and what came, word by word.

    >>> word_changes("Acta de constitución", "Acta vigente de constitución")
    [('same', 'Acta '), ('added', 'vigente '), ('same', 'de constitución')]
    """
    old_words, new_words = (re.findall(r"\S+\s*", text or "") for text in (before, after))
    found: list[tuple[str, str]] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old_words, new_words, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(("same", "".join(new_words[c:d])))
            continue
        if b > a:
            found.append(("removed", "".join(old_words[a:b])))
        if d > c:
            found.append(("added", "".join(new_words[c:d])))
    return found
