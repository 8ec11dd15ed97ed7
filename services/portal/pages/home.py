"""`/`: what the Network is, where its communities are, the Reference Model as a picture."""

from starlette.responses import Response

from services.portal.visits import Reader, page_router

router = page_router()


@router.get("/")
async def show_home(visit: Reader) -> Response:
    """The home page."""
    return visit.page("home.html", section=None)
