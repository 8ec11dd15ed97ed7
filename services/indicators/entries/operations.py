"""Saving the cells of a form: those that can be taken are, each of the others says why it is not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.indicators import access, catalogue, facts
from services.indicators.entries.schemas import CellErrorOut, CellIn, GridOut, SavedOut
from services.indicators.entries.typed import Unclear, read_cell
from services.indicators.observations import operations as observations
from services.indicators.observations import queries
from services.indicators.observations.checks import Entry
from services.indicators.observations.values import double, period_error, value_of
from services.indicators.periods import Period
from services.indicators.schemas import ObservationOut, SubmissionOut
from services.indicators.submissions import locking
from services.indicators.submissions.operations import submission_out
from services.indicators.tables import Indicator, Revision, Submission
from shared import idempotency
from shared.callers import Caller
from shared.database import Database, ReadSession
from shared.languages import pick
from shared.peers import Peers

EMPTIED = "a value that was recorded is not deleted: write the right one"
OVERTAKEN = "somebody else saved another value meanwhile"


@dataclass(frozen=True)
class Cell:
    """A cell that can be stored, by its place in the call."""

    number: int
    entry: Entry
    keeps_units: bool
    base_revision: int


async def save_cells(
    db: Database, peers: Peers, community: str, cells: list[CellIn], *, by: Caller
) -> SavedOut:  # fmt: skip
    """Save what can be taken. Raises NotFound, NotAllowed."""
    await facts.community_of_path(db, peers, community)
    access.must_feed(by, community)
    async with db.reading() as reading:
        definitions = await catalogue.indicators(reading)
    errors: dict[int, CellErrorOut] = {}
    taken = _taken(community, cells, definitions, errors)
    async with db.transaction(by=by, to="record observations", about=community) as tx:
        submissions = await locking.lock(tx, {(community, one.entry.period) for one in taken}, demo=by.demo)
        known = await queries.newest(tx, [one.entry.key for one in taken])
        wanted: dict[int, Entry] = {}
        for one in taken:
            now = known.get(one.entry.key)
            entry = _with_units(one, now)
            if now is not None and now.revision != one.base_revision and observations.content_of(now) != entry.content:
                errors[one.number] = _error(one.number, OVERTAKEN, "overtaken", _told(now))
            else:
                wanted[one.number] = entry
        entries = list(wanted.values())
        observations.must_not_mix(entries, known, by)
        changed = {
            number: entry for number, entry in wanted.items()
            if entry.key not in known or observations.content_of(known[entry.key]) != entry.content
        }  # fmt: skip
        await observations.store(tx, list(changed.values()), known, datetime.now(UTC), by)
        places = sorted({(community, entry.period) for entry in changed.values()})
        locking.reopen(tx, [submissions[place] for place in places], by)
        warnings = await observations.warnings_about(tx, changed)
        tx.note(rows=len(wanted), changed=len(changed), refused=len(errors))
        out = SavedOut(
            saved=len(changed), unchanged=len(wanted) - len(changed),
            errors=[errors[number] for number in sorted(errors)],
            warnings=[one.model_copy(update={"pointer": f"/cells{one.pointer}"}) for one in warnings],
        )  # fmt: skip
        idempotency.will_answer(out, status=200)
    return out


def _taken(
    community: str, cells: list[CellIn], definitions: Mapping[str, Indicator], errors: dict[int, CellErrorOut]
) -> list[Cell]:
    found: list[Cell] = []
    seen: set[tuple[str, str]] = set()
    for number, cell in enumerate(cells):
        indicator = definitions.get(cell.indicator)
        if indicator is None:
            errors[number] = _error(number, "is no indicator of the catalogue", "unknown")
        elif message := period_error(cell.period, indicator):
            errors[number] = _error(number, message, "period")
        elif (cell.indicator, cell.period) in seen:
            errors[number] = _error(number, "the same cell comes twice", "doubled")
        elif not cell.text.strip():
            errors[number] = _error(number, EMPTIED, "emptied")
        else:
            entry = _entry(number, community, cell, indicator, errors)
            if entry is not None:
                found.append(Cell(number, entry, cell.n is None, cell.base_revision))
        seen.add((cell.indicator, cell.period))
    return found


def _entry(
    number: int, community: str, cell: CellIn, indicator: Indicator, errors: dict[int, CellErrorOut]
) -> Entry | None:
    def wrong(field: str, message: str, code: str = "invalid") -> None:
        errors.setdefault(number, _error(number, message, code))

    try:
        typed = read_cell(cell.text)
    except Unclear as error:
        wrong("text", str(error), "number")
        return None
    value = value_of(typed.value, typed.numerator, typed.denominator, indicator, wrong)
    if value is None or number in errors:
        return None
    return Entry(
        community, cell.indicator, cell.period, value, double(typed.numerator), double(typed.denominator), cell.n,
        (cell.note or "").strip() or None, indicator.version,
    )  # fmt: skip


def _with_units(cell: Cell, now: Any) -> Entry:
    """A value that is corrected rests on as many units as before, unless the writer says otherwise."""
    if not cell.keeps_units or now is None or now.n is None:
        return cell.entry
    one = cell.entry
    return Entry(
        one.community, one.indicator, one.period, one.value, one.numerator, one.denominator, now.n, one.note,
        one.indicator_version,
    )  # fmt: skip


def _error(number: int, message: str, code: str, theirs: ObservationOut | None = None) -> CellErrorOut:
    return CellErrorOut(pointer=f"/cells/{number}/text", message=message, code=code, theirs=theirs)


def _told(now: Any) -> ObservationOut:
    return observations.observation_out(now, "approved" if now.approved_at is not None else "draft")


async def read_grid(
    db: Database, peers: Peers, community: str, periods: list[Period], language: str, *, by: Caller
) -> GridOut:
    """What is there for some periods. Raises NotFound, NotAllowed."""
    found = await facts.community_of_path(db, peers, community)
    access.must_be_of(by, community)
    before = [Period(one.frequency, one.first_month - 12) for one in periods]
    async with db.reading(snapshot=True) as reading:
        now = await _observed(reading, community, periods, by)
        earlier = await _observed(reading, community, [one for one in before if one not in periods], by)
        submissions = [await _submission(reading, community, one) for one in periods]
    shown = {str(one) for one in before}
    return GridOut(
        community=community, name=pick(found.names, language), periods=[str(one) for one in periods], observations=now,
        year_before=[*earlier, *[one for one in now if one.period in shown]], submissions=submissions,
    )  # fmt: skip


async def _observed(db: ReadSession, community: str, periods: list[Period], by: Caller) -> list[ObservationOut]:
    statement = queries.observations(by, community=community)
    rows = await db.execute(statement.where(Revision.period.in_([str(one) for one in periods])))
    return [observations.observation_out(row.Revision, row.status) for row in rows]


async def _submission(db: ReadSession, community: str, period: Period) -> SubmissionOut:
    row = await db.get(Submission, (community, str(period)))
    row = row or Submission(community_code=community, period=str(period), state="draft", version=0, demo=False)
    return await submission_out(db, row, period)
