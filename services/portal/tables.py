"""Tables of the portal schema."""

from shared.database import Schema

SCHEMA = Schema("portal")
Base = SCHEMA.base()
