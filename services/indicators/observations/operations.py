"""What people do with observations; one transaction each."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from services.indicators import access, catalogue, facts
from services.indicators.observations import queries
from services.indicators.observations.checks import Entry, entries
from services.indicators.observations.warnings import MOST_WARNINGS, Candidate, warnings_of
from services.indicators.schemas import AcceptedOut, ObservationIn, ObservationOut, RevisionOut, WarningOut
from services.indicators.submissions import locking
from services.indicators.tables import Observation, Revision
from shared import idempotency
from shared.callers import Caller
from shared.database import Database, WriteSession
from shared.peers import Peers
from shared.problems import Conflict, FieldError, NotAllowed


async def record_observations(db: Database, peers: Peers, rows: Sequence[ObservationIn], *, by: Caller) -> AcceptedOut:
    """Take all rows or none. What is the same as before changes nothing; anything else is a new revision, and reopens
    the submission of its community and period.

    Raises NotSignedIn, NotAllowed for other communities than the caller's, Invalid with `/{row}/{field}`.
    """
    access.must_feed_somewhere(by)
    communities = await facts.known(db, peers, {row.community for row in rows})
    _must_be_own(rows, frozenset(communities), by)
    async with db.reading() as reading:
        definitions = await catalogue.indicators(reading)
    wanted = entries(rows, definitions, communities)
    places = {(entry.community, entry.period) for entry in wanted}
    about = next(iter(communities)) if len(communities) == 1 else f"{len(communities)} communities"
    async with db.transaction(by=by, to="record observations", about=about) as tx:
        submissions = await locking.lock(tx, places, demo=by.demo)
        now = datetime.now(UTC)  # after the lock, so that revisions of a key stand in the order of their times
        known = await queries.newest(tx, [entry.key for entry in wanted])
        must_not_mix(wanted, known, by)
        changed = {
            number: entry for number, entry in enumerate(wanted)
            if entry.key not in known or content_of(known[entry.key]) != entry.content
        }  # fmt: skip
        added = sum(entry.key not in known for entry in changed.values())
        await store(tx, list(changed.values()), known, now, by)
        locking.reopen(
            tx, [submissions[place] for place in sorted({(e.community, e.period) for e in changed.values()})], by
        )
        tx.note(rows=len(wanted), added=added, revised=len(changed) - added)
        out = AcceptedOut(
            accepted=len(wanted), added=added, revised=len(changed) - added, unchanged=len(wanted) - len(changed),
            warnings=await warnings_about(tx, changed),
        )  # fmt: skip
        idempotency.will_answer(out)
    return out


async def warnings_about(tx: WriteSession, changed: Mapping[int, Entry]) -> list[WarningOut]:
    """What looks wrong with these rows, by their numbers in the call."""
    candidates = [
        Candidate(number, one.community, one.indicator, one.period, one.value, one.note)
        for number, one in changed.items()
    ]
    found = await warnings_of(tx, candidates)
    return [
        WarningOut(
            pointer=f"/{one.row}/{'value' if one.kind == 'outlier' else 'period'}", kind=one.kind, message=one.message
        )
        for one in found[:MOST_WARNINGS]
    ]


def _must_be_own(rows: Sequence[ObservationIn], communities: frozenset[str], by: Caller) -> None:
    refused = [
        FieldError(f"/{number}/community", "is not a community that you record data for", "not_allowed")
        for number, row in enumerate(rows)
        if row.community in communities and not access.may_feed(by, row.community)
    ]
    if refused:
        raise NotAllowed("Data is recorded by the community's own people.", errors=refused[:100])


def must_not_mix(wanted: list[Entry], known: dict[queries.Key, Any], by: Caller) -> None:
    """A demonstration never writes over what somebody recorded in earnest."""
    if by.demo and any(entry.key in known and not known[entry.key].row_demo for entry in wanted):
        raise Conflict("There is real data of this community and period; the demonstration leaves it alone.")


def content_of(row: Any) -> tuple[float, float | None, float | None, int | None, str | None]:
    """What of a revision makes a new one when it changes."""
    return row.value, row.numerator, row.denominator, row.n, row.note


async def store(
    tx: WriteSession, changed: list[Entry], known: dict[queries.Key, Any], now: datetime, by: Caller
) -> None:
    """Record new revisions; `known` are the newest ones of the same keys."""
    if not changed:
        return
    numbers = {entry.key: known[entry.key].revision + 1 if entry.key in known else 1 for entry in changed}
    ordered = sorted(changed, key=lambda entry: entry.key)
    statement = upsert(Observation)
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["community_code", "indicator_code", "period"],
            set_={"latest_revision": statement.excluded.latest_revision, "demo": statement.excluded.demo},
        ),
        [
            {
                "community_code": entry.community, "indicator_code": entry.indicator, "period": entry.period,
                "latest_revision": numbers[entry.key], "demo": by.demo,
            }
            for entry in ordered
        ],
    )  # fmt: skip
    await tx.execute(
        insert(Revision),
        [
            {
                "community_code": entry.community, "indicator_code": entry.indicator, "period": entry.period,
                "revision": numbers[entry.key], "value": entry.value, "numerator": entry.numerator,
                "denominator": entry.denominator, "n": entry.n, "note": entry.note,
                "indicator_version": entry.indicator_version, "recorded_at": now, "recorded_by": locking.actor(by),
                "recorded_by_name": locking.name_of(by), "demo": by.demo,
            }
            for entry in ordered
        ],
    )  # fmt: skip


async def revisions_of(
    db: Database, indicator: str, community: str, period: str, as_of: datetime | None, *, by: Caller
) -> list[RevisionOut]:
    """All revisions for own people and the secretariat, the approved ones for whoever may see the value; oldest
    first. With `as_of`, those that were there then."""
    own = access.is_of(by, community)
    statement = select(Revision).where(
        queries.of_key(indicator, community, period),
        access.visible(by, Revision.community_code, Revision.indicator_code),
    )
    if as_of is not None:
        statement = statement.where(Revision.recorded_at <= as_of)
    async with db.reading() as reading:
        rows = (await reading.scalars(statement.order_by(Revision.revision))).all()
    current = max((row.revision for row in rows if _is_approved(row, as_of)), default=0)
    return [
        revision_out(row, _status(row.revision, current), as_of, own=own)
        for row in rows
        if own or _is_approved(row, as_of)
    ]


def _status(revision: int, approved: int) -> str:
    """What a revision is, given the number of the one that counts (0: none)."""
    if revision == approved:
        return "approved"
    return "superseded" if revision < approved else "draft"


def _is_approved(row: Revision, as_of: datetime | None) -> bool:
    return row.approved_at is not None and (as_of is None or row.approved_at <= as_of)


def revision_out(row: Revision, status: str, as_of: datetime | None, *, own: bool) -> RevisionOut:
    return RevisionOut(
        revision=row.revision, value=row.value, numerator=row.numerator, denominator=row.denominator, n=row.n,
        note=row.note, status=status,
        indicator_version=row.indicator_version, recorded_at=row.recorded_at,
        recorded_by=row.recorded_by_name if own else None,
        approved_at=row.approved_at if _is_approved(row, as_of) else None, demo=row.demo,
    )  # fmt: skip


def observation_out(row: Revision, status: str) -> ObservationOut:
    return ObservationOut(
        indicator=row.indicator_code, community=row.community_code, period=row.period, value=row.value,
        numerator=row.numerator, denominator=row.denominator, n=row.n, note=row.note,
        status=status,
        revision=row.revision, recorded_at=row.recorded_at, demo=row.demo,
    )  # fmt: skip
