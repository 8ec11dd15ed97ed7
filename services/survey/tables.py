"""Tables of the survey schema."""

from shared.database import Schema

SCHEMA = Schema("survey")
Base = SCHEMA.base()
