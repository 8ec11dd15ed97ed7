"""The portal service put together."""

from services.portal.tables import SCHEMA
from shared.service import Service

SERVICE = Service(name="portal", schema=SCHEMA, title="Portal", routers=[])
