"""The workspace service put together."""

from services.workspace.tables import SCHEMA
from shared.service import Service

SERVICE = Service(name="workspace", schema=SCHEMA, title="Workspace", routers=[])
