"""`/committees/{slug}/webhooks`: programs that hear of what happens in a committee, and what was sent to them."""

import asyncio
from collections.abc import Mapping, Sequence

from starlette.responses import Response

from services.portal.pages.parts import slug_or_nothing
from services.portal.pages.reading import error_list, ticked
from services.portal.pages.tasks import id_of
from services.portal.rendering import query_url
from services.portal.translations import N_
from services.portal.visits import MemberVisit, Visit, page_router
from services.workspace.webhooks.schemas import NewWebhookOut, WebhookMessageOut, WebhookOut
from shared.problems import Conflict, Invalid, NotFound

router = page_router()
BASE = "/committees/{slug}/webhooks"
URL = N_("Escriba una dirección que empiece por https:// y que se pueda alcanzar desde internet.")
MANY = N_("El comité ya tiene todas las direcciones que puede tener: quite una.")
STOPPED = N_("Está detenida: reanúdela primero.")
ARRIVED = N_("Este mensaje ya llegó.")
KINDS: Mapping[str, str] = {
    "task.created": N_("Tarea nueva"),
    "task.changed": N_("Tarea cambiada"),
    "event.created": N_("Reunión convocada"),
    "event.changed": N_("Reunión cambiada"),
    "event.cancelled": N_("Reunión cancelada"),
    "minutes.approved": N_("Acta aprobada"),
    "decision.recorded": N_("Decisión registrada"),
    "election.called": N_("Elección convocada"),
    "vote.opened": N_("Votación abierta"),
    "vote.closed": N_("Votación cerrada"),
    "test": N_("Prueba"),
}
TROUBLES: Mapping[str, str] = {
    "no answer": N_("no respondió a tiempo"),
    "no connection": N_("no hubo conexión"),
}
ELSEWHERE = N_("a esa dirección no se puede enviar")
ACTS = ("test", "stop", "resume")


@router.get(BASE)
async def show_webhooks(visit: MemberVisit, slug: str) -> Response:
    """The committee's addresses, for its chair and the Secretariat."""
    return await webhooks_page(visit, slug_or_nothing(slug))


async def webhooks_page(
    visit: Visit, slug: str, *, fields: Mapping[str, str] | None = None, errors: Sequence[tuple[str, str]] = (),
    made: NewWebhookOut | None = None, refused: str | None = None, status: int = 200,
) -> Response:  # fmt: skip
    committee, found, members = await asyncio.gather(
        visit.workspace.committee(slug), visit.workspace.webhooks(slug), visit.workspace.members(slug)
    )
    return visit.page(
        "webhooks.html", status=status, section="desk", committee=committee, members=members, webhooks=found,
        kinds={code: word for code, word in KINDS.items() if code != "test"}, fields=dict(fields or {}),
        chosen=ticked(fields or {}, "kind"), errors=error_list(errors), made=made, refused=refused,
        base=f"/committees/{slug}/webhooks", demo=visit.caller.demo or any(one.demo for one in found),
    )  # fmt: skip


@router.post(BASE)
async def add_webhook(visit: MemberVisit, slug: str) -> Response:
    """A new address. The page that answers shows its secret, and no other will."""
    slug, fields = slug_or_nothing(slug), await visit.form()
    kinds = [kind for kind in ticked(fields, "kind") if kind in KINDS and kind != "test"]
    try:
        made = await visit.workspace.add_webhook(slug, fields.get("url", "").strip(), kinds)
    except Invalid:
        return await webhooks_page(visit, slug, fields=fields, errors=[("url", URL)], status=422)
    except Conflict:
        return await webhooks_page(visit, slug, fields=fields, errors=[("url", MANY)], status=409)
    return await webhooks_page(visit, slug, made=made)


@router.get(f"{BASE}/{{webhook}}")
async def show_messages(visit: MemberVisit, slug: str, webhook: str) -> Response:
    """What was sent to an address and how it went, the newest first."""
    return await messages_page(visit, slug_or_nothing(slug), id_of(webhook))


async def messages_page(
    visit: Visit, slug: str, key: str, *, refused: str | None = None, status: int = 200
) -> Response:
    cursor = visit.request.query_params.get("cursor")
    committee, webhook = await asyncio.gather(visit.workspace.committee(slug), _webhook(visit, slug, key))
    try:
        found = await visit.workspace.webhook_messages(key, cursor=cursor)
    except Invalid:
        return visit.go(f"/committees/{slug}/webhooks/{key}")
    following = query_url(visit.request.url.path, "", cursor=found.next) if found.next else None
    return visit.page(
        "webhook_messages.html", status=status, section="desk", committee=committee, webhook=webhook,
        messages=found.items, total=found.total, next_href=following, kinds=KINDS, refused=refused, how=how_it_went,
        trouble=trouble_of,
        base=f"/committees/{slug}/webhooks", demo=visit.caller.demo or webhook.demo,
    )  # fmt: skip


def trouble_of(message: WebhookMessageOut) -> str:
    """Why nothing came back, to be translated."""
    said = message.trouble or ""
    return next((words for beginning, words in TROUBLES.items() if said.startswith(beginning)), ELSEWHERE)


def how_it_went(message: WebhookMessageOut) -> str:
    """`arrived`, `given_up`, `waits` for its first try, or `failed` and will be tried again."""
    if message.delivered_at is not None:
        return "arrived"
    if message.given_up_at is not None:
        return "given_up"
    return "failed" if message.tries else "waits"


async def _webhook(visit: Visit, slug: str, key: str) -> WebhookOut:
    """Raises NotFound for one of another committee."""
    found = next((one for one in await visit.workspace.webhooks(slug) if str(one.id) == key), None)
    if found is None:
        raise NotFound
    return found


@router.post(f"{BASE}/{{webhook}}/remove")
async def remove_webhook(visit: MemberVisit, slug: str, webhook: str) -> Response:
    """Nothing is sent there any more, and its log goes."""
    slug, key = slug_or_nothing(slug), id_of(webhook)
    await visit.form()
    await _webhook(visit, slug, key)
    await visit.workspace.remove_webhook(key)
    return visit.go(f"/committees/{slug}/webhooks")


@router.post(f"{BASE}/{{webhook}}/retry")
async def retry_message(visit: MemberVisit, slug: str, webhook: str) -> Response:
    """Send a message that did not arrive once more."""
    slug, key, fields = slug_or_nothing(slug), id_of(webhook), await visit.form()
    found = await _webhook(visit, slug, key)
    try:
        await visit.workspace.retry_webhook(key, id_of(fields.get("message", "")))
    except Conflict:
        said = STOPPED if found.stopped_at is not None else ARRIVED
        return await messages_page(visit, slug, key, refused=said, status=409)
    return visit.go(f"/committees/{slug}/webhooks/{key}")


@router.post(f"{BASE}/{{webhook}}/{{act}}")
async def act_on_webhook(visit: MemberVisit, slug: str, webhook: str, act: str) -> Response:
    """Send a test (its log shows how it went), stop, or begin again."""
    slug, key = slug_or_nothing(slug), id_of(webhook)
    if act not in ACTS:
        raise NotFound
    await visit.form()
    await _webhook(visit, slug, key)
    try:
        await visit.workspace.act_on_webhook(key, act)
    except Conflict:
        return await webhooks_page(visit, slug, refused=STOPPED, status=409)
    return visit.go(f"/committees/{slug}/webhooks/{key}" if act == "test" else f"/committees/{slug}/webhooks")
