"""`/notifications/unsubscribe`: no more mail of one kind, by the link in such a mail, without signing in (RFC 8058)."""

from starlette.responses import Response

from services.portal.visits import Reader, page_router

router = page_router()
LONGEST = 300


@router.get("/notifications/unsubscribe")
async def ask_to_unsubscribe(visit: Reader, token: str = "") -> Response:
    """What the button does; programs that fetch links stop nothing."""
    page = visit.page("unsubscribe.html", token=token[:LONGEST], done=False)
    page.headers["Cache-Control"] = "no-store"
    return page


@router.post("/notifications/unsubscribe")
async def unsubscribe(visit: Reader, token: str = "") -> Response:
    """Stop it: the token is the right to do so, whoever sends it."""
    await visit.workspace.unsubscribe(token[:LONGEST])
    page = visit.page("unsubscribe.html", token="", done=True)
    page.headers["Cache-Control"] = "no-store"
    return page
