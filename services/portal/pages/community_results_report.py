"""`…/report`: a report as PDF, made while the reader waits and looks; works without JavaScript by loading again."""

from starlette.responses import Response

from services.portal.pages.community_results import year_asked
from services.portal.pages.parts import slug_or_nothing
from services.portal.visits import Reader, Visit, page_router
from shared.problems import NotFound

router = page_router()
LOOK_AGAIN = 2  # seconds


@router.get("/results/network/report")
async def show_network_report(visit: Reader) -> Response:
    """The regional report: its file when it is there, else how far it is."""
    year = year_asked(visit)
    if year is None:
        raise NotFound("The report of this year")
    return await _page(visit, None, None, year, f"/results/network?year={year}")


@router.get("/results/{code}/report")
async def show_community_report(visit: Reader, code: str) -> Response:
    """A community's report of a year: its file when it is there, else how far it is."""
    code = slug_or_nothing(code)
    year = year_asked(visit)
    if year is None:
        raise NotFound("The report of this year")
    community = await visit.registry.community(code)
    return await _page(visit, code, community.name, year, f"/results/{code}?year={year}")


async def _page(visit: Visit, code: str | None, name: str | None, year: int, back: str) -> Response:
    report = await visit.survey.ask_for_report(code, year)
    is_under_way = report.state in ("queued", "running")
    page = visit.page(
        "result_report.html",
        section="results",
        demo=visit.caller.demo or report.demo,
        report=report,
        whose=name,
        year=year,
        back=back,
        look_again=LOOK_AGAIN if is_under_way else None,
        headers={"Refresh": str(LOOK_AGAIN)} if is_under_way else None,
    )
    page.headers["Cache-Control"] = "no-store"  # what is under way is not tomorrow's answer
    return page
