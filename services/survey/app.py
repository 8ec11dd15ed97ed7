"""The survey service put together."""

from services.survey import inner
from services.survey.tables import SCHEMA
from shared.service import Service

SERVICE = Service(name="survey", schema=SCHEMA, title="Survey", routers=[inner.router])
