"""What `portsnet events` does: indicators out of a file of events, without a platform; for very many, on Spark."""

import csv
import tempfile
from pathlib import Path
from typing import IO, Any

from services.indicators.events.computing import Outcome, Question, seconds_now
from services.indicators.events.files import compute_file
from services.indicators.events.kinds import EVENTS
from services.indicators.events.recording import observed, places_of, row_of
from services.indicators.events.spark_engine import compute_on_spark
from services.indicators.events.zones import zone_of
from services.indicators.seed import read_catalogue
from services.indicators.tables import EventCount
from services.registry.seed import read as read_communities
from shared.trouble import Trouble

COLUMNS = ("indicator", "community", "period", "value", "numerator", "denominator", "n")
MEMORY = 2**31


class EventsTrouble(Trouble):
    """Why a file of events gives nothing, for the operator."""


def outcome_of(
    address: str,
    kind: str,
    community: str | None,
    *,
    timezone: str | None = None,
    partial: bool = False,
    engine: str = "duckdb",
    master: str = "local[*]",
) -> Outcome:
    """Compute a file on DuckDB or Spark. Raises EventsTrouble."""
    known = {row.slug: row.country for row in read_communities().communities}
    if community is not None and community not in known:
        raise EventsTrouble(f"{community} is no community of the Network.")
    zones = {code: timezone or zone_of(code, country) for code, country in known.items()}
    question = Question(kind, community, list(known), zones, partial, seconds_now())
    if engine == "spark":
        try:
            outcome = compute_on_spark(address, question, master)
        except ImportError:
            raise EventsTrouble("Spark is not installed: install portsnet with the extra `spark`.") from None
    else:
        if not Path(address).is_file():
            raise EventsTrouble(f"There is no file {address}.")
        with tempfile.TemporaryDirectory(prefix="portsnet-events-") as folder:
            link = Path(folder) / "events"
            link.symlink_to(Path(address).absolute())
            outcome = compute_file(str(link), question, MEMORY)
    if outcome.problem is not None:
        raise EventsTrouble(outcome.problem)
    return outcome


def write_observations(outcome: Outcome, kind: str, file: IO[str]) -> int:
    """The observations of complete periods as a CSV that `POST /imports` takes; how many."""
    definitions: dict[str, Any] = {row.code: row for row in read_catalogue()}
    rows = [EventCount(**row_of(count, "", demo=False)) for count in outcome.counts]
    known = {(row.community_code, row.indicator_code, row.month): row for row in rows}
    values, _ = observed(places_of(rows, definitions), known, EVENTS[kind].figures, definitions)
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value[name]) for name in COLUMNS] for value in values)
    return len(values)


def _cell(value: Any) -> Any:
    return "" if value is None else repr(value) if isinstance(value, float) else value
