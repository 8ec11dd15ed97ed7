"""The registry put together."""

from services.registry import inner
from services.registry.activities import routes as activities
from services.registry.agreements import routes as agreements
from services.registry.communities import routes as communities
from services.registry.facts import jobs
from services.registry.members import routes as members
from services.registry.organizations import routes as organizations
from services.registry.seed import read, seed
from services.registry.tables import SCHEMA
from shared.service import Service

SERVICE = Service(
    name="registry",
    schema=SCHEMA,
    title="Registry",
    routers=[
        communities.router, members.router, organizations.router, activities.router, agreements.router, inner.router,
    ],
    seed=seed,
    read_reference=read,
    jobs=jobs,
)  # fmt: skip
