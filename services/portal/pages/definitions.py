"""`/admin/indicators`: the secretariat writes the next version of an indicator's definition; published ones stay."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from services.indicators.client import DraftOut
from services.portal.pages.data_words import POLARITIES
from services.portal.pages.reading import error_list, wrong_fields
from services.portal.translations import LANGUAGE_NAMES, N_
from services.portal.visits import MemberVisit, Visit, page_router
from shared.problems import Conflict, Invalid, NotFound, StaleVersion

router = page_router()
BASE = "/admin/indicators"
NUMBERS = ("factor", "min_share")
TEXTS = ("unit", "polarity", "numerator", "denominator", "aggregation", "source", "basis")
AGGREGATIONS = {
    "ratio": N_("Suma de numeradores sobre suma de denominadores"), "weighted_mean": N_("Promedio por unidades"),
    "sum": N_("Suma"), "last": N_("El último"),
}  # fmt: skip
BASES = {"confirmed": N_("Confirmado en su fuente"), "adapted": N_("Adaptado"), "proposed": N_("Propuesto por la Red")}
FIELD_WORDS = {
    "names": N_("nombre"), "definitions": N_("definición"), "unit": N_("unidad"), "polarity": N_("sentido"),
    "target_band": N_("banda"), "valid_range": N_("rango posible"), "numerator": N_("numerador"),
    "denominator": N_("denominador"), "factor": N_("factor"), "aggregation": N_("agregación"),
    "min_share": N_("parte mínima"), "source": N_("fuente"), "basis": N_("base"), "interface": N_("interfaz"),
    "statistic": N_("estadístico"), "frequency": N_("frecuencia"),
}  # fmt: skip
STALE = N_("Otra persona cambió el borrador mientras tanto. Estos son los datos de ahora: repita su cambio.")
NOT_NOW = N_("No se publicó: el borrador dice lo mismo que la versión actual, o alguien publicó otra antes.")


@router.get(BASE)
async def show_indicators(visit: MemberVisit) -> Response:
    """The catalogue with its versions, and what is being written."""
    visit.must_be_secretariat()
    catalogue, drafts = await asyncio.gather(visit.indicators.catalogue(), visit.indicators.drafts())
    return visit.page(
        "definitions.html", section="desk", catalogue=catalogue, drafts={one.code: one for one in drafts},
        polarities=POLARITIES,
    )  # fmt: skip


@router.get(f"{BASE}/{{code}}")
async def show_definition(visit: MemberVisit, code: str) -> Response:
    """One definition: its draft, and every version."""
    visit.must_be_secretariat()
    return await definition_page(visit, code)


async def draft_or_none(visit: Visit, code: str) -> tuple[DraftOut | None, str]:
    try:
        return await visit.indicators.draft(quote(code, safe=""))
    except NotFound:
        return None, ""


async def definition_page(
    visit: Visit, code: str, *, fields: Mapping[str, str] | None = None, errors: list[dict[str, str]] | None = None,
    refused: str | None = None, status: int = 200,
) -> Response:  # fmt: skip
    (draft, etag), versions = await asyncio.gather(
        draft_or_none(visit, code), visit.indicators.versions(quote(code, safe=""))
    )
    shown = dict(fields) if fields is not None else fields_of(draft) if draft is not None else {}
    missing = [one.pointer.strip("/").replace("/", ".") for one in draft.obstacles] if draft is not None else []
    return visit.page(
        "definition.html", status=status, section="desk", code=code, draft=draft, etag=etag, versions=versions,
        fields=shown, errors=errors or [], refused=refused, missing=missing, languages=LANGUAGE_NAMES,
        polarities=POLARITIES, aggregations=AGGREGATIONS, bases=BASES, words=FIELD_WORDS,
    )  # fmt: skip


def fields_of(draft: DraftOut) -> dict[str, str]:
    """A draft as the fields of its form."""
    content = draft.content
    found = {name: shown(content[name]) for name in (*TEXTS, *NUMBERS)}
    for name in ("names", "definitions"):
        found |= {f"{name}.{language}": content[name].get(language) or "" for language in LANGUAGE_NAMES}
    for name in ("valid_range", "target_band"):
        low, high = content[name] or (None, None)
        found |= {f"{name}.low": shown(low), f"{name}.high": shown(high)}
    return found


def shown(value: Any) -> str:
    if value is None:
        return ""
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def changes_of(fields: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """What the form says, and the fields that are no numbers."""
    wrong: list[str] = []

    def number(name: str) -> float | None:
        text = fields.get(name, "").strip().replace(",", ".")
        try:
            return float(text) if text else None
        except ValueError:
            wrong.append(name)
            return None

    changes: dict[str, Any] = {name: fields.get(name, "").strip() or None for name in TEXTS}
    changes |= {name: number(name) for name in NUMBERS}
    for name in ("names", "definitions"):
        changes[name] = {language: fields.get(f"{name}.{language}", "").strip() or None for language in LANGUAGE_NAMES}
    for name in ("valid_range", "target_band"):
        ends = [number(f"{name}.low"), number(f"{name}.high")]
        changes[name] = ends if None not in ends else None
    return changes, wrong


@router.post(f"{BASE}/{{code}}")
async def save_draft(visit: MemberVisit, code: str) -> Response:
    """Save the draft; nothing that was published changes."""
    visit.must_be_secretariat()
    fields = await visit.form()
    changes, wrong = changes_of(fields)
    if not wrong:
        try:
            await visit.indicators.change_draft(quote(code, safe=""), changes, fields.get("etag", ""))
            return visit.go(f"{BASE}/{quote(code)}?saved=1#borrador")
        except StaleVersion:
            return await definition_page(visit, code, refused=STALE, status=412)
        except Invalid as problem:
            wrong = sorted(wrong_fields(problem))
    errors = error_list((control_of(name), name) for name in wrong)
    return await definition_page(visit, code, fields=fields, errors=errors, status=422)


def control_of(name: str) -> str:
    """The control that a field of the API is written in."""
    return {"names": "names.es", "definitions": "definitions.es"}.get(name) or (
        f"{name}.low" if name in ("valid_range", "target_band") else name
    )


@router.post(f"{BASE}/{{code}}/begin")
async def begin_draft(visit: MemberVisit, code: str) -> Response:
    """Begin the next version as a copy of the current one."""
    visit.must_be_secretariat()
    await visit.form()
    with suppress(Conflict, Invalid):  # there is one already, or no such indicator: the page says which
        await visit.indicators.begin_draft(code)
    return visit.go(f"{BASE}/{quote(code)}#borrador")


@router.post(f"{BASE}/{{code}}/drop")
async def drop_draft(visit: MemberVisit, code: str) -> Response:
    """Give the draft up."""
    visit.must_be_secretariat()
    fields = await visit.form()
    try:
        await visit.indicators.drop_draft(quote(code, safe=""), fields.get("etag", ""))
    except StaleVersion:
        return await definition_page(visit, code, refused=STALE, status=412)
    return visit.go(f"{BASE}/{quote(code)}")


@router.post(f"{BASE}/{{code}}/publish")
async def publish_draft(visit: MemberVisit, code: str) -> Response:
    """Make the draft the current version."""
    visit.must_be_secretariat()
    fields = await visit.form()
    because = fields.get("because", "").strip()
    if not because:
        return await definition_page(visit, code, errors=error_list([("because", "because")]), status=422)
    try:
        await visit.indicators.publish_draft(quote(code, safe=""), because[:2000])
    except Conflict:
        return await definition_page(visit, code, refused=NOT_NOW, status=409)
    except Invalid:
        return await definition_page(visit, code, status=422)
    return visit.go(f"{BASE}/{quote(code)}?published=1#versiones")
