"""What the workspace does off the request path."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import FastAPI

from gateway.client import IdentityClient
from services.workspace.documents.text_jobs import document_jobs
from services.workspace.elections.opening import CLOSES, OPENS, close_when_due, open_when_due, remind_when_due
from services.workspace.elections.opening import REMINDS as VOTE_REMINDS
from services.workspace.notifications.delivery import POST
from services.workspace.notifications.posting import DIGEST, post_notice, post_office, send_digest
from services.workspace.polls.reminding import REMINDS as POLL_REMINDS
from services.workspace.polls.reminding import remind_of_poll
from services.workspace.regional_meetings.places import FORGET, MAIL, forget_participants, write_to_participant
from services.workspace.seed import PLATFORM
from services.workspace.tables import Committee
from services.workspace.task_forces.operations import SEAT, seat_people
from services.workspace.task_forces.removing import UNSEAT, unseat_people
from services.workspace.tasks.reminding import DUE_SOON, OVERDUE, tell_of_due_date, tell_of_overdue
from services.workspace.tasks.repeating import NEXT, follow_when_passed
from services.workspace.webhooks.sending import SEND, send_message
from shared.jobs import Handler


def jobs(app: FastAPI) -> dict[str, Handler]:
    async def due_soon(payload: Mapping[str, Any]) -> None:
        await tell_of_due_date(app.state.database, payload, app.state.settings.zone)

    async def overdue(payload: Mapping[str, Any]) -> None:
        await tell_of_overdue(app.state.database, payload, app.state.settings.zone)

    async def following(payload: Mapping[str, Any]) -> None:
        day = date.fromisoformat(payload["occurs_on"])
        await follow_when_passed(app.state.database, UUID(payload["task"]), day, app.state.settings.zone)

    async def post(payload: Mapping[str, Any]) -> None:
        await post_notice(post_office(app), payload)

    async def digest(payload: Mapping[str, Any]) -> None:
        await send_digest(post_office(app), payload)

    async def opens(payload: Mapping[str, Any]) -> None:
        await open_when_due(app.state.database, app.state.people, app.state.settings.secret, UUID(payload["election"]))

    async def closes(payload: Mapping[str, Any]) -> None:
        await close_when_due(app.state.database, app.state.people, app.state.settings.secret, UUID(payload["election"]))

    async def vote_reminds(payload: Mapping[str, Any]) -> None:
        state = app.state
        election = UUID(payload["election"])
        await remind_when_due(state.database, state.people, state.settings.secret, election, state.settings.zone)

    async def poll_reminds(payload: Mapping[str, Any]) -> None:
        await remind_of_poll(app.state.database, app.state.people, UUID(payload["poll"]))

    async def webhook(payload: Mapping[str, Any]) -> None:
        settings = app.state.settings
        await send_message(app.state.database, settings.secret, payload, private=settings.webhooks_to_private_addresses)

    async def seat(payload: Mapping[str, Any]) -> None:
        async with app.state.database.reading() as reading:  # it may have been removed at once
            there = await reading.get(Committee, str(payload["slug"])) is not None
        if there:
            await seat_people(app.state.people, payload)

    async def unseat(payload: Mapping[str, Any]) -> None:
        await unseat_people(app.state.people, payload)

    async def meeting_mail(payload: Mapping[str, Any]) -> None:
        identity = IdentityClient(app.state.peers)
        await write_to_participant(app.state.database, identity, app.state.settings.secret, payload)

    async def forget(payload: Mapping[str, Any]) -> None:
        await forget_participants(app.state.database, payload, by=PLATFORM)

    return {
        **document_jobs(app),
        DUE_SOON: due_soon,
        OVERDUE: overdue,
        NEXT: following,
        POST: post,
        DIGEST: digest,
        OPENS: opens,
        CLOSES: closes,
        VOTE_REMINDS: vote_reminds,
        POLL_REMINDS: poll_reminds,
        SEND: webhook,
        SEAT: seat,
        UNSEAT: unseat,
        MAIL: meeting_mail,
        FORGET: forget,
    }
