"""Reads of communities that need more than one line of SQL."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import selectinload

from services.registry.access import visible
from services.registry.tables import Community, Membership
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
) -> Select[tuple[Community]]:
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


async def members_counts(db: ReadSession | WriteSession, codes: Sequence[str]) -> dict[str, int]:
    """How many organisations are members today, by community."""
    today = date.today()  # noqa: DTZ011 -- a membership is dated by calendar days, wherever its people are
    rows = await db.execute(
        select(Membership.community_code, func.count(Membership.organization_id.distinct()))
        .where(
            Membership.community_code.in_(codes),
            or_(Membership.from_on.is_(None), Membership.from_on <= today),
            or_(Membership.to_on.is_(None), Membership.to_on >= today),
        )
        .group_by(Membership.community_code)
    )
    return dict(rows.all())


def search_text(community: Community) -> str:
    """What `q` is looked for in."""
    parts = [community.code, community.country, *community.names.values()]
    parts += [text for port in community.ports for text in (port.unlocode, port.name)]
    return " ".join(without_accents(part) for part in parts)
