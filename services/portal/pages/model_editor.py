"""`/admin/models/{version}/edit`: a draft part by part, its texts in four languages beside each other.

A page edits one side of the draft: the version itself, its scale, a pillar, a point with its measures' names, or one
measure. Two people on different pages are in nobody's way; on the same page the second one is shown both.
"""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import Response

from services.portal.pages.model_body import (
    GENERAL,
    INSIDE,
    Body,
    Part,
    body_of,
    digest,
    free_code,
    new_part,
    own_side,
    part_with,
    parts_of,
    shift,
)
from services.portal.pages.model_fields import (
    WrongFields,
    field_of,
    fields_of_side,
    read_side,
    wrong_message,
)
from services.portal.pages.model_versions import address_of, version_or_nothing
from services.portal.pages.reading import error_list
from services.portal.translations import LANGUAGE_NAMES, N_
from services.portal.visits import MemberVisit, Visit, page_router
from services.survey.schemas.models import ModelOut
from shared.problems import Conflict, Invalid, NotFound, StaleVersion

router = page_router()
OVERTAKEN = N_(
    "Otra persona cambió esta misma parte. Junto a cada campo está lo que ella guardó; lo suyo sigue escrito."
)
CODE = N_("Escriba un código de letras y números, como M1.1.d.")
CODE_TAKEN = N_("Ese código ya está en esta versión.")
NAME = N_("Escriba un nombre.")
SAVED = "saved"
TRIES = 5
CONFIDENCE: Mapping[str, str] = {
    "": N_("Sin indicar"), "confirmed": N_("Confirmado"), "topic_confirmed": N_("Tema confirmado"),
    "inferred": N_("Propuesto"),
}  # fmt: skip


@router.get("/admin/models/{version}/edit")
async def show_part(visit: MemberVisit, version: str) -> Response:
    """One part of a draft, to be filled in."""
    visit.must_be_secretariat()
    name = visit.request.query_params.get("part", GENERAL)
    return await part_page(visit, version_or_nothing(version), name)


async def part_page(
    visit: Visit, version: str, name: str, *, fields: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None, theirs: bool = False, adding: Mapping[str, str] | None = None,
    refused: str | None = None, status: int = 200,
) -> Response:  # fmt: skip
    model, _ = await visit.survey.model_tagged(version)
    if model.state != "draft":
        return visit.go(address_of(version))
    body = body_of(model)
    side = own_side(body, name)
    if side is None:
        raise NotFound("This part")
    stored = fields_of_side(name, body)
    part = part_with(body, name)
    return visit.page(
        "model_part.html", status=status, section="desk", model=model, part_name=name, part=part, was=digest(side),
        fields=fields if fields is not None else stored, stored=stored if theirs else {}, wrong=dict(errors or {}),
        error_list=error_list((errors or {}).items()), overtaken=OVERTAKEN if theirs else None, refused=refused,
        languages=LANGUAGE_NAMES, confidence=CONFIDENCE, inside=INSIDE, adding=dict(adding or {}),
        suggested=suggested_code(body, part, name), top=len(body["scale"]["levels"]),
        lacking=lacking_guidance(part), levels=body["scale"]["levels"], bands=body["bands"],
        points=places_to_move(body, part),
        before_and_after=neighbours(body, name), here=address_of(version), edit=address_of(version, "edit"),
        saved=visit.request.query_params.get(SAVED) == "1", demo=visit.caller.demo or model.demo,
    )  # fmt: skip


def lacking_guidance(part: Part | None) -> dict[str, list[str]]:
    """By measure of a point, the languages that its guidance or its levels say something in other ones only."""
    found = {}
    for measure in part.value.get("measures", ()) if part is not None else ():
        said = [measure["guidance"], *(level[f] for level in measure["levels"] for f in ("guidance", "examples"))]
        lacks = [name for code, name in LANGUAGE_NAMES.items() if any(text and code not in text for text in said)]
        if lacks:
            found[measure["code"]] = lacks
    return found


def suggested_code(body: Body, part: Part | None, name: str) -> str:
    """A code for what may be added on this page."""
    if name == GENERAL:
        return free_code(body, "pillar", None)
    if part is None or part.kind == "measure":
        return ""
    return free_code(body, "point" if part.kind == "pillar" else "measure", part.value)


def places_to_move(body: Body, part: Part | None) -> list[Body]:
    """Where else a point or a measure may stand."""
    if part is None or part.kind == "pillar":
        return []
    kind = "point" if part.kind == "measure" else "pillar"
    return [one.value for one in parts_of(body) if one.kind == kind and one.value is not part.parents[-1]]


def neighbours(body: Body, name: str) -> tuple[str | None, str | None]:
    """The parts of the same kind before and after this one, over the whole version."""
    part = part_with(body, name)
    codes = [one.code for one in parts_of(body) if part is not None and one.kind == part.kind]
    if name not in codes:
        return None, None
    place = codes.index(name)
    return codes[place - 1] if place else None, codes[place + 1] if place + 1 < len(codes) else None


@router.post("/admin/models/{version}/edit")
async def save_part(visit: MemberVisit, version: str) -> Response:
    """Keep what was typed on the page of a part."""
    visit.must_be_secretariat()
    fields = await visit.form()
    version, name = version_or_nothing(version), fields.get("part", GENERAL)

    def change(body: Body) -> None:
        side = own_side(body, name)
        if side is None:
            raise NotFound("This part")
        if digest(side) != fields.get("was"):
            raise StaleVersion
        read_side(name, body, fields)

    try:
        await change_draft(visit, version, change)
    except WrongFields as problem:
        return await part_page(visit, version, name, fields=fields, errors=problem.messages, status=422)
    except StaleVersion:
        return await part_page(visit, version, name, fields=fields, theirs=True, status=412)
    except Conflict:
        return visit.go(address_of(version))
    except Invalid as problem:
        body = body_of((await visit.survey.model_tagged(version))[0])
        errors = {field_of(name, body, one.pointer): wrong_message(one) for one in problem.errors}
        return await part_page(visit, version, name, fields=fields, errors=errors, status=422)
    if fields.get("go") == "next":
        body = body_of((await visit.survey.model_tagged(version))[0])
        following = neighbours(body, name)[1]
        if following is not None:
            return visit.go(f"{address_of(version, 'edit')}?part={following}")
        return visit.go(address_of(version))
    return visit.go(f"{address_of(version, 'edit')}?part={name}&{SAVED}=1")


async def change_draft(visit: Visit, version: str, change: Callable[[Body], None]) -> ModelOut:
    """Read the draft, change it, store it; again when somebody stored another part meanwhile.

    Raises what `change` raises, Conflict once the version is published, Invalid.
    """
    for attempt in range(TRIES):
        model, etag = await visit.survey.model_tagged(version)
        if model.state != "draft":
            raise Conflict("This version is published.")
        body = body_of(model)
        change(body)
        try:
            return (await visit.survey.replace_model(version, body, etag))[0]
        except StaleVersion:
            if attempt == TRIES - 1:
                raise
    raise StaleVersion


@router.post("/admin/models/{version}/parts")
async def change_structure(visit: MemberVisit, version: str) -> Response:
    """Add a part, take one out, put it elsewhere."""
    visit.must_be_secretariat()
    fields = await visit.form()
    version, name = version_or_nothing(version), fields.get("part", GENERAL)
    action, code, text = fields.get("action", ""), fields.get("code", "").strip(), fields.get("name", "").strip()
    then = name

    def change(body: Body) -> None:
        nonlocal then
        part = part_with(body, name)
        if part is None and not (name == GENERAL and action == "add"):
            raise NotFound("This part")
        if action == "add":
            if not text:
                raise WrongFields({"name": NAME})
            if part_with(body, code) is not None:
                raise WrongFields({"code": CODE_TAKEN})
            add_to(body, part, code, text, visit.language)
            then = code
        elif part is None or action not in STEPS:
            raise NotFound("This step")
        elif action == "remove":
            del part.siblings[part.index]
            then = str(part.parents[-1]["code"]) if part.parents else GENERAL
        elif action == "move":
            move_to(body, part, fields.get("to", ""))
        else:
            shift(part, -1 if action == "up" else 1)
            then = fields.get("back", name)

    try:
        await change_draft(visit, version, change)
    except WrongFields as problem:
        return await part_page(visit, version, name, errors=problem.messages, adding=fields, status=422)
    except Conflict:
        return visit.go(address_of(version))
    except Invalid:
        return await part_page(visit, version, name, errors={"code": CODE}, adding=fields, status=422)
    return visit.go(f"{address_of(version, 'edit')}?part={then}")


STEPS = ("remove", "move", "up", "down")


def add_to(body: Body, parent: Part | None, code: str, name: str, language: str) -> None:
    """A new pillar, or a new point of a pillar, or a new measure of a point. Raises NotFound inside a measure."""
    if parent is None:
        body["pillars"].append(new_part("pillar", code, name, language))
    elif parent.kind == "measure":
        raise NotFound("This step")
    else:
        kind = "point" if parent.kind == "pillar" else "measure"
        parent.value[INSIDE[parent.kind]].append(
            new_part("point" if kind == "point" else "measure", code, name, language)
        )


def move_to(body: Body, part: Part, place: str) -> None:
    """Put a point into another pillar, a measure into another point, behind what is there. Raises NotFound."""
    target: Any = part_with(body, place)
    wanted = {"point": "pillar", "measure": "point"}.get(part.kind)
    if target is None or target.kind != wanted:
        raise NotFound("This place")
    del part.siblings[part.index]
    target.value[INSIDE[target.kind]].append(part.value)
