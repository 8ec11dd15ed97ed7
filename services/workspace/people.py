"""The people of the committees, whom the gateway knows: who belongs to one, and what somebody is called."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

import structlog
from fastapi import Depends, Request

from gateway.client import IdentityClient
from services.workspace.words import ROLES, CommitteeRole
from shared.peers import Peers
from shared.problems import FieldError, Invalid, Problem

log = structlog.get_logger(__name__)
NAMES_LAST = 60.0  # seconds
MOST_NAMES = 10_000


@dataclass(frozen=True, slots=True)
class CommitteePerson:
    """Somebody with a grant in a committee: the strongest role, since the first grant."""

    user_id: UUID
    name: str
    username: str
    role: CommitteeRole
    since: datetime
    communities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody of the Network who could sit in a task force: where they hold roles now."""

    user_id: UUID
    name: str
    communities: tuple[str, ...]
    committees: tuple[str, ...]


class People:
    """Asks the gateway. Who belongs to a committee is asked anew each time, because rights follow from it; names are
    remembered for a minute, because only their spelling does."""

    def __init__(self, peers: Peers) -> None:
        self._identity = IdentityClient(peers)
        self._names: dict[UUID, tuple[float, str]] = {}

    async def of_committee(self, slug: str) -> list[CommitteePerson]:
        """Each person once, the chair first, then by name."""
        found: dict[UUID, CommitteePerson] = {}
        for holder in await self._identity.holders(f"committee:{slug}"):
            held: CommitteeRole | None = next((role for role in ROLES if role == holder.role), None)
            if held is None:
                continue
            known = found.get(holder.user_id)
            role = min(held, known.role, key=ROLES.index) if known is not None else held
            found[holder.user_id] = CommitteePerson(
                user_id=holder.user_id, name=holder.name, username=holder.username, role=role,
                since=min(holder.since, known.since) if known else holder.since,
                communities=tuple(holder.communities),
            )  # fmt: skip
        self._remember((person.user_id, person.name) for person in found.values())
        return sorted(found.values(), key=order_of)

    async def of_the_network(self) -> list[Candidate]:
        """Everybody with a role in a community or a committee, by name."""
        found: dict[UUID, Candidate] = {}
        for scope in ("committee:*", "community:*"):
            for holder in await self._identity.holders(scope):
                known = found.get(holder.user_id)
                kind, _, name = holder.scope.partition(":")
                seats = {*(known.committees if known else ()), *([name] if kind == "committee" else [])}
                found[holder.user_id] = Candidate(
                    user_id=holder.user_id, name=holder.name, communities=tuple(holder.communities),
                    committees=tuple(sorted(seats)),
                )  # fmt: skip
        return sorted(found.values(), key=lambda one: (one.name.casefold(), one.user_id))

    async def seat(
        self, slug: str, seats: Sequence[tuple[UUID | str, str]], *, asked_by: str, asked_by_id: str | None, demo: bool
    ) -> None:
        """Have people given their roles in a committee that was just made, and told of it, but for whoever asked."""
        await self._identity.seat(slug, seats, asked_by=asked_by, asked_by_id=asked_by_id, demo=demo)

    async def unseat(self, slug: str, *, before: str, asked_by: str) -> None:
        """Have the roles taken away that were given in a committee until then, of which it was removed."""
        await self._identity.unseat(slug, before=before, asked_by=asked_by)

    async def names(self, ids: Iterable[UUID]) -> dict[UUID, str]:
        """Names by id. Whoever has no account any more is left out, and so are all that are not remembered while the
        gateway cannot be asked: a name is no reason to refuse a task."""
        now = time.monotonic()
        wanted = set(ids)
        missing = [user for user in wanted if self._names.get(user, (0.0, ""))[0] < now]
        if missing:
            try:
                told = await self._identity.people([str(user) for user in missing])
            except Problem as problem:
                log.warning("names are missing", reason=problem.detail)
            else:
                self._remember((person.id, person.name) for person in told.values())
        return {user: self._names[user][1] for user in wanted if user in self._names}

    def _remember(self, people: Iterable[tuple[UUID, str]]) -> None:
        if len(self._names) > MOST_NAMES:
            self._names.clear()
        until = time.monotonic() + NAMES_LAST
        self._names |= {user: (until, name) for user, name in people}


def order_of(person: CommitteePerson) -> tuple[int, str, UUID]:
    return ROLES.index(person.role), person.name.casefold(), person.user_id


def must_all_belong(people: Sequence[CommitteePerson], wanted: Sequence[UUID]) -> None:
    """Raises Invalid with `/assignees/{i}` for each who is not of the committee."""
    known = {person.user_id for person in people}
    errors = [
        FieldError(f"/assignees/{index}", "must be the id of somebody who belongs to the committee", "not_a_member")
        for index, user in enumerate(wanted)
        if user not in known
    ]
    if errors:
        raise Invalid(errors=errors)


async def people_of(request: Request) -> People:
    found: People = request.app.state.people
    return found


PeopleOf = Annotated[People, Depends(people_of)]
