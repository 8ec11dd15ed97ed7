"""The indicators service put together."""

from services.indicators import inner
from services.indicators.tables import SCHEMA
from shared.service import Service

SERVICE = Service(name="indicators", schema=SCHEMA, title="Indicators", routers=[inner.router])
