"""The portal put together."""

from fastapi import FastAPI

from services.portal import design_page
from services.portal.errors import problem_page
from services.portal.pages import (
    agreements,
    benchmarks,
    communities,
    community_results,
    community_results_report,
    cooperation,
    home,
    indicator_benchmarks,
    library,
    meetings,
    model,
    network_results,
    private,
    problems,
    regional_meetings,
    results,
    search,
    sign_in,
    unsubscribe,
    workshop_room,
)
from services.portal.static_files import mount_static
from services.portal.tables import SCHEMA
from shared.service import Service


async def start(app: FastAPI) -> None:
    """Static files are mounted last, so that pages are found first."""
    if not any(getattr(route, "name", "") == "static" for route in app.routes):
        mount_static(app)


SERVICE = Service(
    name="portal",
    schema=SCHEMA,
    title="Portal",
    routers=[
        home.router, communities.router, model.router, benchmarks.router, indicator_benchmarks.router, results.router,
        network_results.router, community_results_report.router, community_results.router,
        library.router, meetings.router, regional_meetings.router, cooperation.router, agreements.router,
        search.router, workshop_room.router, unsubscribe.router, sign_in.router,
        problems.router, design_page.router, *private.ROUTERS,
    ],
    on_start=start,
    error_response=problem_page,
)  # fmt: skip
