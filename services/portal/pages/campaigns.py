"""`/admin/campaigns`: the secretariat starts the survey of a year, opens and closes it, and sees who is how far."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from starlette.responses import Response

from services.portal.pages.desk import late_first
from services.portal.pages.reading import (
    date_in,
    day_in,
    days_until,
    error_list,
    number_or_none,
    ticked,
    today,
    wrong_fields,
    year_of,
)  # fmt: skip
from services.portal.translations import N_
from services.portal.visits import MemberVisit, Visit, page_router
from services.registry.schemas import CommunityOut
from services.survey.schemas.campaigns import AssessmentOut
from shared.formats import csv_bytes, file_answer
from shared.problems import Conflict, Invalid, StaleVersion

router = page_router()
STEPS = ("open", "close", "publish")
YEAR = N_("Escriba un año de cuatro cifras, entre 2000 y 2100.")
YEAR_TAKEN = N_("Ese año ya tiene su encuesta. Elija otro, o ábrala desde la lista.")
MODEL = N_("Elija una versión publicada del modelo.")
DATE = N_("Escriba una fecha: día, mes y año.")
ORDER = N_("El cierre no puede ser antes de la apertura.")
COMMUNITIES = N_("Elija al menos una comunidad.")
REMIND_DAYS = N_("Escriba números de días entre 1 y 90, separados por comas: 14, 7, 2.")
STALE = N_("Otra persona cambió la encuesta mientras tanto. Estos son los datos de ahora: repita su cambio.")
NOT_NOW = N_("No se hizo: la encuesta ya está en otro estado. Esto es lo que vale ahora.")
COLUMNS = (
    "community", "name", "state", "answered", "applicable", "total", "respondents", "groups", "submitted_at",
    "accepted_at", "published_at",
)  # fmt: skip


@router.get("/admin/campaigns")
async def show_campaigns(visit: MemberVisit) -> Response:
    """The yearly campaigns, and the form of a new one."""
    visit.must_be_secretariat()
    return await list_page(visit)


async def list_page(
    visit: Visit, *, fields: Mapping[str, str] | None = None, errors: Sequence[dict[str, str]] = (), status: int = 200
) -> Response:
    campaigns, models, communities = await asyncio.gather(
        visit.survey.campaigns(), visit.survey.models(), visit.registry.communities()
    )
    now = today(visit)
    years = {campaign.year for campaign in campaigns}
    free = next(year for year in range(now.year, now.year + 100) if year not in years)
    shown = dict(fields) if fields is not None else {
        "year": str(free), "remind_days": "14, 7, 2", "opens_on": now.isoformat(),
        "closes_on": (now + timedelta(days=60)).isoformat(),
    }  # fmt: skip
    return visit.page(
        "campaigns.html", status=status, section="desk", campaigns=campaigns, fields=shown, errors=list(errors),
        models=[model for model in models if model.state == "published"],
        communities=sorted(communities, key=lambda one: one.name),
        chosen=set(ticked(shown, "community")) if fields is not None else {c.code for c in communities if joins(c)},
    )  # fmt: skip


def days_in(text: str) -> list[int] | None:
    """Numbers of days as somebody writes them; none when nothing is written, None when it cannot be read.

    >>> days_in("14, 7 y 2"), days_in(""), days_in("siete")
    ([14, 7, 2], [], None)
    """
    words = [word for word in re.split(r"[\s,;]+|\b(?:y|e|and|et)\b", text.strip()) if word]
    if not all(word.isascii() and word.isdigit() and len(word) < 3 and 1 <= int(word) <= 90 for word in words):
        return None
    return sorted({int(word) for word in words}, reverse=True)


def joins(community: CommunityOut) -> bool:
    """Whether a community is ticked to begin with: those that are at work."""
    return community.stage not in ("candidate", "dormant")


@router.post("/admin/campaigns")
async def add_campaign(visit: MemberVisit) -> Response:
    """Prepare a year's campaign as a draft."""
    visit.must_be_secretariat()
    fields = await visit.form()
    wrong: list[tuple[str, str]] = []
    year = fields.get("year", "").strip()
    if not (year.isascii() and year.isdigit() and 2000 <= int(year) <= 2100):
        wrong.append(("year", YEAR))
    opens, closes = date_in(fields.get("opens_on", "")), date_in(fields.get("closes_on", ""))
    wrong += [(name, DATE) for name, value in (("opens_on", opens), ("closes_on", closes)) if value is None]
    codes = ticked(fields, "community")
    if not codes:
        wrong.append(("communities", COMMUNITIES))
    if not fields.get("model_version"):
        wrong.append(("model_version", MODEL))
    if opens and closes and closes < opens:
        wrong.append(("closes_on", ORDER))
    reminded = days_in(fields.get("remind_days", ""))
    if reminded is None:
        wrong.append(("remind_days", REMIND_DAYS))
    if wrong:
        return await list_page(visit, fields=fields, errors=error_list(wrong), status=422)
    body: dict[str, Any] = {
        "year": int(year), "model_version": fields["model_version"], "opens_on": opens, "closes_on": closes,
        "communities": codes, "remind_days": reminded,
    }  # fmt: skip
    try:
        await visit.survey.add_campaign(body)
    except Conflict:
        return await list_page(visit, fields=fields, errors=error_list([("year", YEAR_TAKEN)]), status=409)
    except Invalid as problem:
        said = {
            "year": YEAR, "opens_on": DATE, "closes_on": ORDER, "model_version": MODEL, "communities": COMMUNITIES,
        }  # fmt: skip
        found = error_list((name, said[name]) for name in sorted(wrong_fields(problem)) if name in said)
        return await list_page(visit, fields=fields, errors=found, status=422)
    return visit.go(f"/admin/campaigns/{year}")


@router.get("/admin/campaigns/{year}")
async def show_campaign(visit: MemberVisit, year: str, format: str | None = None) -> Response:  # noqa: A002
    """How far each community is, the latest first; the same as CSV."""
    visit.must_be_secretariat()
    if format == "csv":
        number = year_of(year)
        rows = [csv_row(one) for one in late_first(await visit.survey.assessments(number))]
        return file_answer(visit.request, csv_bytes(COLUMNS, rows), format="csv", name=f"campaign-{number}")
    return await campaign_page(visit, year_of(year))


def csv_row(one: AssessmentOut) -> list[Any]:
    return [
        one.community, one.name, one.state, one.progress.answered, one.progress.applicable, one.progress.total,
        one.respondents, len(one.groups), one.submitted_at, one.accepted_at, one.published_at,
    ]  # fmt: skip


async def campaign_page(
    visit: Visit, year: int, *, errors: Sequence[dict[str, str]] = (), refused: str | None = None, status: int = 200
) -> Response:
    (campaign, etag), assessments, communities, progress = await asyncio.gather(
        visit.survey.campaign(year), visit.survey.assessments(year), visit.registry.communities(),
        visit.survey.campaign_progress(year),
    )  # fmt: skip
    inside = set(campaign.communities)
    return visit.page(
        "campaign.html", status=status, section="desk", campaign=campaign, etag=etag, errors=list(errors),
        refused=refused, progress=progress, reminded=number_or_none(visit.request.query_params.get("reminded", "")),
        day=day_in(visit), assessments=late_first(assessments),
        days=days_until(visit, campaign.closes_at),
        others=sorted((one for one in communities if one.code not in inside), key=lambda one: one.name),
        demo=visit.caller.demo or campaign.demo,
    )  # fmt: skip


@router.post("/admin/campaigns/{year}")
async def change_campaign(visit: MemberVisit, year: str) -> Response:
    """A later closing day, further communities."""
    visit.must_be_secretariat()
    fields = await visit.form()
    number = year_of(year)
    closes = date_in(fields.get("closes_on", ""))
    if closes is None:
        return await campaign_page(visit, number, errors=error_list([("closes_on", DATE)]), status=422)
    reminded = days_in(fields.get("remind_days", ""))
    if reminded is None:
        return await campaign_page(visit, number, errors=error_list([("remind_days", REMIND_DAYS)]), status=422)
    changes: dict[str, Any] = {"closes_on": closes, "remind_days": reminded}
    added = ticked(fields, "community")
    if added:
        campaign, _ = await visit.survey.campaign(number)
        changes["communities"] = [*campaign.communities, *(c for c in added if c not in campaign.communities)]
    try:
        await visit.survey.change_campaign(number, changes, fields.get("etag", "") or '"0"')
    except StaleVersion:
        return await campaign_page(visit, number, refused=STALE, status=412)
    except Conflict:
        return await campaign_page(visit, number, refused=NOT_NOW, status=409)
    except Invalid:
        return await campaign_page(visit, number, errors=error_list([("closes_on", ORDER)]), status=422)
    return visit.go(f"/admin/campaigns/{number}")


@router.post("/admin/campaigns/{year}/{step}")
async def move_campaign(visit: MemberVisit, year: str, step: str) -> Response:
    """Open, close or publish; or write to those who have not finished."""
    visit.must_be_secretariat()
    await visit.form()
    number = year_of(year)
    if step == "remind":
        return visit.go(f"/admin/campaigns/{number}?reminded={await visit.survey.remind(number)}#grupos")
    if step not in STEPS:
        return visit.go(f"/admin/campaigns/{number}")
    try:
        await visit.survey.move_campaign(number, step)
    except Conflict:
        return await campaign_page(visit, number, refused=NOT_NOW, status=409)
    return visit.go(f"/admin/campaigns/{number}")
