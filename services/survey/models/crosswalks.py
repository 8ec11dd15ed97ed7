"""Crosswalks between versions of the model, as the secretariat edits and readers see them."""

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.crosswalk import Link, equal_codes, wrong_links
from services.survey.models.crosswalk_rows import instrument_in, links_in, stored_links
from services.survey.models.operations import model_to_see, visible
from services.survey.schemas.versions import CrosswalkIn, CrosswalkListItem, CrosswalkOut, LinkOut
from services.survey.tables import Crosswalk, Model
from shared import idempotency
from shared.callers import Caller
from shared.database import Database, WriteSession
from shared.problems import Conflict, Invalid, NotFound
from shared.tags import Expected

NOT_STORED = 0
"""The edition of a crosswalk that nobody has stored yet."""


def visible_crosswalks(caller: Caller) -> ColumnElement[bool]:
    """Published ones for everybody; drafts for the secretariat."""
    return or_(Crosswalk.published_at.is_not(None), literal(caller.is_secretariat))


async def list_crosswalks(db: Database, after: str, *, by: Caller) -> list[CrosswalkListItem]:
    """The crosswalks to a version, by the earlier version. Raises NotFound for the version."""
    async with db.reading() as reading:
        await model_to_see(reading, after, by)
        rows = await reading.scalars(
            select(Crosswalk)
            .join(Model, Model.version == Crosswalk.from_version)
            .where(Crosswalk.to_version == after, visible_crosswalks(by), visible(by))
            .order_by(Crosswalk.from_version)
        )
    return [
        CrosswalkListItem(
            before=row.from_version, after=row.to_version, state="published" if row.published_at else "draft",
            links=len(row.links), published_at=row.published_at, demo=row.demo,
        )
        for row in rows
    ]  # fmt: skip


async def read_crosswalk(db: Database, after: str, before: str, *, by: Caller) -> tuple[CrosswalkOut, int]:
    """The crosswalk between two versions. The secretariat is told what equal codes say where none is stored yet.

    Raises NotFound.
    """
    async with db.reading() as reading:
        old, new = await _pair(reading, before, after, by)
        row = await reading.scalar(
            select(Crosswalk).where(
                Crosswalk.to_version == after, Crosswalk.from_version == before, visible_crosswalks(by)
            )
        )
    if row is None and not by.is_secretariat:
        raise NotFound("This crosswalk")
    return _out(row, old, new), row.edition if row is not None else NOT_STORED


async def _pair(db: AsyncSession, before: str, after: str, by: Caller) -> tuple[Model, Model]:
    old, new = await model_to_see(db, before, by), await model_to_see(db, after, by)
    if before == after:
        raise NotFound("This crosswalk")
    return old, new


def _out(row: Crosswalk | None, old: Model, new: Model) -> CrosswalkOut:
    before, after = instrument_in(old), instrument_in(new)
    links = links_in(row.links) if row is not None else equal_codes(before, after)
    sources, targets = {link.source for link in links}, {link.target for link in links}
    return CrosswalkOut(
        before=old.version, after=new.version, stored=row is not None,
        state="published" if row is not None and row.published_at else "draft",
        links=[LinkOut(source=link.source, target=link.target, share=link.share) for link in links],
        new=[code for code in after.measures if code not in targets],
        dropped=[code for code in before.measures if code not in sources],
        published_at=row.published_at if row is not None else None,
        demo=row.demo if row is not None else new.demo,
    )  # fmt: skip


async def replace_crosswalk(
    db: Database, after: str, before: str, wanted: CrosswalkIn, expected: Expected, *, by: Caller
) -> tuple[CrosswalkOut, int]:
    """Store the links between two versions. Raises NotFound, Conflict once it is published, StaleVersion, Invalid."""
    async with db.transaction(by=by, to="edit a crosswalk", about=f"{before} to {after}") as tx:
        # The later version's row is the lock: its publication waits for this, and this for its publication.
        locked = select(Model).where(Model.version == after).with_for_update(key_share=True)
        if await tx.scalar(locked) is None:
            raise NotFound("This version of the model")
        old, new = await _pair(tx, before, after, by)
        row = await tx.get(Crosswalk, (after, before))
        if row is not None and row.published_at is not None:
            raise Conflict("This crosswalk is published and never changes.")
        expected.must_match(row.edition if row is not None else NOT_STORED)
        links = [Link(one.source, one.target, one.share) for one in wanted.links]
        errors = list(wrong_links(links, instrument_in(old), instrument_in(new)))
        if errors:
            raise Invalid(errors=errors[:100])
        if row is None:
            row = Crosswalk(to_version=after, from_version=before, edition=0, published_at=None, demo=by.demo)
            tx.add(row)
        row.links, row.edition = stored_links(links), row.edition + 1
        await tx.flush()
    return _out(row, old, new), row.edition


async def publish_crosswalk(db: Database, after: str, before: str, *, by: Caller) -> tuple[CrosswalkOut, int]:
    """Fix a crosswalk between two versions that are published already. Raises NotFound, Conflict."""
    async with db.transaction(by=by, to="publish a crosswalk", about=f"{before} to {after}") as tx:
        old, new = await _pair(tx, before, after, by)
        row = await _to_publish(tx, after, before)
        if old.published_at is None or new.published_at is None:
            raise Conflict("A crosswalk is published with the later version, once both are ready.")
        if row.published_at is not None:
            raise Conflict("This crosswalk is published already.")
        row.published_at, row.edition = datetime.now(UTC), row.edition + 1
        await tx.flush()
        out = _out(row, old, new)
        idempotency.will_answer(out, status=200, version=row.edition)
    return out, row.edition


async def _to_publish(tx: WriteSession, after: str, before: str) -> Crosswalk:
    row: Crosswalk | None = await tx.scalar(
        select(Crosswalk)
        .where(Crosswalk.to_version == after, Crosswalk.from_version == before)
        .with_for_update()
    )  # fmt: skip
    if row is None:
        raise NotFound("This crosswalk")
    return row
