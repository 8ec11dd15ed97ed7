"""The schema of the workspace, to which every table belongs."""

from shared.database import Schema

SCHEMA = Schema("workspace")
Base = SCHEMA.base()
