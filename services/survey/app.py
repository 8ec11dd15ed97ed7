"""The survey service put together."""

from fastapi import FastAPI

from services.survey import inner
from services.survey.answers import routes as answers
from services.survey.assessments import routes as assessments
from services.survey.campaigns import routes as campaigns
from services.survey.campaigns.reminding import reminder_jobs
from services.survey.evidence import routes as evidence
from services.survey.evidence.operations import evidence_jobs
from services.survey.gaps import routes as gaps
from services.survey.history import routes as history
from services.survey.models import routes as models
from services.survey.reports import routes as reports
from services.survey.reports.jobs import report_jobs
from services.survey.results import comparison_routes as comparisons
from services.survey.results import routes as results
from services.survey.review import review_routes
from services.survey.review import routes as review
from services.survey.review.news import news_jobs
from services.survey.seed import read, seed
from services.survey.tables import SCHEMA
from services.survey.workshops import room_routes
from services.survey.workshops import routes as workshops
from services.survey.workshops.telling import CHANNEL
from shared.jobs import Handler
from shared.service import Service
from shared.streams import Streams


async def begin(app: FastAPI) -> None:
    app.state.workshop_streams = Streams(app.state.database.engine.url, CHANNEL)


def jobs(app: FastAPI) -> dict[str, Handler]:
    return {**report_jobs(app), **reminder_jobs(app), **evidence_jobs(app), **news_jobs(app)}


SERVICE = Service(
    name="survey",
    schema=SCHEMA,
    title="Survey",
    seed=seed,
    read_reference=read,
    on_start=begin,
    jobs=jobs,
    routers=[
        answers.router,  # the first, so that it is found at once
        models.router,
        campaigns.router,
        assessments.router,
        evidence.router,
        review.router,
        review_routes.router,
        gaps.router,
        workshops.router,
        room_routes.router,
        comparisons.router,
        results.router,
        history.router,
        reports.router,
        inner.router,
    ],
)
