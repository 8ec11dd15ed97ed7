"""What waits for somebody: data to enter, to submit, to approve."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from fastapi import Request
from sqlalchemy import or_, select
from starlette.responses import Response

from services.indicators import access
from services.indicators.catalogue import indicators, of_frequency
from services.indicators.periods import FORMS, Period, last_complete, parse
from services.indicators.schemas import DueOut, DuesOut
from services.indicators.tables import Community, Indicator, Observation, Submission
from shared.answers import answer
from shared.callers import Caller, Member
from shared.database import Database, ReadSession
from shared.dependencies import Db
from shared.languages import pick
from shared.problems import documented
from shared.routing import house_router

router = house_router("/api/v1/indicators", tags=["indicators"])
Place = tuple[str, str]
ORDER = {"approval": 0, "submission": 1, "data": 2}


@router.get("/mine", response_model=DuesOut, responses=documented(401))
async def read_mine(request: Request, caller: Member, db: Db) -> Response:
    """What the communities of a data provider or coordinator still owe: the latest month, quarter and year that are
    over, and every older period that was begun and is not approved. For the secretariat, what waits for approval."""
    today = datetime.now(request.app.state.settings.zone).date()
    items = await due_for(db, today, request.state.language, by=caller)
    return answer(request, DuesOut(items=items, next=None, total=len(items)))


async def due_for(db: Database, today: date, language: str, *, by: Caller) -> list[DueOut]:
    """What is due on this day, what waits for the caller first."""
    own = by.scopes_of(*access.FEEDERS, within="community")
    async with db.reading(snapshot=True) as reading:
        catalogue = await indicators(reading)
        communities = {row.code: row for row in await reading.scalars(select(Community).where(Community.active))}
        submissions = await _open(reading, own, everywhere=by.is_secretariat)
        latest = {str(last_complete(frequency, today)) for frequency in FORMS}
        places = set(submissions) | {(code, period) for code in own for period in latest}
        stored = await _stored(reading, own, latest)
        places -= {place for place, row in stored.items() if row.state == "approved"}
        places = {place for place in places if place[0] in communities}
        had = await _had(reading, places)
    dues = [
        _due(place, communities[place[0]], submissions.get(place), had.get(place, set()), catalogue, language, by)
        for place in places
    ]
    return sorted(dues, key=lambda due: (not due.mine, ORDER[due.waits_for], due.community, due.period))


def _due(
    place: Place,
    community: Community,
    submission: Submission | None,
    had: Collection[str],
    catalogue: Mapping[str, Indicator],
    language: str,
    by: Caller,
) -> DueOut:
    period: Period = parse(place[1])
    expected = of_frequency(dict(catalogue), period.frequency)
    missing = [code for code in expected if code not in had]
    state = submission.state if submission is not None else "draft"
    waits_for = "approval" if state == "submitted" else "data" if missing else "submission"
    if waits_for == "approval":
        mine = access.may_decide(by, place[0])
    else:
        mine = by.holds(*access.FEEDERS, scope=f"community:{place[0]}")
    return DueOut.model_validate(
        {
            "community": place[0], "community_name": pick(community.names, language), "period": place[1],
            "frequency": period.frequency, "state": state, "waits_for": waits_for, "mine": mine,
            "expected": len(expected), "have": len(expected) - len(missing), "missing": missing,
            "reason": submission.reason if submission is not None else None,
            "demo": submission.demo if submission is not None else False,
        }
    )  # fmt: skip


async def _open(db: ReadSession, own: Collection[str], *, everywhere: bool) -> dict[Place, Submission]:
    """Submissions that wait for the caller's communities, and for the secretariat those that anybody submitted."""
    mine = (Submission.state != "approved") & Submission.community_code.in_(sorted(own))
    condition = or_(mine, Submission.state == "submitted") if everywhere else mine
    return _by_place(await db.scalars(select(Submission).where(condition)))


async def _stored(db: ReadSession, own: Collection[str], periods: Collection[str]) -> dict[Place, Submission]:
    statement = select(Submission).where(
        Submission.community_code.in_(sorted(own)), Submission.period.in_(sorted(periods))
    )
    return _by_place(await db.scalars(statement))


def _by_place(rows: Iterable[Any]) -> dict[Place, Submission]:
    return {(row.community_code, row.period): row for row in rows}


async def _had(db: ReadSession, places: Collection[Place]) -> dict[Place, set[str]]:
    """Which indicators have a value, by place."""
    found: dict[Place, set[str]] = {}
    if not places:
        return found
    communities, periods = sorted({place[0] for place in places}), sorted({place[1] for place in places})
    rows = await db.execute(
        select(Observation.community_code, Observation.period, Observation.indicator_code).where(
            Observation.community_code.in_(communities), Observation.period.in_(periods)
        )
    )
    for community, period, indicator in rows:
        found.setdefault((community, period), set()).add(indicator)
    return found
