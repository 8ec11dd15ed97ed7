"""`/notifications`: what one was told; `/account`: one's own name, language and sessions."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from services.portal.pages.calendar import zones_with
from services.portal.pages.people import LANGUAGES
from services.portal.pages.reading import error_list, ticked
from services.portal.pages.tasks import id_of
from services.portal.pages.words import NOTICE_KINDS, ROLES
from services.portal.translations import N_
from services.portal.visits import YEAR, MemberVisit, Visit, page_router
from shared.problems import Invalid, StaleVersion

router = page_router()
SHOWN = 50
NAME = N_("Escriba su nombre, de hasta 300 caracteres.")
LANGUAGE = N_("Elija uno de los idiomas de la lista.")
STALE = N_("No se guardó: su cuenta cambió mientras tanto, quizá en otra ventana. Revise y guarde otra vez.")


@router.get("/notifications")
async def show_notifications(visit: MemberVisit, cursor: str | None = None, unread: str | None = None) -> Response:
    """What one was told, the newest first."""
    told = await visit.workspace.notifications(limit=SHOWN, cursor=cursor, unread=unread == "true")
    preferences, committees = await asyncio.gather(visit.workspace.preferences(), visit.workspace.committees())
    return visit.page(
        "notifications.html", section="desk", told=told, only_unread=unread == "true", wanted=preferences.kinds,
        kinds=NOTICE_KINDS, preferences=preferences, zones=zones_with(preferences.timezone),
        committees=[one for one in committees if one.your_role],
    )  # fmt: skip


@router.post("/notifications/read")
async def read_everything(visit: MemberVisit) -> Response:
    """Mark all as read up to the newest that was shown: what came since stays unread."""
    fields = await visit.form()
    newest = fields.get("up_to")
    await visit.workspace.read_all_notifications(up_to=id_of(newest) if newest else None)
    return visit.go("/notifications")


@router.post("/notifications/preferences")
async def choose_notifications(visit: MemberVisit) -> Response:
    """Of which kinds one wants to hear, how, and when not."""
    fields = await visit.form()
    now = await visit.workspace.preferences()
    wanted: dict[str, dict[str, Any]] = {kind: {"in_app": f"kind.{kind}" in fields} for kind in now.kinds}
    for kind, chosen in wanted.items():
        if fields.get(f"email.{kind}") in ("never", "at_once", "daily"):
            chosen["email"] = fields[f"email.{kind}"]
    more: dict[str, Any] = {}
    if "whole" in fields:
        since, until = fields.get("quiet_since", "")[:5], fields.get("quiet_until", "")[:5]
        more["quiet_hours"] = {"since": since, "until": until} if since and until else None
        more["timezone"] = fields.get("timezone") or None
        silent = set(ticked(fields, "silent"))
        kept = {slug: there.model_dump() for slug, there in now.committees.items()}
        more["committees"] = {
            slug: {"muted": slug in silent, "kinds": kept.get(slug, {}).get("kinds", {})} for slug in {*silent, *kept}
        }
    await visit.workspace.set_preferences(wanted, **more)
    return visit.go("/notifications#preferencias")


@router.post("/notifications/{notification}")
async def read_one(visit: MemberVisit, notification: str) -> Response:
    """Mark one as read, and go to what it is about."""
    await visit.form()
    told = await visit.workspace.read_notification(id_of(notification))
    return visit.go(told.link or "/notifications")


@router.get("/account")
async def show_account(visit: MemberVisit) -> Response:
    """One's own name, language and open sessions."""
    return await account_page(visit)


async def account_page(
    visit: Visit, *, fields: Mapping[str, str] | None = None, errors: Sequence[dict[str, str]] = (),
    refused: str | None = None, status: int = 200,
) -> Response:  # fmt: skip
    (account, etag), sessions = await asyncio.gather(visit.identity.account(), visit.identity.sessions())
    shown = dict(fields) if fields is not None else {"name": account.name, "locale": account.locale}
    return visit.page(
        "account.html", status=status, section="desk", account=account, etag=etag, sessions=sessions, fields=shown,
        errors=list(errors), refused=refused, roles=ROLES, languages=LANGUAGES,
    )  # fmt: skip


@router.post("/account")
async def change_account(visit: MemberVisit) -> Response:
    """Save name and language; the pages speak it from now on."""
    fields = await visit.form()
    name = " ".join(fields.get("name", "").split())
    if not name or len(name) > 300:
        return await account_page(visit, fields=fields, errors=error_list([("name", NAME)]), status=422)
    wanted = {"name": name, "locale": fields.get("locale", "es")}
    try:
        await visit.identity.change_account(wanted, fields.get("etag", "") or '"0"')
    except StaleVersion:
        return await account_page(visit, fields=fields, refused=STALE, status=412)
    except Invalid:
        return await account_page(visit, fields=fields, errors=error_list([("locale", LANGUAGE)]), status=422)
    response = visit.go("/account")
    response.set_cookie("lang", wanted["locale"], max_age=YEAR, samesite="lax", path="/")
    return response


@router.post("/account/sessions/{session}")
async def end_session(visit: MemberVisit, session: str) -> Response:
    """Sign out somewhere else."""
    await visit.form()
    await visit.identity.end_session(id_of(session))
    return visit.go("/account#sesiones")
