"""Telling the workspace who took and who lost a seat in a committee, so that it tells them."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from gateway.roles import kind_of
from gateway.scopes import OWNERS
from gateway.tables import RoleGrant
from shared.database import Job, WriteSession
from shared.jobs import Handler
from shared.peers import Peers
from shared.problems import NotFound

TELL = "tell_of_seat"


def announce_seat(
    tx: WriteSession, grant: RoleGrant, *, by_name: str, by_id: str | None = None, ended: bool = False
) -> None:
    """Have somebody told that they were given a role in a committee, or that it ended; not of what they did
    themselves."""
    if kind_of(grant.scope) != "committee" or str(grant.user_id) == by_id:
        return
    tx.announce(
        Job(
            TELL,
            {
                "grant": str(grant.id), "user_id": str(grant.user_id), "role": grant.role, "ended": ended,
                "committee": grant.scope.partition(":")[2], "by": by_name, "demo": grant.demo,
            },
        )
    )  # fmt: skip


def jobs(peers: Peers) -> dict[str, Handler]:
    return {TELL: partial(tell_of_seat, peers)}


async def tell_of_seat(peers: Peers, payload: Mapping[str, Any]) -> None:
    """The job; of a committee that is gone nobody is told. Raises Unavailable."""
    owner = OWNERS["committee"]
    token = await peers.token(owner, None)
    with suppress(NotFound):
        await peers.send(
            owner, "POST", "/internal/seats", json=dict(payload), headers={"Authorization": f"Bearer {token}"}
        )
