"""Problems as pages: what happened, in the reader's words, and where to go from here."""

from urllib.parse import quote

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from services.portal.visits import Visit, dress, page_language
from shared.pages import wants_page
from shared.problems import Problem
from shared.redirects import safe_next


def problem_page(request: Request, problem: Problem) -> Response | None:
    """A page for whoever asks for one, else None. Who is not signed in is led to the log-in and back."""
    if not wants_page(request.headers.get("accept", "")) or request.url.path.startswith("/api/"):
        return None
    request.state.language = page_language(request)
    visit = Visit(request)
    if problem.status == 401 and request.method == "GET":
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        login = f"/login?next={quote(safe_next(wanted), safe='')}"
        return RedirectResponse(login, status_code=303, headers={"Cache-Control": "no-store"})
    response = visit.page(
        "error.html", status=problem.status, headers=problem.headers, problem=problem,
        reference=request.headers.get("x-request-id", ""),
    )  # fmt: skip
    response.headers["Cache-Control"] = "no-store"
    dress(request, response)
    return response
