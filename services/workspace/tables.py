"""Tables of the workspace schema."""

from shared.database import Schema

SCHEMA = Schema("workspace")
Base = SCHEMA.base()
