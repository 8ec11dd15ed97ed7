"""The indicators service put together."""

from services.indicators import catalogue, desk, inner, readings, reference_series, template, visibility
from services.indicators.benchmarks import comparison_routes as comparisons
from services.indicators.benchmarks import routes as benchmarks
from services.indicators.drafts import routes as drafts
from services.indicators.entries import routes as entries
from services.indicators.events import routes as events
from services.indicators.events.jobs import event_jobs
from services.indicators.exports import routes as exports
from services.indicators.imports import routes as imports
from services.indicators.imports.jobs import handlers
from services.indicators.observations import routes as observations
from services.indicators.partitions import partition_jobs
from services.indicators.peer_groups import routes as peer_groups
from services.indicators.pictures import routes as pictures
from services.indicators.seed import read_reference, seed
from services.indicators.submissions import routes as submissions
from services.indicators.tables import SCHEMA
from shared.service import Service

SERVICE = Service(
    name="indicators",
    schema=SCHEMA,
    title="Indicators",
    routers=[
        benchmarks.router,  # the first, so that it is found at once
        catalogue.router,
        drafts.router,
        reference_series.router,
        observations.router,
        imports.router,
        entries.router,
        template.router,
        submissions.router,
        visibility.router,
        peer_groups.router,
        comparisons.router,
        pictures.router,
        exports.router,
        readings.router,
        events.router,
        desk.router,
        inner.router,
    ],
    jobs=lambda app: {**handlers(app), **event_jobs(app), **partition_jobs(app)},
    seed=seed,
    read_reference=read_reference,
)
