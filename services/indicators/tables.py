"""Tables of the indicators schema."""

from shared.database import Schema

SCHEMA = Schema("indicators")
Base = SCHEMA.base()
