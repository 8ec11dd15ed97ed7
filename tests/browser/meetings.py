"""Meetings, elections and a poll as a committee has them, for the pages that show them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from deploy.local.composition import Platform
from tests.people import Person, if_match

ROOT = "/api/v1/workspace"
HERE = f"{ROOT}/committees/research-and-innovation"


def at(days: int, hour: int) -> str:
    moment = (datetime.now(UTC) + timedelta(days=days)).replace(hour=hour, minute=0, second=0, microsecond=0)
    return moment.isoformat().replace("+00:00", "Z")


async def made(by: Person, path: str, body: Mapping[str, Any]) -> Any:
    answer = await by.post(path, json=dict(body))
    assert answer.status_code in (200, 201), answer.text
    return answer


async def meetings_and_votes(platform: Platform, people: Mapping[str, Person]) -> dict[str, str]:
    """Addresses of what was made, by what pages call it."""
    chair, member = people["chair"], people["member"]
    meeting = {
        "title": "Reunión ordinaria del comité", "timezone": "America/Santiago", "starts_at": at(-6, 14),
        "ends_at": at(-6, 15), "rrule": "FREQ=WEEKLY;COUNT=12", "place": "Sala del puerto de San Antonio",
        "link": "https://example.org/sala", "description": "Revisión de **estándares** de la ventanilla única.",
        "agenda": [{"title": "Acta anterior", "minutes": 10}, {"title": "Avance de las tareas", "minutes": 40}],
    }  # fmt: skip
    event = await made(chair, f"{HERE}/events", meeting)
    url = f"{ROOT}/events/{event.json()['id']}"
    later = event.json()["occurrences"][2]["occurrence"]
    moved = await chair.patch(url, params={"occurrence": later}, headers=if_match(event), json={"starts_at": at(9, 19)})
    assert moved.status_code == 200, moved.text
    await member.put(f"{url}/attendance", json={"answer": "yes"})
    first = event.json()["occurrences"][0]["occurrence"]
    written = await member.post(
        f"{url}/minutes", params={"occurrence": first}, json={"text": "Se abrió a las 10.", "present": ["Ana", "Luis"]}
    )
    assert written.status_code == 201, written.text
    await made(
        chair, f"{HERE}/decisions",
        {"title": "Adoptar el glosario común", "decided_on": at(-6, 14)[:10], "event": event.json()["id"]},
    )  # fmt: skip
    await made(member, f"{url}/tasks", {"title": "Enviar el glosario", "assignees": [member.user_id]})
    shown = await made(
        chair, f"{HERE}/events",
        {
            "title": "Foro abierto de comunidades portuarias", "timezone": "America/Guayaquil", "public": True,
            "starts_at": at(20, 15), "ends_at": at(20, 18), "place": "Guayaquil",
        },
    )  # fmt: skip
    poll = await made(
        chair, f"{HERE}/polls",
        {
            "title": "Taller con la aduana", "timezone": "America/Lima",
            "options": [{"starts_at": at(day, 15), "ends_at": at(day, 16)} for day in (30, 31, 33)],
        },
    )  # fmt: skip
    await member.put(
        f"{ROOT}/polls/{poll.json()['id']}/answers", json={"answers": {"1": "no", "2": "yes", "3": "maybe"}}
    )
    return {
        "event": f"{event.json()['id']}?occurrence={first}", "public_event": str(shown.json()["id"]),
        "poll": str(poll.json()["id"]), "election": await election(platform, people, hours=3),
        "closed_election": await election(platform, people, hours=30),
    }  # fmt: skip


async def election(platform: Platform, people: Mapping[str, Person], *, hours: int) -> str:
    """An election in which voting opened an hour ago, or has closed, as so many hours had passed."""
    chair, member = people["chair"], people["member"]
    called = await made(
        chair, f"{HERE}/elections",
        {
            "title": "Secretaría técnica del comité", "method": "approval", "seats": 1, "quorum": 0.5,
            "nominations_until": at(1, 0), "voting_from": at(1, 0), "voting_until": at(2, 0),
        },
    )  # fmt: skip
    url = f"{ROOT}/elections/{called.json()['id']}"
    for person in (chair, member):
        nominated = await made(person, f"{url}/nominations", {"user_id": person.user_id, "statement": "Con *gusto*."})
    async with platform.services["workspace"].state.database.engine.begin() as connection:
        await connection.execute(
            text(
                "UPDATE workspace.elections SET nominations_until = now() - interval '2 hours',"
                " voting_from = now() - interval '1 hour', voting_until = now() + interval '1 day' WHERE id = :id"
            ),
            {"id": called.json()["id"]},
        )
    await made(chair, f"{url}/ballots", {"choices": [nominated.json()["id"]]})
    if hours > 24:
        async with platform.services["workspace"].state.database.engine.begin() as connection:
            await connection.execute(
                text("UPDATE workspace.elections SET voting_until = now() - interval '1 minute' WHERE id = :id"),
                {"id": called.json()["id"]},
            )
    return str(called.json()["id"])
