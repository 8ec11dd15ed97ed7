"""Telling people of their own seats: that they were given a role in a committee, or that it ended."""

from typing import Literal
from uuid import UUID

from sqlalchemy import select

from services.workspace.access import visible_committees
from services.workspace.notifications.delivery import notify
from services.workspace.notifications.rules import Notice
from services.workspace.tables import Committee
from services.workspace.words import CommitteeRole
from shared.callers import Caller
from shared.database import Database
from shared.fields import Id, Input
from shared.problems import NotFound

NAME = "name."
"""Before a language: the committee's name in it, among the details of a notification."""


class SeatIn(Input):
    """A role that somebody was given in a committee, or that `ended`: the grant's id, and the name of who did it."""

    grant: Id
    user_id: Id
    role: CommitteeRole
    ended: bool
    committee: str
    by: str
    demo: bool


async def tell_of_seat(db: Database, wanted: SeatIn, *, by: Caller) -> None:
    """Once for each beginning and each end, however often it is asked for. Raises NotFound for an unknown committee."""
    kind: Literal["seated", "unseated"] = "unseated" if wanted.ended else "seated"
    async with db.transaction(by=by, to="tell of a seat", about=wanted.committee) as tx:
        committee = await tx.scalar(
            select(Committee).where(Committee.slug == wanted.committee, visible_committees(by))
        )  # fmt: skip
        if committee is None:
            raise NotFound("This committee")
        names = {f"{NAME}{language}": name for language, name in committee.names.items()}
        await notify(
            tx, [Notice(UUID(str(wanted.user_id)), kind, "seat")], event=f"{kind}:{wanted.grant}",
            committee=committee.slug, subject=committee.names.get("es") or next(iter(committee.names.values())),
            link=None if wanted.ended else f"/committees/{committee.slug}", actor_name=wanted.by,
            details={"role": wanted.role, **names}, demo=wanted.demo or committee.demo,
        )  # fmt: skip
