"""What other services and the operator tell the indicators service."""

from sqlalchemy import and_, delete, exists, select, update
from starlette.responses import Response

from services.indicators import facts as facts_of_communities
from services.indicators.tables import (
    EventCount,
    EventFile,
    Import,
    IndicatorDraft,
    Observation,
    PeerGroup,
    Reading,
    Revision,
    RollUp,
    Submission,
    SubmissionChange,
    Visibility,
)  # fmt: skip
from services.registry.schemas import CommunityFacts
from shared.answers import nothing
from shared.callers import Caller, Service
from shared.database import Database
from shared.dependencies import Db
from shared.problems import Invalid
from shared.routing import house_router

router = house_router()


@router.put("/internal/communities/{code}", status_code=204, include_in_schema=False)
async def keep_facts(code: str, facts: CommunityFacts, caller: Service, db: Db) -> Response:
    """Keep what changed of a community."""
    if facts.code != code:
        raise Invalid.at("/code", f"must be {code}, as in the address")
    await facts_of_communities.keep(db, [facts], by=caller)
    return nothing()


@router.delete("/internal/demo", status_code=204, include_in_schema=False)
async def remove_demo(caller: Service, db: Db) -> Response:
    """Take away everything that was made for demonstration."""
    await remove_demonstration(db, by=caller)
    return nothing()


async def remove_demonstration(db: Database, *, by: Caller) -> None:
    """Delete every demo row; a real observation that carried a demo approval goes back to having none."""
    async with db.transaction(by=by, to="remove demonstration data") as tx:
        same_key = and_(
            Revision.community_code == Observation.community_code,
            Revision.indicator_code == Observation.indicator_code,
            Revision.period == Observation.period,
        )
        approved_in_demo = exists(
            select(Revision.revision).where(same_key, Revision.revision == Observation.approved_revision, Revision.demo)
        )
        await tx.execute(
            update(Observation)
            .where(~Observation.demo, approved_in_demo)
            .values(value=None, numerator=None, denominator=None, n=None, approved_revision=None)
        )
        for table in (
            EventFile, EventCount, Reading, RollUp, Observation, Revision, SubmissionChange, Submission, Visibility,
            PeerGroup, IndicatorDraft, Import,
        ):  # fmt: skip
            await tx.execute(delete(table).where(table.demo))
