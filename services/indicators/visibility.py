"""Who sees a community's own values."""

from typing import Annotated

from fastapi import Request
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from starlette.responses import Response

from services.indicators import access, facts
from services.indicators.catalogue import indicators
from services.indicators.schemas import Code, VisibilityOut
from services.indicators.tables import Visibility
from services.indicators.words import Level
from shared.answers import answer
from shared.callers import Caller, Member
from shared.database import Database
from shared.dependencies import Db, PeersOf
from shared.fields import Input
from shared.problems import FieldError, Invalid, documented, pointer
from shared.routing import house_router
from shared.tags import Expected, expected

router = house_router("/api/v1/indicators", tags=["indicators"])


class VisibilityIn(Input):
    """`community` and `demo` may come back as they were read; they decide nothing."""

    default: Level
    indicators: Annotated[dict[Code, Level], Field(default_factory=dict, max_length=1000)]
    community: str | None = None
    demo: bool | None = None


@router.get("/visibility/{community}", response_model=VisibilityOut, responses=documented(401, 403, 404))
async def read_visibility(request: Request, community: str, caller: Member, db: Db, peers: PeersOf) -> Response:
    """Who sees the community's values: `public`, `network`, or `aggregate` (only inside benchmarks)."""
    await facts.community_of_path(db, peers, community)
    access.must_be_of(caller, community)
    async with db.reading() as reading:
        row = await reading.get(Visibility, community) or _unset(community)
    return answer(request, visibility_out(row), version=row.version)


@router.put(
    "/visibility/{community}", response_model=VisibilityOut, responses=documented(400, 401, 403, 404, 412, 415, 422)
)
async def set_visibility(
    request: Request, community: str, wanted: VisibilityIn, caller: Member, db: Db, peers: PeersOf
) -> Response:
    """Decide who sees what, as a whole. `If-Match` is heeded when it is sent."""
    await facts.community_of_path(db, peers, community)
    access.must_decide(caller, community)
    if wanted.community not in (None, community):
        raise Invalid.at("/community", "must be the community of the address", "other")
    version = await expected(request) if "if-match" in request.headers else None
    row = await change_visibility(db, community, wanted, version, by=caller)
    return answer(request, visibility_out(row), version=row.version)


async def change_visibility(
    db: Database, community: str, wanted: VisibilityIn, version: Expected | None, *, by: Caller
) -> Visibility:
    """Replace the community's settings. Raises StaleVersion, and Invalid for an unknown indicator."""
    async with db.transaction(by=by, to="set visibility", about=community) as tx:
        known = await indicators(tx)
        if unknown := [code for code in wanted.indicators if code not in known]:
            message = "is no indicator of the catalogue"
            raise Invalid(
                errors=[FieldError(pointer("indicators", code), message, "unknown") for code in unknown[:100]]
            )
        first = _unset(community)
        await tx.execute(
            insert(Visibility)
            .values(
                community_code=community, default_level=first.default_level, indicators={}, version=first.version,
                demo=by.demo,
            )
            .on_conflict_do_nothing()
        )  # fmt: skip
        row: Visibility = (
            await tx.scalars(select(Visibility).where(Visibility.community_code == community).with_for_update())
        ).one()
        if version is not None:
            version.must_match(row.version)
        if (row.default_level, row.indicators) != (wanted.default, wanted.indicators):
            row.default_level, row.indicators, row.version = wanted.default, dict(wanted.indicators), row.version + 1
            row.demo = by.demo
        tx.note(default=wanted.default, indicators=wanted.indicators)
    return row


def _unset(community: str) -> Visibility:
    """What holds before a community has decided."""
    return Visibility(
        community_code=community, default_level=access.DEFAULT_LEVEL, indicators={}, version=0, demo=False
    )


def visibility_out(row: Visibility) -> VisibilityOut:
    return VisibilityOut.model_validate(
        {
            "community": row.community_code, "default": row.default_level, "indicators": row.indicators,
            "demo": row.demo,
        }
    )  # fmt: skip
