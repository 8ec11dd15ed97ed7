"""HTTP of webhooks."""

from fastapi import Request
from starlette.responses import Response

from services.workspace.webhooks import operations
from services.workspace.webhooks.schemas import NewWebhookOut, WebhookIn, WebhookMessageOut, WebhookOut
from shared.answers import answer, nothing
from shared.callers import Member
from shared.dependencies import Db
from shared.fields import Counted, Id
from shared.paging import Part
from shared.problems import documented
from shared.routing import house_router

router = house_router("/api/v1/workspace", tags=["workspace"])


@router.get(
    "/committees/{slug}/webhooks", response_model=Counted[WebhookOut], responses=documented(401, 403, 404, 422)
)  # fmt: skip
async def list_webhooks(request: Request, slug: str, caller: Member, db: Db, part: Part) -> Response:
    """Addresses of other programs that hear of what happens in a committee: for its chair and the secretariat."""
    return answer(request, await operations.list_webhooks(db, slug, part, by=caller))


@router.post(
    "/committees/{slug}/webhooks", status_code=201, response_model=NewWebhookOut,
    responses=documented(400, 401, 403, 404, 409, 415, 422),
)  # fmt: skip
async def add_webhook(request: Request, slug: str, wanted: WebhookIn, caller: Member, db: Db) -> Response:
    """Have what happens sent to an address, signed by the Standard Webhooks scheme. The secret is shown this once."""
    settings = request.app.state.settings
    out = await operations.add_webhook(
        db, settings.secret, slug, wanted, private=settings.webhooks_to_private_addresses, by=caller
    )
    return answer(request, out, status=201, headers={"Location": f"{operations.ROOT}/{out.id}"})


@router.delete("/webhooks/{webhook_id}", status_code=204, responses=documented(401, 403, 404))
async def remove_webhook(request: Request, webhook_id: Id, caller: Member, db: Db) -> Response:
    """Send nothing there any more."""
    await operations.remove_webhook(db, webhook_id, by=caller)
    return nothing()


@router.post("/webhooks/{webhook_id}/resume", response_model=WebhookOut, responses=documented(401, 403, 404))
async def resume_webhook(request: Request, webhook_id: Id, caller: Member, db: Db) -> Response:
    """Send there again, after nobody had answered for days."""
    return answer(request, await operations.resume_webhook(db, webhook_id, by=caller))


@router.post("/webhooks/{webhook_id}/stop", response_model=WebhookOut, responses=documented(401, 403, 404))
async def stop_webhook(request: Request, webhook_id: Id, caller: Member, db: Db) -> Response:
    """Send nothing there until it is resumed."""
    return answer(request, await operations.stop_webhook(db, webhook_id, by=caller))


@router.post(
    "/webhooks/{webhook_id}/messages/{message_id}/retry", response_model=WebhookMessageOut,
    responses=documented(401, 403, 404, 409, 422),
)  # fmt: skip
async def retry_message(request: Request, webhook_id: Id, message_id: Id, caller: Member, db: Db) -> Response:
    """Send a message that did not arrive once more, now."""
    return answer(request, await operations.retry_message(db, webhook_id, message_id, by=caller))


@router.post(
    "/webhooks/{webhook_id}/test", status_code=201, response_model=WebhookMessageOut,
    responses=documented(401, 403, 404, 409, 422),
)  # fmt: skip
async def try_webhook(request: Request, webhook_id: Id, caller: Member, db: Db) -> Response:
    """Send a message of type `test`; how it went is in the log."""
    return answer(request, await operations.try_webhook(db, webhook_id, by=caller), status=201)


@router.get(
    "/webhooks/{webhook_id}/messages", response_model=Counted[WebhookMessageOut],
    responses=documented(401, 403, 404, 422),
)  # fmt: skip
async def list_messages(request: Request, webhook_id: Id, caller: Member, db: Db, part: Part) -> Response:
    """What was sent to an address and how it went, the newest first."""
    return answer(request, await operations.list_messages(db, webhook_id, part, by=caller))
