"""The workspace put together."""

from fastapi import Depends, FastAPI

from services.workspace import committees, inner
from services.workspace.charters import routes as charters
from services.workspace.comments import routes as comments
from services.workspace.discussions import routes as discussions
from services.workspace.documents import routes as documents
from services.workspace.documents import upload_routes as uploads
from services.workspace.documents import version_routes as versions
from services.workspace.elections import routes as elections
from services.workspace.events import feed_routes as feeds
from services.workspace.events import record_routes as records
from services.workspace.events import routes as events
from services.workspace.jobs import jobs
from services.workspace.notifications import routes as notifications
from services.workspace.notifications.delivery import CHANNEL
from services.workspace.overview import routes as overview
from services.workspace.people import People
from services.workspace.plans import routes as plans
from services.workspace.polls import routes as polls
from services.workspace.regional_meetings import routes as regional_meetings
from services.workspace.search import routes as search
from services.workspace.search.indexing import index_what_is_missing
from services.workspace.seed import read, seed
from services.workspace.tables import SCHEMA
from services.workspace.task_forces.ending import as_it_is_now
from services.workspace.tasks import attachment_routes, linked
from services.workspace.tasks import routes as tasks
from services.workspace.webhooks import routes as webhooks
from shared.database import Database
from shared.service import Service
from shared.streams import Streams


async def begin(app: FastAPI) -> None:
    app.state.people = People(app.state.peers)
    app.state.streams = Streams(app.state.database.engine.url, CHANNEL)


async def load(db: Database) -> str | None:
    """The reference data, and words for what was there before the index was."""
    told = await seed(db)
    await index_what_is_missing(db)
    return told


SERVICE = Service(
    name="workspace",
    schema=SCHEMA,
    title="Workspace",
    routers=[
        committees.router,
        charters.router,
        plans.router,
        tasks.router,
        attachment_routes.router,
        linked.router,
        comments.router,
        documents.router,
        versions.router,
        uploads.router,
        discussions.router,
        search.router,
        events.router,
        records.router,
        feeds.router,
        elections.router,
        polls.router,
        regional_meetings.router,
        overview.router,
        webhooks.router,
        notifications.router,
        inner.router,
    ],
    before_routes=[Depends(as_it_is_now)],
    seed=load,
    read_reference=read,
    jobs=jobs,
    on_start=begin,
)  # fmt: skip
