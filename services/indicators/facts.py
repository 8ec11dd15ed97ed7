"""Communities as the indicators know them: a mirror that the registry keeps up to date."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from services.indicators.tables import Community
from services.registry.client import RegistryClient
from services.registry.schemas import CommunityFacts
from shared.callers import Caller
from shared.database import Database
from shared.peers import Peers
from shared.problems import NotFound

PLATFORM = Caller(kind="service", id="indicators", name="indicators")


async def keep(db: Database, facts: list[CommunityFacts], *, by: Caller) -> None:
    """Store communities as they are now; the same twice changes nothing."""
    about = facts[0].code if len(facts) == 1 else f"{len(facts)} communities"
    async with db.transaction(by=by, to="keep facts of communities", about=about) as tx:
        statement = insert(Community)
        columns = [column.name for column in Community.__table__.columns]
        await tx.execute(
            statement.on_conflict_do_update(
                index_elements=["code"], set_={name: statement.excluded[name] for name in columns if name != "code"}
            ),
            [fact.model_dump(include=set(columns)) for fact in sorted(facts, key=lambda fact: fact.code)],
        )


async def known(db: Database, peers: Peers, codes: Collection[str]) -> dict[str, Community]:
    """The communities of the Network among these codes. What the mirror misses is asked of the registry, once for all
    of it; call this before a transaction."""
    found = await _mirrored(db, codes)
    if len(found) < len(set(codes)):
        facts = await RegistryClient(peers).facts()
        missing = [fact for fact in facts if fact.code in codes and fact.code not in found]
        if missing:
            await keep(db, missing, by=PLATFORM)
            found = await _mirrored(db, codes)
    return {code: row for code, row in found.items() if row.active}


async def community_of_path(db: Database, peers: Peers, code: str) -> Community:
    """The community that an address names. Raises NotFound."""
    found = (await known(db, peers, [code])).get(code)
    if found is None:
        raise NotFound("This community")
    return found


async def _mirrored(db: Database, codes: Collection[str]) -> dict[str, Community]:
    async with db.statements.connect() as connection:
        rows = await connection.execute(select(Community.__table__).where(Community.code.in_(set(codes))))
        return {row.code: Community(**row._mapping) for row in rows}


async def every(db: Database, peers: Peers) -> list[str]:
    """The codes of all active communities of the Network, as the registry has them now; call this before a
    transaction."""
    facts = await RegistryClient(peers).facts()
    async with db.reading() as reading:
        mirrored = set(await reading.scalars(select(Community.code)))
    if missing := [fact for fact in facts if fact.code not in mirrored]:
        await keep(db, missing, by=PLATFORM)
    return sorted(fact.code for fact in facts if fact.active)
