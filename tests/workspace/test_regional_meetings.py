"""Regional meetings: what the public sees, who gets a place, and what becomes of people's data."""

import asyncio
import csv
import email
import email.policy
import io
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
from sqlalchemy import text

from deploy.local.composition import Platform
from services.workspace.regional_meetings.places import forget_participants
from tests.people import OPERATOR, Person, if_match, pointers
from tests.workspace.conftest import HERE, ROOT, SLUG
from tests.workspace.files import pdf, send_file

MEETINGS = f"{ROOT}/regional-meetings"
URL = f"{MEETINGS}/lima-2027"
SOON = (datetime.now(UTC) + timedelta(days=40)).date()
LATER = SOON + timedelta(days=1)
MEETING: dict[str, Any] = {
    "slug": "lima-2027", "title": "Encuentro regional de Lima", "starts_on": SOON.isoformat(),
    "ends_on": LATER.isoformat(), "timezone": "America/Lima", "place": "Lima, Perú", "venue": "Sala Callao",
    "description": "Dos días de **muelles**.", "published": True,
    "speakers": [{"key": "ana-rios", "name": "Ana Ríos", "post": "Gerente", "organization": "APN", "bio": "Ingeniera."}],
    "sessions": [
        {"day": LATER.isoformat(), "begins": "09:00", "ends": "10:00", "title": "Cierre"},
        {"day": SOON.isoformat(), "begins": "09:30", "ends": "11:00", "title": "Apertura; y puertos", "room": "A",
         "speakers": ["ana-rios"]},
    ],
}  # fmt: skip
COMING = {
    "name": "Luz Vega",
    "organization": "Puerto de Paita",
    "country": "PE",
    "role": "Operaciones",
    "consent": True,
}


class Letters:
    """The mails written since, by address."""

    def __init__(self, platform: Platform) -> None:
        self._folder: Path = platform.settings.data_dir / "outbox"
        self._before = set(self._folder.glob("*.eml"))

    def to(self, address: str) -> list[tuple[str, str]]:
        """Subject and the link's path, the oldest first."""
        files = sorted(set(self._folder.glob("*.eml")) - self._before, key=lambda file: file.stat().st_mtime_ns)
        read = [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]
        found = []
        for mail in read:
            if mail["To"] == address:
                link = re.search(r"http://\S+?(/registrations/\S+)", mail.get_body().get_content())  # type: ignore[union-attr]
                found.append((str(mail["Subject"]), link[1] if link else ""))
        return found


async def come(person: Person, address: str, **fields: Any) -> Any:
    return await person.post(f"{URL}/registrations", json={**COMING, "email": address, **fields})


async def test_a_meeting_is_public_once_it_is_published(platform: Platform, everyone: Mapping[str, Person]):
    secretariat, public, chair = everyone["secretariat"], everyone["public"], everyone["chair"]
    statuses = {
        role: (await person.post(MEETINGS, json={**MEETING, "slug": f"m-{n}", "published": False})).status_code
        for n, (role, person) in enumerate(everyone.items())
    }
    assert statuses == {role: {"public": 401, "secretariat": 201}.get(role, 403) for role in everyone}
    draft = f"{MEETINGS}/m-1"
    seen = {role: (await person.get(draft)).status_code for role, person in everyone.items()}
    assert seen == {role: 200 if role == "secretariat" else 404 for role in everyone}
    assert (await public.get(f"{draft}/programme.ics")).status_code == 404
    assert (await public.post(f"{draft}/registrations", json={**COMING, "email": "a@example.org"})).status_code == 404
    assert (await public.get(MEETINGS)).json()["total"] == 0
    made = await secretariat.post(MEETINGS, json=MEETING)
    assert made.status_code == 201, made.text
    assert (await secretariat.post(MEETINGS, json=MEETING)).status_code == 409
    shown = await public.get(URL)
    told = shown.json()
    assert [one["title"] for one in told["sessions"]] == ["Apertura; y puertos", "Cierre"], "in the order of time"
    assert told["sessions"][0]["starts_at"] == f"{SOON}T14:30:00Z", "Lima is five hours behind"
    assert told["registration"] == {
        "open": True, "until": (SOON - timedelta(days=1)).isoformat(), "capacity": None, "places_left": None,
    }  # fmt: skip
    assert "max-age" in shown.headers["cache-control"] and told["may_edit"] is False
    document = (await send_file(chair, pdf("Ponencia"), "ponencia.pdf")).json()
    decision = (await chair.post(f"{HERE}/decisions", json={"title": "Adoptar", "decided_on": "2026-01-10"})).json()
    wanted = {"papers": [document["id"]], "results": [
        {"committee": SLUG, "documents": [], "decisions": [decision["id"]]}]}  # fmt: skip
    assert pointers(await secretariat.patch(URL, json=wanted, headers=if_match(made))) == ["/papers/0"]
    read = await chair.get(f"{ROOT}/documents/{document['id']}")
    assert (await chair.post(f"{ROOT}/documents/{document['id']}/publish", headers=if_match(read))).status_code == 200
    changed = await secretariat.patch(URL, json=wanted, headers=if_match(made))
    told = (await public.get(URL)).json()
    assert [one["title"] for one in told["papers"]] == ["ponencia"]
    assert [one["title"] for one in told["results"][0]["decisions"]] == ["Adoptar"]
    both = await asyncio.gather(
        *(secretariat.patch(URL, json={"place": place}, headers=if_match(changed)) for place in ("Callao", "Paita"))
    )
    assert sorted(answer.status_code for answer in both) == [200, 412]
    now = next(answer for answer in both if answer.status_code == 200)
    session = MEETING["sessions"][0]
    for wrong, where in (
        ({"sessions": [{**session, "day": "2020-01-01"}]}, ["/sessions/0/day"]),
        ({"sessions": [{**session, "ends": "08:00"}]}, ["/sessions/0/ends"]),
        ({"sessions": [{**session, "speakers": ["nobody"]}]}, ["/sessions/0/speakers/0"]),
        ({"sessions": [{**session, "begins": "9:00"}]}, ["/sessions/0/begins"]),
        ({"speakers": []}, ["/sessions/1/speakers/0"]), ({"ends_on": "2020-01-01"}, ["/ends_on"]),
        ({"capacity": 0}, ["/capacity"]), ({"timezone": "Lima"}, ["/timezone"]), ({"title": None}, ["/title"]),
        ({"results": [{"committee": "nobody"}]}, ["/results/0/committee"]),
        ({"registration_until": (LATER + timedelta(days=1)).isoformat()}, ["/registration_until"]),
    ):  # fmt: skip
        assert pointers(await secretariat.patch(URL, json=wrong, headers=if_match(now))) == where, wrong
    feed = await public.get(f"{URL}/programme.ics")
    events = icalendar.Calendar.from_ical(feed.content).walk("VEVENT")
    assert [(str(one["summary"]), one["dtstart"].params["TZID"]) for one in events] == [
        ("Apertura; y puertos", "America/Lima"), ("Cierre", "America/Lima"),
    ]  # fmt: skip
    again = icalendar.Calendar.from_ical((await public.get(f"{URL}/programme.ics")).content).walk("VEVENT")
    assert [one["uid"] for one in events] == [one["uid"] for one in again]
    english = await secretariat.patch(
        URL, params={"lang": "en"}, json={"title": "Regional meeting in Lima"}, headers=if_match(now)
    )
    assert english.json()["titles"] == {"es": MEETING["title"], "en": "Regional meeting in Lima"}
    assert (await public.get(MEETINGS, params={"when": "past"})).json()["items"] == []
    assert [one["slug"] for one in (await public.get(MEETINGS, params={"when": "coming"})).json()["items"]] == [
        "lima-2027"
    ]


async def test_places_are_given_once_and_go_to_who_waits(platform: Platform, everyone: Mapping[str, Person]):
    secretariat, public = everyone["secretariat"], everyone["public"]
    made = await secretariat.post(MEETINGS, json={**MEETING, "capacity": 3})
    letters = Letters(platform)
    answers = await asyncio.gather(*(come(public, f"persona{n}@example.org") for n in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    states = [answer.json()["state"] for answer in answers]
    assert sorted(states) == ["confirmed"] * 3 + ["waiting"] * 5
    assert (await public.get(URL)).json()["registration"]["places_left"] == 0
    again = await asyncio.gather(*(come(public, " PERSONA0@example.org") for _ in range(4)))
    assert {answer.text for answer in again} == {answers[states.index("waiting")].text}, "an address gives nothing away"
    listed = (await secretariat.get(f"{URL}/registrations")).json()
    assert listed["total"] == 8 and len({one["email"] for one in listed["items"]}) == 8
    others = {role: (await person.get(f"{URL}/registrations")).status_code for role, person in everyone.items()}
    assert others == {role: {"public": 401, "secretariat": 200}.get(role, 403) for role in everyone}
    for path in (URL, MEETINGS, f"{URL}/programme.ics"):
        assert "Luz Vega" not in (await public.get(path)).text and "@" not in (await public.get(path)).text.replace(
            "@127.0.0.1", ""
        ), path
    await platform.run_jobs()
    first = next(one for one in listed["items"] if one["state"] == "confirmed")
    waits = [one for one in listed["items"] if one["state"] == "waiting"]
    [(subject, link)] = letters.to(first["email"])
    assert subject == "Inscripción confirmada: Encuentro regional de Lima"
    assert letters.to(waits[0]["email"])[0][0].startswith("Lista de espera")
    own = await public.get(f"{ROOT}{link}")
    assert own.json()["state"] == "confirmed" and own.headers["cache-control"] == "no-store"
    for forged in (link[:-6] + "xxxxxx", "/registrations/x", f"/registrations/{first['id'].replace('-', '')}.x"):
        assert (await public.get(f"{ROOT}{forged}")).status_code == 404
        assert (await public.post(f"{ROOT}{forged}/cancel")).status_code == 404
    cancelled = await asyncio.gather(*(public.post(f"{ROOT}{link}/cancel") for _ in range(4)))
    assert sorted(answer.status_code for answer in cancelled) == [204, 404, 404, 404]
    await platform.run_jobs()
    assert [subject for subject, _ in letters.to(waits[0]["email"])][1] == "Ya tiene lugar: Encuentro regional de Lima"
    now = {one["email"]: one["state"] for one in (await secretariat.get(f"{URL}/registrations")).json()["items"]}
    assert (
        first["email"] not in now
        and list(now.values()).count("confirmed") == 3
        and now[waits[0]["email"]] == "confirmed"
    )
    database = platform.services["workspace"].state.database
    async with database.engine.connect() as connection:
        kept = (await connection.execute(text("SELECT details::text || about FROM workspace.audit"))).scalars().all()
    assert not any("example.org" in one or "Luz" in one for one in kept), "whoever cancels is forgotten"
    shown = await secretariat.get(URL)
    wider = await secretariat.patch(URL, json={"capacity": 5}, headers=if_match(shown))
    assert wider.json()["registration"]["places_left"] == 0
    states = [one["state"] for one in (await secretariat.get(f"{URL}/registrations")).json()["items"]]
    assert states.count("confirmed") == 5
    assert (await secretariat.delete(f"{URL}/registrations/{waits[0]['id']}")).status_code == 204
    assert (await secretariat.delete(URL, headers=if_match(wider))).status_code == 409
    badges = await secretariat.get(f"{URL}/registrations", params={"format": "csv", "state": "confirmed"})
    rows = list(csv.DictReader(io.StringIO(badges.text)))
    assert len(rows) == 5 and rows[0]["organization"] == "Puerto de Paita" and rows[0]["country"] == "PE"
    for wrong, where in (
        ({"consent": False}, ["/consent"]), ({"email": "nobody"}, ["/email"]), ({"country": "Perú"}, ["/country"]),
        ({"name": " "}, ["/name"]), ({"name": "a\u0000"}, ["/name"]), ({"consent": "yes"}, ["/consent"]),
    ):  # fmt: skip
        assert pointers(await come(secretariat, "x@example.org", **wrong) if "email" not in wrong else
                        await come(secretariat, wrong["email"])) == where, wrong  # fmt: skip
    assert made.status_code == 201
    closing = {"registration_until": (datetime.now(UTC) - timedelta(days=2)).date().isoformat()}
    shown = await secretariat.get(URL)
    closed = await secretariat.patch(URL, json=closing, headers=if_match(shown))
    assert closed.json()["registration"]["open"] is False
    assert (await come(secretariat, "late@example.org")).status_code == 409


async def test_who_registers_too_often_waits_and_made_up_meetings_go_away(
    platform: Platform, everyone: Mapping[str, Person]
):
    secretariat, public = everyone["secretariat"], everyone["public"]
    await secretariat.post(MEETINGS, json=MEETING)
    letters = Letters(platform)
    statuses = [(await come(public, "same@example.org")).status_code for _ in range(22)]
    assert statuses[:20] == [201] * 20 and statuses[20:] == [429] * 2
    await platform.run_jobs()
    assert len(letters.to("same@example.org")) == 1, "an address is not written to at every try"
    database = platform.services["workspace"].state.database
    for days, left in ((89, 1), (90, 0)):
        last = (datetime.now(UTC) - timedelta(days=days)).date()
        async with database.engine.begin() as connection:
            dates = text("UPDATE workspace.regional_meetings SET starts_on = :last, ends_on = :last")
            await connection.execute(dates, {"last": last})
        for _ in range(2):
            await forget_participants(database, {"meeting": "lima-2027"}, by=OPERATOR)
        assert (await secretariat.get(f"{URL}/registrations")).json()["total"] == left, days
    async with database.engine.begin() as connection:
        for table in ("regional_meetings", "registrations", "registration_counts"):
            await connection.execute(text(f"UPDATE workspace.{table} SET demo = true"))
    assert (await public.get(URL)).json()["demo"] is True
    peers = platform.gateway.own.state.peers
    headers = {"Authorization": f"Bearer {await peers.token('workspace', None)}"}
    assert (await peers.send("workspace", "DELETE", "/internal/demo", headers=headers)).status_code == 204
    assert (await public.get(MEETINGS)).json()["total"] == 0
