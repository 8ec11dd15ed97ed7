"""Taking demonstration data away again."""

from sqlalchemy import delete, select, update
from sqlalchemy.orm import aliased

from services.registry.tables import (
    Activity,
    Agreement,
    Community,
    Membership,
    Organization,
    Port,
    Signature,
    StageChange,
)  # fmt: skip
from shared.callers import Caller
from shared.database import Database, Job, WriteSession


async def remove_demo(db: Database, *, by: Caller) -> None:
    """Delete every row that was made for demonstration, what hangs on it first. What was made later on such a row is
    marked like it, so nothing real is left hanging. Doing it twice changes nothing."""
    async with db.transaction(by=by, to="remove demonstration data") as tx:
        removed: dict[str, int] = {}
        for table in (Signature, Agreement, Activity, Membership, Organization):
            removed[table.__tablename__] = await _delete(tx, table)
        await _take_back_stages(tx)
        codes = select(Community.code).where(Community.demo)
        await tx.execute(delete(StageChange).where(StageChange.community_code.in_(codes)))
        await tx.execute(delete(Port).where(Port.community_code.in_(codes)))
        removed["communities"] = await _delete(tx, Community)
        tx.note(removed=removed)


async def _delete(tx: WriteSession, table: type) -> int:
    keys = await tx.scalars(delete(table).where(table.demo).returning(table.created_at))  # type: ignore[attr-defined]
    return len(keys.all())


async def _take_back_stages(tx: WriteSession) -> None:
    """A real community goes back to the stage that it had before the demonstration moved it."""
    moved = (await tx.scalars(delete(StageChange).where(StageChange.demo).returning(StageChange.community_code))).all()
    if not moved:
        return
    later = aliased(StageChange)
    last = (
        select(StageChange.stage, StageChange.date, StageChange.community_code)
        .where(
            ~select(later.id)
            .where(
                later.community_code == StageChange.community_code,
                (later.recorded_at > StageChange.recorded_at)
                | ((later.recorded_at == StageChange.recorded_at) & (later.id > StageChange.id)),
            )
            .exists()
        )
        .subquery()
    )
    changed = await tx.scalars(
        update(Community)
        .where(Community.code == last.c.community_code, Community.code.in_(moved))
        .values(stage=last.c.stage, stage_since=last.c.date, version=Community.version + 1)
        .returning(Community.code)
    )
    for code in changed:
        tx.announce(Job("community_changed", {"code": code}))
