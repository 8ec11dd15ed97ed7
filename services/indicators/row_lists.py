"""Lists of Python as a table in SQL, so that one statement asks for thousands of keys."""

from collections.abc import Sequence

from sqlalchemy import ARRAY, TableValuedAlias, Text, cast, func


def row_list(**columns: Sequence[str]) -> TableValuedAlias:
    """A table `wanted` of text columns, one row per place in the lists, which are of the same length."""
    lists = [cast(list(values), ARRAY(Text)) for values in columns.values()]
    return func.unnest(*lists).table_valued(*columns, name="wanted").render_derived(name="wanted")
