"""What the survey knows of communities: a mirror that the registry keeps fresh, read through when it has a gap."""

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.client import RegistryClient
from services.registry.schemas import CommunityFacts
from services.survey.tables import Community
from shared.callers import Caller
from shared.database import Database
from shared.peers import Peers

PLATFORM = Caller(kind="service", id="survey", name="survey")


async def keep_facts(db: Database, facts: CommunityFacts) -> None:
    """Store a community as it is now; the same twice changes nothing."""
    values = facts.model_dump() | {"updated_at": datetime.now(UTC)}
    async with db.transaction(by=PLATFORM, to="keep facts of a community", about=facts.code) as tx:
        await tx.execute(
            insert(Community)
            .values(values)
            .on_conflict_do_update(
                index_elements=[Community.code],
                set_={name: value for name, value in values.items() if name != "code"},
            )
        )


async def learn_missing(db: Database, peers: Peers, codes: Collection[str]) -> None:
    """Ask the registry for communities that the mirror has not heard of. Runs before a transaction, never in one."""
    async with db.reading() as reading:
        known = set((await reading.scalars(select(Community.code).where(Community.code.in_(codes)))).all())
    for code in sorted(set(codes) - known):
        for facts in await RegistryClient(peers).facts(code):
            await keep_facts(db, facts)


async def communities_by_code(db: AsyncSession, codes: Collection[str]) -> dict[str, Community]:
    """The mirror's rows, the removed communities included."""
    rows = await db.scalars(select(Community).where(Community.code.in_(codes)))
    return {row.code: row for row in rows}
