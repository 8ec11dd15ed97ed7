"""The indicators service put together."""

from services.indicators import catalogue, inner, reference_series
from services.indicators.seed import seed
from services.indicators.tables import SCHEMA
from shared.service import Service

SERVICE = Service(
    name="indicators",
    schema=SCHEMA,
    title="Indicators",
    routers=[catalogue.router, reference_series.router, inner.router],
    seed=seed,
)
