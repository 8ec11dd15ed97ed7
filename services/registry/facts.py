"""Telling the services that keep facts of communities, by jobs."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI

from services.registry.schemas import CommunityFacts
from services.registry.tables import Community
from shared.jobs import Handler

LISTENERS = ("survey", "indicators")


def facts_of(row: Community) -> CommunityFacts:
    return CommunityFacts(
        code=row.code, names=row.names, country=row.country, kind=row.kind, phase=row.phase,
        size_class=row.size_class, active=row.deleted_at is None, demo=row.demo,
    )  # fmt: skip


def jobs(app: FastAPI) -> dict[str, Handler]:
    async def tell_listeners(payload: Mapping[str, Any]) -> None:
        """Send a community as it is now; sending it twice changes nothing."""
        async with app.state.database.reading() as reading:
            row = await reading.get(Community, payload["code"])
        if row is None:
            return
        facts = facts_of(row)
        for service in LISTENERS:
            token = await app.state.peers.token(service, None)
            await app.state.peers.send(
                service, "PUT", f"/internal/communities/{row.code}",
                content=facts.model_dump_json().encode(),
                headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            )  # fmt: skip

    return {"community_changed": tell_listeners}
