"""The registry put together."""

from services.registry import inner
from services.registry.communities import routes as communities
from services.registry.facts import jobs
from services.registry.seed import seed
from services.registry.tables import SCHEMA
from shared.service import Service

SERVICE = Service(
    name="registry", schema=SCHEMA, title="Registry", routers=[communities.router, inner.router], seed=seed, jobs=jobs
)
