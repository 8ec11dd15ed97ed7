"""The rows of crosswalks: read for whoever may, and published with the version that they lead to."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.crosswalk import Link, equal_codes, wrong_links
from services.survey.instrument import Instrument
from services.survey.tables import Crosswalk, Model
from shared.callers import Caller
from shared.database import WriteSession
from shared.problems import FieldError, Invalid, pointer


def links_in(stored: Sequence[Any]) -> list[Link]:
    return [Link(one["from"], one["to"], one["share"]) for one in stored]


def stored_links(links: Sequence[Link]) -> list[dict[str, Any]]:
    return [{"from": link.source, "to": link.target, "share": link.share} for link in links]


def instrument_in(row: Model) -> Instrument:
    return Instrument.of(row.version, row.content)


async def publish_crosswalks(tx: WriteSession, after: Model, published: Sequence[Model], *, by: Caller) -> None:
    """Fix the crosswalks to a version that is being published; without one, equal codes to the version before.

    Raises Invalid when the version has changed since and a crosswalk names what is no longer there.
    """
    rows = (
        await tx.scalars(select(Crosswalk).where(Crosswalk.to_version == after.version).with_for_update())
    ).all()  # fmt: skip
    newer = instrument_in(after)
    errors: list[FieldError] = []
    for row in rows:
        before = await tx.get_one(Model, row.from_version)
        if before.published_at is None:
            continue
        errors += [
            FieldError(pointer("crosswalks", row.from_version) + one.pointer, one.message, one.code)
            for one in wrong_links(links_in(row.links), instrument_in(before), newer)
        ]
        row.published_at, row.edition = after.published_at or datetime.now(UTC), row.edition + 1
    if errors:
        raise Invalid(errors=errors[:100])
    based = await tx.get(Model, after.based_on) if after.based_on else None
    base = based if based is not None and based.published_at else published[-1] if published else None
    if base is not None and base.version not in {row.from_version for row in rows}:
        links = equal_codes(instrument_in(base), newer)
        tx.add(
            Crosswalk(
                to_version=after.version, from_version=base.version, links=stored_links(links), edition=1,
                published_at=after.published_at, demo=by.demo or after.demo,
            )
        )  # fmt: skip


async def published_crosswalks(db: AsyncSession) -> dict[tuple[str, str], list[Link]]:
    """Every published crosswalk by the versions that it joins."""
    rows = await db.scalars(select(Crosswalk).where(Crosswalk.published_at.is_not(None)))
    return {(row.from_version, row.to_version): links_in(row.links) for row in rows}
