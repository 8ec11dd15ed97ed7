"""`/admin/models/{version}/crosswalk`: which measures of an earlier version answer to which of this one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from services.portal.pages.model_versions import address_of, newest_first, version_or_nothing
from services.portal.pages.reading import error_list
from services.portal.pages.result_profile import names_of
from services.portal.translations import N_
from services.portal.visits import MemberVisit, Visit, page_router
from services.survey.schemas.models import ModelOut
from services.survey.schemas.versions import CrosswalkOut
from shared.problems import Conflict, Invalid, NotFound, StaleVersion

router = page_router()
SPARE = 1
"""Empty rows for a measure to begin with; two for one that nothing answers to yet."""
NEAR = 0.1
"""How far parts in percent may be from 100 in all, for whoever writes thirds as 33.3."""
STALE = N_("Otra persona guardó la tabla mientras tanto. Esto es lo que vale ahora: repita su cambio.")
NOT_NOW = N_("La tabla de correspondencia ya está publicada y no cambia.")
NOT_YET = N_("La tabla se publica junto con la versión a la que lleva.")
UNKNOWN = N_("Ese código no es una medida de la versión anterior.")
TWICE = N_("Esa medida está dos veces.")
SHARE = N_("Escriba la parte como un porcentaje, por ejemplo 25.")
SUM = N_("Las partes tienen que sumar 100 %%. Déjelas vacías para repartir por igual.")


@dataclass(frozen=True)
class Row:
    """A measure of this version and the fields of what answers to it: `(code, share in percent)`."""

    code: str
    name: str
    point: str
    fields: tuple[tuple[str, str], ...]
    is_equal: bool


@router.get("/admin/models/{version}/crosswalk")
async def show_crosswalk(visit: MemberVisit, version: str) -> Response:
    """The crosswalk from one earlier version, to be filled in until it is published."""
    visit.must_be_secretariat()
    return await crosswalk_page(visit, version_or_nothing(version), visit.request.query_params.get("from"))


async def crosswalk_page(
    visit: Visit, version: str, asked: str | None, *, fields: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None, refused: str | None = None, status: int = 200,
) -> Response:  # fmt: skip
    model = await visit.survey.model(version)
    others = [one for one in newest_first(await visit.survey.models()) if one.version != version]
    published = [one.version for one in others if one.state == "published"]
    first = model.based_on or next(iter(published), None)
    before = next((one for one in others if one.version == (asked or first)), None)
    if before is None:
        if asked:
            raise NotFound("This version")
        return visit.page(
            "model_crosswalk.html", section="desk", model=model, before=None, others=others, told=None, rows=[],
            wrong={}, error_list=[], refused=None, names={}, old=[], etag="", here=address_of(version),
            address=address_of, saved=False, can_publish=False, demo=visit.caller.demo or model.demo,
        )  # fmt: skip
    told, etag = await visit.survey.crosswalk(before.version, version)
    rows = rows_of(model, told, fields)
    return visit.page(
        "model_crosswalk.html", status=status, section="desk", model=model, before=before, others=others, told=told,
        rows=rows, wrong=dict(errors or {}), error_list=error_list((errors or {}).items()), refused=refused,
        names=names_of(before), old=measures_of(before), etag=etag, here=address_of(version), address=address_of,
        saved=visit.request.query_params.get("saved") == "1",
        can_publish=told.state == "draft" and told.stored and "published" == model.state == before.state,
        demo=visit.caller.demo or model.demo,
    )  # fmt: skip


def measures_of(model: ModelOut) -> list[tuple[str, str]]:
    """Code and name of each measure."""
    return [(m.code, m.name) for pillar in model.pillars for point in pillar.points for m in point.measures]


def rows_of(model: ModelOut, told: CrosswalkOut, fields: Mapping[str, str] | None) -> list[Row]:
    """A row a measure: what is stored, or what was typed."""
    links: dict[str, list[tuple[str, str]]] = {}
    for link in told.links:
        links.setdefault(link.target, []).append((link.source, percent(link.share)))
    rows = []
    for pillar in model.pillars:
        for point in pillar.points:
            for measure in point.measures:
                stored = links.get(measure.code, [])
                shown = stored if fields is None else [one for one in typed(measure.code, fields) if any(one)]
                is_equal = [source for source, _ in shown] == [measure.code]
                spare = [("", "")] * (SPARE if shown else 2)
                rows.append(
                    Row(measure.code, measure.name, f"{point.code} {point.name}", (*shown, *spare), is_equal)
                )  # fmt: skip
    return rows


def percent(share: float) -> str:
    """`25`, `33.3333`; nothing for the whole, which needs no number."""
    return "" if share == 1 else f"{share * 100:.6g}"


def typed(code: str, fields: Mapping[str, str]) -> list[tuple[str, str]]:
    """What a form says of one measure, row by row."""
    found = []
    number = 0
    while f"source.{code}.{number}" in fields:
        pair = (fields[f"source.{code}.{number}"].strip(), fields.get(f"share.{code}.{number}", "").strip())
        found.append(pair)
        number += 1
    return found


@router.post("/admin/models/{version}/crosswalk")
async def save_crosswalk(visit: MemberVisit, version: str) -> Response:
    """Keep the links of a draft."""
    visit.must_be_secretariat()
    fields = await visit.form()
    version, before = version_or_nothing(version), version_or_nothing(fields.get("from", ""))
    model, old = await visit.survey.model(version), await visit.survey.model(before)
    links, wrong = links_in(fields, [code for code, _ in measures_of(model)], {code for code, _ in measures_of(old)})
    if wrong:
        return await crosswalk_page(visit, version, before, fields=fields, errors=wrong, status=422)
    try:
        await visit.survey.replace_crosswalk(before, version, links, fields.get("etag", "") or '"none"')
    except StaleVersion:
        return await crosswalk_page(visit, version, before, refused=STALE, status=412)
    except Conflict:
        return await crosswalk_page(visit, version, before, refused=NOT_NOW, status=409)
    except Invalid:
        return await crosswalk_page(visit, version, before, fields=fields, refused=SUM, status=422)
    return visit.go(f"{address_of(version, 'crosswalk')}?from={quote(before, safe='')}&saved=1")


def links_in(
    fields: Mapping[str, str], targets: Iterable[str], sources: set[str]
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The links that a form tells, and what is wrong with its fields.

    Parts that are all left empty are equal ones; parts that make nearly 100 are taken as parts of their sum.

    >>> fields = {"source.n.0": "a", "share.n.0": "", "source.n.1": "b", "share.n.1": "", "source.n.2": ""}
    >>> links_in(fields, ["n"], {"a", "b"})[0]
    [{'from': 'a', 'to': 'n', 'share': 0.5}, {'from': 'b', 'to': 'n', 'share': 0.5}]
    >>> links_in({"source.n.0": "c", "share.n.0": "x"}, ["n"], {"a"})[1]
    {'source.n.0': 'Ese código no es una medida de la versión anterior.'}
    """
    links: list[dict[str, Any]] = []
    wrong: dict[str, str] = {}
    for target in targets:
        rows = [(number, *pair) for number, pair in enumerate(typed(target, fields)) if any(pair)]
        seen: set[str] = set()
        for number, source, _ in rows:
            if source not in sources:
                wrong[f"source.{target}.{number}"] = UNKNOWN
            elif source in seen:
                wrong[f"source.{target}.{number}"] = TWICE
            seen.add(source)
        shares = shares_of([share for _, _, share in rows])
        for (number, _, _), share in zip(rows, shares, strict=True):
            if share is None:
                wrong.setdefault(f"share.{target}.{number}", SHARE)
        known = [share for share in shares if share is not None]
        if rows and len(known) == len(rows) and abs(fsum(known) - 1) > NEAR / 100:
            wrong[f"share.{target}.{rows[-1][0]}"] = SUM
            continue
        whole = fsum(known) or 1.0
        links += [
            {"from": source, "to": target, "share": share / whole}
            for (_, source, _), share in zip(rows, shares, strict=True)
            if share is not None
        ]
    return links, {field: message for field, message in wrong.items() if message}


def shares_of(texts: Sequence[str]) -> list[float | None]:
    """Percentages as shares; None for what is none."""
    if not any(texts):
        return [1 / len(texts)] * len(texts) if texts else []
    found: list[float | None] = []
    for text in texts:
        plain = text.removesuffix("%").strip().replace(",", ".", 1)
        whole, _, fraction = plain.partition(".")
        is_number = plain.isascii() and len(plain) < 25 and (whole + fraction).isdigit()
        value = float(plain) / 100 if is_number else 0.0
        found.append(value if 0 < value <= 1 else None)
    return found


@router.post("/admin/models/{version}/crosswalk/publish")
async def publish_crosswalk(visit: MemberVisit, version: str) -> Response:
    """Fix the crosswalk between two versions that are published already."""
    visit.must_be_secretariat()
    fields = await visit.form()
    version, before = version_or_nothing(version), version_or_nothing(fields.get("from", ""))
    try:
        await visit.survey.publish_crosswalk(before, version)
    except Conflict:
        return await crosswalk_page(visit, version, before, refused=NOT_YET, status=409)
    return visit.go(f"{address_of(version, 'crosswalk')}?from={quote(before, safe='')}")
