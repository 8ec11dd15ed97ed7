"""Each community sees who read and exported its own figures: by day, person and surface, not by request."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Literal

from fastapi import Request
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from starlette.responses import Response

from services.indicators import access, facts
from services.indicators.submissions.locking import actor, name_of
from services.indicators.tables import Reading
from shared.answers import answer
from shared.callers import Caller, Member
from shared.database import Database, WriteSession
from shared.dependencies import Db, PeersOf
from shared.fields import Counted, Date, Output, Time
from shared.paging import Part, count_of
from shared.problems import documented
from shared.routing import house_router

router = house_router("/api/v1/indicators", tags=["indicators"])
Action = Literal["read", "export"]
KEYS = (
    Reading.last_at, Reading.day, Reading.by, Reading.action, Reading.surface, Reading.form,
)  # fmt: skip


class ReadingOut(Output):
    """How often somebody read or exported figures of the community on a day of UTC, and how many figures in all.
    `kind`: a person, a program, or the public, of whom no name is known."""

    day: Date
    by: str
    kind: Literal["person", "program", "public"]
    action: Action
    surface: str
    format: str
    times: int
    figures: int
    last_at: Time
    demo: bool


async def note_reading(
    db: Database, figures: Mapping[str, int], surface: str, *, by: Caller, action: Action = "read", form: str = "json"
) -> None:
    """Count that `by` was shown so many figures of each community. Exports count for everybody; what is read does not
    for the community's own people, nor for the public, who read what is public anyway.

    It is no change of the data: no audit row is written, and what was published keeps its tag.
    """
    if by.kind == "service":
        return
    if action == "read":
        if not by.is_signed_in:
            return
        figures = {code: count for code, count in figures.items() if code not in by.communities}
    if not figures:
        return
    now = datetime.now(UTC)
    rows = [
        {
            "community_code": code, "day": now.date(), "by": actor(by), "action": action, "surface": surface,
            "form": form, "by_name": name_of(by), "times": 1, "figures": count, "last_at": now, "demo": by.demo,
        }
        for code, count in sorted(figures.items())
    ]  # fmt: skip
    statement = insert(Reading)
    async with WriteSession(db.engine) as session, session.begin():
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["community_code", "day", "by", "action", "surface", "form"],
                set_={
                    "times": Reading.times + 1, "figures": Reading.figures + statement.excluded.figures,
                    "last_at": statement.excluded.last_at, "by_name": statement.excluded.by_name,
                },
            ),
            rows,
        )  # fmt: skip


@router.get("/access-log/{community}", response_model=Counted[ReadingOut], responses=documented(401, 403, 404, 422))
async def read_access_log(
    request: Request, community: str, caller: Member, db: Db, peers: PeersOf, part: Part
) -> Response:
    """Who read and exported the community's own figures, newest first; for its coordinators and the secretariat."""
    await facts.community_of_path(db, peers, community)
    access.must_decide(caller, community)
    statement = select(Reading).where(Reading.community_code == community)
    async with db.reading(snapshot=True) as reading:
        total = await count_of(reading, statement)
        found = (await reading.scalars(part.apply(statement, list(KEYS), descending=True))).all()
    rows, following = part.cut(found, lambda row: (row.last_at, row.day, row.by, row.action, row.surface, row.form))
    out: Counted[ReadingOut] = Counted(items=[_reading_out(row) for row in rows], next=following, total=total)
    return answer(request, out)


def _reading_out(row: Reading) -> ReadingOut:
    kinds = {"user": "person", "client": "program"}
    day: date = row.day
    return ReadingOut.model_validate(
        {
            "day": day, "by": row.by_name, "kind": kinds.get(row.by.partition(":")[0], "public"),
            "action": row.action, "surface": row.surface, "format": row.form, "times": row.times,
            "figures": row.figures, "last_at": row.last_at, "demo": row.demo,
        }
    )  # fmt: skip
