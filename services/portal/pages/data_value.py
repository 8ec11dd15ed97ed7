"""`/data/{community}/{indicator}/{period}`: one value, what it rests on, and every revision of it."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from services.indicators.schemas import RevisionOut
from services.portal.pages.data_grid import as_typed, may_feed, must_be_code
from services.portal.pages.data_periods import frequency_of
from services.portal.pages.data_words import POLARITIES, REFUSED, STATUSES
from services.portal.translations import N_
from services.portal.visits import MemberVisit, Visit, page_router
from shared.problems import Invalid, NotFound

router = page_router()
BASE = "/data/{community}/{indicator}/{period}"
WRONG_UNITS = N_("Escriba un número entero mayor que cero, o deje vacío.")
WRONG_NOTE = N_("La nota puede tener hasta 2 000 caracteres.")


@router.get(BASE)
async def show_value(visit: MemberVisit, community: str, indicator: str, period: str) -> Response:
    """One value with its note, and its history."""
    return await value_page(visit, must_be_code(community), indicator, period)


async def revisions_or_none(visit: Visit, indicator: str, community: str, period: str) -> list[RevisionOut]:
    try:
        return await visit.indicators.revisions(indicator, community, period)
    except NotFound:
        return []


async def value_page(
    visit: Visit, community: str, indicator: str, period: str, *, fields: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None, status: int = 200,
) -> Response:  # fmt: skip
    if frequency_of(period) is None or len(indicator) > 100:
        raise NotFound("This value")
    one, grid, revisions = await asyncio.gather(
        visit.indicators.indicator(quote(indicator, safe="")), visit.indicators.grid(community, [period]),
        revisions_or_none(visit, quote(indicator, safe=""), community, period),
    )  # fmt: skip
    if one.frequency != frequency_of(period):
        raise NotFound("This value")
    now = next((o for o in grid.observations if o.indicator == one.code), None)
    shown = dict(fields) if fields is not None else {
        "text": as_typed(now), "n": str(now.n) if now is not None and now.n else "",
        "note": (now.note if now else "") or "",
    }  # fmt: skip
    return visit.page(
        "data_value.html", status=status, section="desk", one=one, grid=grid, now=now, period=period, fields=shown,
        wrong=wrong or {}, revisions=sorted(revisions, key=lambda row: -row.revision), statuses=STATUSES,
        polarities=POLARITIES, feeds=may_feed(visit, community), submission=grid.submissions[0],
        saved="saved" in visit.request.query_params,
        demo=visit.caller.demo or any(row.demo for row in revisions),
    )  # fmt: skip


@router.post(BASE)
async def save_value(visit: MemberVisit, community: str, indicator: str, period: str) -> Response:
    """Save the value with its note and the number of units behind it."""
    code = must_be_code(community)
    fields = await visit.form()
    units = "".join(fields.get("n", "").split())
    revision = fields.get("revision", "0")
    cell: dict[str, Any] = {
        "indicator": indicator, "period": period, "text": fields.get("text", "").strip()[:1000],
        "note": fields.get("note", "").strip() or None,
        "base_revision": int(revision) if revision.isascii() and revision.isdigit() and len(revision) < 10 else 0,
    }  # fmt: skip
    if units:
        if not (units.isascii() and units.isdigit() and 0 < int(units) < 2**53):
            return await value_page(visit, code, indicator, period, fields=fields, wrong={"n": WRONG_UNITS}, status=422)
        cell["n"] = int(units)
    try:
        told = await visit.indicators.save_cells(code, [cell])
    except Invalid:
        return await value_page(visit, code, indicator, period, fields=fields, wrong={"note": WRONG_NOTE}, status=422)
    if told.errors:
        wrong = {"text": REFUSED.get(told.errors[0].code, REFUSED["number"])}
        return await value_page(visit, code, indicator, period, fields=fields, wrong=wrong, status=422)
    return visit.go(f"/data/{quote(code)}/{quote(indicator)}/{quote(period)}?saved=1")
