"""Reads of communities that need more than one line of SQL."""

from collections.abc import Sequence

from sqlalchemy import Select, func, select
from sqlalchemy.orm import selectinload

from services.registry.access import visible
from services.registry.members.operations import is_current
from services.registry.tables import Community, Membership, StageChange
from shared.callers import Caller
from shared.database import ReadSession, WriteSession
from shared.text import without_accents


def communities(
    caller: Caller,
    *,
    country: str | None = None,
    phase: str | None = None,
    stage: str | None = None,
    kind: str | None = None,
    q: str | None = None,
) -> Select[Community]:
    """The communities that a caller may see and asks for, with their ports. `q` looks in names, code and ports
    without regard to accents or case."""
    statement = select(Community).where(visible(caller)).options(selectinload(Community.ports))
    for column, value in (
        (Community.country, country), (Community.phase, phase), (Community.stage, stage), (Community.kind, kind),
    ):  # fmt: skip
        if value is not None:
            statement = statement.where(column == value)
    for word in without_accents(q or "").split()[:10]:
        statement = statement.where(Community.search.contains(word, autoescape=True))
    return statement


def stages(code: str) -> Select[StageChange]:
    """The life cycle of a community so far."""
    return select(StageChange).where(StageChange.community_code == code)


async def members_counts(db: ReadSession | WriteSession, codes: Sequence[str]) -> dict[str, int]:
    """How many organisations are members today, by community."""
    rows = await db.execute(
        select(Membership.community_code, func.count(Membership.organization_id.distinct()))
        .where(Membership.community_code.in_(codes), is_current())
        .group_by(Membership.community_code)
    )
    return dict(rows.all())


def search_text(community: Community) -> str:
    """What `q` is looked for in."""
    parts = [community.code, community.country, *community.names.values()]
    parts += [text for port in community.ports for text in (port.unlocode, port.name)]
    return " ".join(without_accents(part) for part in parts)
