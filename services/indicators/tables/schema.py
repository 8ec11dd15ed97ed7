"""The schema, and what its tables share."""

from sqlalchemy import Text

from shared.database import Schema

SCHEMA = Schema("indicators")
Base = SCHEMA.base()
PERIOD = Text(collation="C")
"""Within one frequency, periods as text stand in the order of time on every server."""


def one_of(column: str, words: tuple[str, ...]) -> str:
    """A condition for a CHECK: the column holds one of these words."""
    return f"{column} IN ({', '.join(repr(word) for word in words)})"
