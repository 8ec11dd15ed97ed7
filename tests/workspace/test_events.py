"""Meetings: when they are, who comes, what others' calendars are told, and what came of them."""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import vobject
from sqlalchemy import text

from deploy.local.composition import Platform
from tests.people import Person, if_match, pointers, somebody
from tests.workspace.conftest import HERE, OTHER, ROOT, SLUG, THERE, Outbox

SOON = (datetime.now(UTC) + timedelta(days=7)).replace(hour=15, minute=0, second=0, microsecond=0)
MEETING = {
    "title": "Reunión ordinaria", "starts_at": SOON.isoformat().replace("+00:00", "Z"),
    "ends_at": (SOON + timedelta(hours=1)).isoformat().replace("+00:00", "Z"), "timezone": "America/Guayaquil",
    "agenda": [{"title": "Acta anterior", "minutes": 10}],
}  # fmt: skip


async def arrange(by: Person, **fields: Any) -> Any:
    """The answer to an arranged meeting."""
    added = await by.post(f"{HERE}/events", json={**MEETING, **fields})
    assert added.status_code == 201, added.text
    assert added.headers["location"] == f"{ROOT}/events/{added.json()['id']}"
    return added


def at(day: str, zone: str, hour: int = 10) -> str:
    """Ten o'clock on the wall of a zone, as RFC 3339."""
    return datetime.fromisoformat(f"{day}T{hour:02}:00").replace(tzinfo=ZoneInfo(zone)).isoformat()


async def begins(person: Person, event: str, since: str, until: str) -> list[str]:
    told = await person.get(f"{ROOT}/events/{event}", params={"from": since, "to": until})
    assert told.status_code == 200, told.text
    return [one["starts_at"] for one in told.json()["occurrences"]]


def read_by_both(content: bytes) -> tuple[icalendar.Calendar, Any]:
    """The same feed as two libraries that know nothing of each other read it."""
    assert all(len(line) <= 75 for line in content.split(b"\r\n")), "a line of more than 75 octets"
    content.decode()
    return icalendar.Calendar.from_ical(content), vobject.readOne(content.decode())


async def feed_of(person: Person, public: Person) -> bytes:
    made = await person.post(f"{ROOT}/calendar/token")
    assert made.status_code == 201, made.text
    told = await public.get(f"{ROOT}/calendar.ics", params={"token": made.json()["token"]})
    assert told.status_code == 200, told.text
    assert told.headers["content-type"] == "text/calendar; charset=utf-8"
    assert told.headers["cache-control"] == "no-store"
    return told.content


async def test_who_may_arrange_see_change_and_answer(everyone: Mapping[str, Person], platform: Platform):
    outsider = await somebody(platform, "outsider", ("chair", f"committee:{OTHER}"))
    people = {**everyone, "outsider": outsider}
    private = await arrange(people["chair"])
    shown = await arrange(people["secretariat"], public=True, title="Foro abierto")
    inside = {"secretariat", "chair", "member", "observer"}
    for name, person in people.items():
        added = await person.post(f"{HERE}/events", json=MEETING)
        expected = 201 if name in ("chair", "secretariat") else 401 if name == "public" else 403
        assert added.status_code == (404 if name == "without_grants" else expected), (name, added.text)
        url = f"{ROOT}/events/{private.json()['id']}"
        seen = 200 if name in inside else 401 if name == "public" else 404
        assert (await person.get(url)).status_code == seen, name
        listed = await person.get(f"{HERE}/events")
        refused = 401 if name == "public" else 404 if name == "without_grants" else 403
        assert listed.status_code == (200 if name in inside else refused), name
        items = (await person.get(f"{ROOT}/events", params={"limit": "200"})).json()["items"]
        assert (private.json()["id"] in [item["id"] for item in items]) == (name in inside), name
        calendar = (await person.get(f"{ROOT}/calendar")).json()["items"]
        assert (private.json()["id"] in [item["event"] for item in calendar]) == (name in inside), name
        open_one = (await person.get(f"{ROOT}/events/{shown.json()['id']}")).json()
        assert (open_one["attendance"] is not None) == (name in inside), name
        answered = await person.put(f"{url}/attendance", json={"answer": "yes"})
        allowed = {"chair": 200, "member": 200, "secretariat": 200, "observer": 403, "public": 401}.get(name, 404)
        assert answered.status_code == allowed, (name, answered.text)
        current = if_match(await people["chair"].get(url))
        changed = await person.patch(url, json={"place": f"Sala de {name}"}, headers=current)
        refusal = 401 if name == "public" else 403 if name in inside else 404
        assert changed.status_code == (200 if name in ("chair", "secretariat") else refusal), (name, changed.text)
    told = (await people["chair"].get(f"{ROOT}/events/{private.json()['id']}")).json()
    assert told["answers"] == {"yes": 3, "no": 0, "maybe": 0}
    assert (await people["chair"].patch(url, json={"place": "x"})).status_code == 428
    assert (await people["chair"].patch(url, json={"place": "x"}, headers={"If-Match": '"1"'})).status_code == 412
    public_list = await people["public"].get(f"{ROOT}/events")
    assert public_list.headers["cache-control"].startswith("public")
    assert [item["title"] for item in public_list.json()["items"]] == ["Foro abierto"]


async def test_meetings_keep_their_time_on_the_wall(chair: Person, public: Person):
    weekly = "FREQ=WEEKLY"
    cases = [
        ("America/Mexico_City", "2022-01-03", "2022-07-04T15:00:00Z", "2023-07-03T16:00:00Z"),
        ("America/Tijuana", "2022-01-03", "2022-07-04T17:00:00Z", "2023-07-03T17:00:00Z"),
        ("America/Asuncion", "2024-01-01", "2024-07-01T14:00:00Z", "2025-07-07T13:00:00Z"),
        ("America/Santiago", "2025-12-29", "2026-01-05T13:00:00Z", "2026-07-06T14:00:00Z"),
        ("Europe/Madrid", "2025-12-29", "2026-01-05T09:00:00Z", "2026-07-06T08:00:00Z"),
    ]
    for zone, first, summer, winter in cases:
        made = await arrange(
            chair, title=zone, starts_at=at(first, zone), ends_at=at(first, zone, 11), timezone=zone, rrule=weekly
        )
        for expected in (summer, winter):
            day = expected[:10]
            found = await begins(chair, made.json()["id"], f"{day}T00:00:00Z", f"{day}T23:59:59Z")
            assert found == [expected], (zone, found)
    told = icalendar.Calendar.from_ical(await feed_of(chair, public))
    rules = {str(zone["TZID"]) for zone in told.walk("VTIMEZONE")}
    assert {zone for zone, *_ in cases} <= rules, "every zone comes with its rules"
    # The last day of UNTIL is in, and the feed says so in UTC.
    until = await arrange(
        chair, title="Sábados", starts_at=at("2026-01-31", "America/Santiago"),
        ends_at=at("2026-01-31", "America/Santiago", 11), timezone="America/Santiago",
        rrule="FREQ=WEEKLY;UNTIL=20260228",
    )  # fmt: skip
    found = await begins(chair, until.json()["id"], "2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z")
    assert [one[:10] for one in found] == ["2026-01-31", "2026-02-07", "2026-02-14", "2026-02-21", "2026-02-28"]
    # 29 February comes in leap years only.
    leap = await arrange(
        chair, title="Bisiesto", starts_at="2024-02-29T15:00:00Z", ends_at="2024-02-29T16:00:00Z",
        timezone="America/Guayaquil", rrule="FREQ=YEARLY;COUNT=3",
    )  # fmt: skip
    assert await begins(chair, leap.json()["id"], "2031-12-01T00:00:00Z", "2032-12-31T00:00:00Z") == [
        "2032-02-29T15:00:00Z"
    ]


async def test_rules_and_times_that_cannot_be_meant_are_refused(chair: Person):
    for rule in (
        "FREQ=SECONDLY", "FREQ=MINUTELY;COUNT=3", "FREQ=HOURLY", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=3;BYSETPOS=3", "FREQ=DAILY;COUNT=100000", "FREQ=WEEKLY;BYDAY=XX", "nonsense",
        "FREQ=DAILY;UNTIL=19900101", "FREQ=DAILY;COUNT=2;UNTIL=20990101", "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2,4,6",
        "FREQ=WEEKLY\r\nATTENDEE:mailto:evil@x", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;BYHOUR=1,2",
        f"FREQ=DAILY;INTERVAL=7;BYDAY={('MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU')[(SOON.weekday() + 1) % 7]}",
    ):  # fmt: skip
        refused = await chair.post(f"{HERE}/events", json={**MEETING, "rrule": rule})
        assert pointers(refused) == ["/rrule"], rule
    for fields, pointer in (
        ({"timezone": "Mars/Olympus"}, "/timezone"), ({"timezone": "EST5EDT"}, "/timezone"),
        ({"ends_at": MEETING["starts_at"]}, "/ends_at"), ({"starts_at": "2026-03-01T10:00:00"}, "/starts_at"),
        ({"starts_at": "0001-01-01T00:00:00Z"}, "/starts_at"), ({"title": "  "}, "/title"), ({"title": 3}, "/title"),
        ({"link": "javascript:alert(1)"}, "/link"), ({"agenda": [{"title": "x", "minutes": -1}]}, "/agenda/0/minutes"),
        ({"secret": 1}, "/secret"), ({"title": "x" * 301}, "/title"), ({"agenda": [{}]}, "/agenda/0/title"),
    ):  # fmt: skip
        assert pointers(await chair.post(f"{HERE}/events", json={**MEETING, **fields})) == [pointer], fields
    assert (await chair.get(f"{HERE}/events")).json()["total"] == 0
    for params, pointer in (
        ({"from": "2026-01-01T00:00:00Z", "to": "2029-01-01T00:00:00Z"}, "/to"),
        ({"from": "2026-01-01T00:00:00Z", "to": "2025-01-01T00:00:00Z"}, "/to"), ({"from": "today"}, "/from"),
    ):  # fmt: skip
        assert pointers(await chair.get(f"{ROOT}/calendar", params=params)) == [pointer], params


async def test_one_of_a_series_is_moved_or_cancelled_and_calendars_hear_of_it(
    chair: Person, member: Person, public: Person
):
    zone = "America/Santiago"
    made = await arrange(
        chair, title="Reunión; puertos, aduanas\r\nATTENDEE:mailto:evil@x " + "🚢" * 60,
        starts_at=at("2036-03-11", zone), ends_at=at("2036-03-11", zone, 11), timezone=zone,
        rrule="FREQ=WEEKLY;COUNT=6",
    )  # fmt: skip
    url = f"{ROOT}/events/{made.json()['id']}"
    moved = await chair.patch(
        url, params={"occurrence": "2036-03-18T13:00:00Z"}, headers=if_match(made),
        json={"starts_at": "2036-03-19T19:00:00Z", "place": "Muelle 3"},
    )  # fmt: skip
    assert moved.status_code == 200, moved.text
    cancelled = await chair.patch(
        url, params={"occurrence": "2036-04-08"}, headers=if_match(moved), json={"cancelled": True}
    )
    assert cancelled.status_code == 200, cancelled.text
    wrong = await chair.patch(
        url, params={"occurrence": "2036-03-17"}, headers=if_match(cancelled), json={"cancelled": True}
    )
    assert pointers(wrong) == ["/occurrence"]
    whole = {"occurrence": "2036-04-15T14:00:00Z"}
    assert pointers(await chair.patch(url, params=whole, headers=if_match(cancelled), json={"rrule": None})) == [
        "/rrule"
    ]
    window = {"from": "2036-03-02T00:00:00Z", "to": "2036-05-02T00:00:00Z"}
    told = (await member.get(url, params=window)).json()["occurrences"]
    assert [(one["starts_at"], one["moved"], one["cancelled"]) for one in told] == [
        ("2036-03-11T13:00:00Z", False, False), ("2036-03-19T19:00:00Z", True, False),
        ("2036-03-25T13:00:00Z", False, False), ("2036-04-01T13:00:00Z", False, False),
        ("2036-04-08T14:00:00Z", False, True), ("2036-04-15T14:00:00Z", False, False),
    ]  # fmt: skip
    assert told[1]["place"] == "Muelle 3"
    one, other = read_by_both(await feed_of(member, public))
    entries = [entry for entry in one.walk("VEVENT") if str(entry["UID"]).startswith(made.json()["id"])]
    assert len(entries) == 3
    assert len({str(entry["UID"]) for entry in entries}) == 1
    title = made.json()["title"]
    assert "\r" not in title and "\n" not in title
    series, first, second = entries
    assert str(series["SUMMARY"]) == title and series["SEQUENCE"] == 2 and "ATTENDEE" not in series
    assert first["RECURRENCE-ID"].params["TZID"] == zone
    assert first["RECURRENCE-ID"].dt == datetime(2036, 3, 18, 10, tzinfo=ZoneInfo(zone))
    assert str(second["STATUS"]) == "CANCELLED" and str(first["STATUS"]) == "CONFIRMED"
    seen = [entry for entry in other.contents["vevent"] if entry.uid.value.startswith(made.json()["id"])]
    assert seen[0].summary.value == title and len(seen) == 3
    assert [start.astimezone(UTC) for start in seen[0].rruleset][-1] == datetime(2036, 4, 15, 14, tzinfo=UTC)
    assert seen[1].recurrence_id.value.astimezone(UTC) == datetime(2036, 3, 18, 13, tzinfo=UTC)
    # Taking the meeting away leaves a cancellation in feeds, and nothing on the platform.
    assert (await chair.delete(url, headers=if_match(cancelled))).status_code == 204
    assert (await chair.get(url)).status_code == 404
    gone, _ = read_by_both(await feed_of(member, public))
    assert {str(e["STATUS"]) for e in gone.walk("VEVENT") if str(e["UID"]).startswith(made.json()["id"])} == {
        "CANCELLED"
    }


async def test_a_feed_shows_what_its_owner_may_see_now(platform: Platform, chair: Person, public: Person):
    await arrange(chair, title="Reunión interna")
    owner = await somebody(platform, "owner", ("member", f"committee:{SLUG}"))
    program_like = await somebody(platform, "stranger", ("member", f"committee:{OTHER}"))
    token = (await owner.post(f"{ROOT}/calendar/token")).json()
    assert token["address"].endswith(f"/api/v1/workspace/calendar.ics?token={token['token']}")
    url, params = f"{ROOT}/calendar.ics", {"token": token["token"]}
    assert "Reunión interna" in (await public.get(url, params=params)).text
    assert "Reunión interna" not in (await feed_of(program_like, public)).decode()
    assert (await public.get(url, params={"token": "x" * 43})).status_code == 404
    assert pointers(await public.get(url)) == ["/token"]
    database = platform.services["workspace"].state.database
    async with database.reading() as reading:
        kept = (await reading.execute(text("SELECT token_hash FROM workspace.calendar_tokens"))).scalars().all()
    assert hashlib.sha256(token["token"].encode()).hexdigest() in kept, "only the hash is kept"
    key = {"Idempotency-Key": "once"}
    first, again = [await owner.post(f"{ROOT}/calendar/token", headers=key) for _ in range(2)]
    assert first.json()["token"] and "token" not in again.json()
    assert (await public.get(url, params=params)).status_code == 404, "the token before stopped at once"
    assert (await owner.delete(f"{ROOT}/calendar/token")).status_code == 204
    assert (await public.get(url, params={"token": first.json()["token"]})).status_code == 404
    secretariat = await somebody(platform, "secretary", ("secretariat", "network"))
    kept_token = (await owner.post(f"{ROOT}/calendar/token")).json()["token"]
    grants = (await secretariat.get("/api/v1/identity/grants", params={"user": owner.user_id})).json()["items"]
    assert (await secretariat.delete(f"/api/v1/identity/grants/{grants[0]['id']}")).status_code == 204
    after = await public.get(url, params={"token": kept_token})
    assert after.status_code == 200 and "Reunión interna" not in after.text, "whoever left sees nothing any more"


async def test_people_are_invited_by_mail_that_their_calendars_take_in(
    platform: Platform, chair: Person, member: Person, outbox: Outbox
):
    made = await arrange(chair, rrule="FREQ=MONTHLY;BYDAY=1TU;COUNT=4", title="Reunión mensual")
    url = f"{ROOT}/events/{made.json()['id']}"
    await platform.run_jobs()
    [mail] = outbox.to("member")
    part = next(one for one in mail.walk() if one.get_content_type() == "text/calendar")
    assert part.get_param("method") == "REQUEST"
    [entry] = icalendar.Calendar.from_ical(part.get_content()).walk("VEVENT")
    assert str(entry["UID"]).startswith(made.json()["id"]) and entry["SEQUENCE"] == 0
    assert str(entry["ATTENDEE"]).lower() == "mailto:member@example.org"
    assert "List-Unsubscribe" in mail and mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert not outbox.to("chair"), "nobody hears of their own act"
    occurrence = made.json()["occurrences"][1]["occurrence"]
    cancelled = await chair.patch(
        url, params={"occurrence": occurrence}, json={"cancelled": True}, headers=if_match(made)
    )
    assert cancelled.status_code == 200, cancelled.text
    await platform.run_jobs()
    mails = outbox.to("member")
    assert len(mails) == 2 and len({one["Message-ID"] for one in mails}) == 2
    [note] = [
        icalendar.Calendar.from_ical(part.get_content())
        for one in mails
        for part in one.walk()
        if part.get_content_type() == "text/calendar" and part.get_param("method") == "CANCEL"
    ]
    [entry] = note.walk("VEVENT")
    assert str(entry["STATUS"]) == "CANCELLED" and entry["SEQUENCE"] == 1 and "RECURRENCE-ID" in entry
    told = (await member.get(f"{ROOT}/notifications")).json()["items"]
    assert [item["kind"] for item in told] == ["event_cancelled", "invited"]
    assert told[0]["link"] == f"/events/{made.json()['id']}" and told[0]["because"].endswith("parte del comité.")


async def test_answers_are_each_person_s_own_and_the_last_one_counts(chair: Person, member: Person):
    made = await arrange(chair, rrule="FREQ=WEEKLY;COUNT=5")
    url = f"{ROOT}/events/{made.json()['id']}"
    answers = ["yes", "no", "maybe"] * 4
    await asyncio.gather(*(member.put(f"{url}/attendance", json={"answer": one}) for one in answers))
    told = (await chair.get(url)).json()
    assert len(told["attendance"]) == 1 and sum(told["answers"].values()) == 1
    once = made.json()["occurrences"][2]["occurrence"]
    only = await member.put(f"{url}/attendance", params={"occurrence": once}, json={"answer": "no"})
    assert only.status_code == 200, only.text
    await member.put(f"{url}/attendance", json={"answer": "yes"})
    mine = [one["your_answer"] for one in (await member.get(url)).json()["occurrences"]]
    assert mine == ["yes", "yes", "no", "yes", "yes"]
    assert pointers(await member.put(f"{url}/attendance", json={"answer": "perhaps"})) == ["/answer"]
    nowhere = await member.put(f"{url}/attendance", params={"occurrence": "2020-01-01"}, json={"answer": "no"})
    assert pointers(nowhere) == ["/occurrence"]
    foreign = await chair.put(f"{ROOT}/events/{chair.user_id}/attendance", json={"answer": "yes"})
    assert foreign.status_code == 404


async def test_minutes_are_frozen_once_a_later_meeting_approved_them(
    everyone: Mapping[str, Person],
):
    chair, member, observer = everyone["chair"], everyone["member"], everyone["observer"]
    first = (await arrange(chair)).json()
    later = {key: value for key, value in MEETING.items() if key != "agenda"}
    later["starts_at"], later["ends_at"] = "2099-09-01T15:00:00Z", "2099-09-01T16:00:00Z"
    second = (await arrange(chair, **later)).json()
    url = f"{ROOT}/events/{first['id']}/minutes"
    assert (await member.get(url)).status_code == 404
    said_then = {
        "text": "Se abrió a las 10.\n\n[x](javascript:alert(1)) <img src=x onerror=alert(1)>",
        "present": ["Ana"],
    }
    for name, status in (("observer", 403), ("coordinator", 404), ("public", 401)):
        assert (await everyone[name].post(url, json=said_then)).status_code == status, name
    begun = await member.post(url, json=said_then)
    assert begun.status_code == 201, begun.text
    assert "javascript:" not in begun.json()["text_html"].replace("[x](javascript:alert(1))", "")
    assert "<img" not in begun.json()["text_html"]
    assert (await member.post(url, json=said_then)).status_code == 409
    assert (await observer.get(url)).json()["state"] == "draft"
    changed = await member.put(
        url, json={"text": "Se abrió a las 10:05.", "present": ["Ana", "Luis"]}, headers=if_match(begun)
    )
    assert changed.status_code == 200, changed.text
    assert (await member.put(url, json=said_then, headers=if_match(begun))).status_code == 412
    approval = {"event": second["id"]}
    assert (await member.post(f"{url}/approve", json=approval, headers=if_match(changed))).status_code == 403
    assert pointers(await chair.post(f"{url}/approve", json={"event": first["id"]}, headers=if_match(changed))) == [
        "/event"
    ]
    frozen = await chair.post(f"{url}/approve", json=approval, headers=if_match(changed))
    assert frozen.status_code == 200, frozen.text
    told = frozen.json()
    said = {name: told[name] for name in ("event", "occurrence", "present", "text")}
    plain = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert told["sha256"] == hashlib.sha256(plain).hexdigest() and told["state"] == "approved"
    assert (await member.put(url, json=said_then, headers=if_match(frozen))).status_code == 409
    assert (await chair.post(f"{url}/approve", json=approval, headers=if_match(frozen))).status_code == 409
    # Decisions are numbered within their year; one takes the place of another.
    register = f"{HERE}/decisions"
    decided = {"title": "Adoptar el glosario", "decided_on": "2026-03-10", "event": first["id"]}
    assert (await member.post(register, json=decided)).status_code == 403
    made = await asyncio.gather(*(chair.post(register, json=decided) for _ in range(4)))
    assert sorted(one.json()["number"] for one in made) == ["2026-01", "2026-02", "2026-03", "2026-04"]
    old = made[0].json()
    new = await chair.post(register, json={**decided, "title": "Revisarlo", "supersedes": old["id"]})
    assert new.json()["number"] == "2026-05"
    superseded = await observer.get(f"{ROOT}/decisions/{old['id']}")
    assert (superseded.json()["state"], superseded.json()["superseded_by"]) == ("superseded", new.json()["id"])
    assert pointers(await chair.post(register, json={**decided, "supersedes": old["id"]})) == ["/supersedes"]
    assert (await everyone["coordinator"].get(f"{ROOT}/decisions/{old['id']}")).status_code == 404
    withdrawn = await chair.patch(
        f"{ROOT}/decisions/{new.json()['id']}", json={"state": "withdrawn"}, headers=if_match(new)
    )
    assert withdrawn.json()["state"] == "withdrawn"
    assert (await chair.get(register, params={"state": "in_force"})).json()["total"] == 3
    # A task that came of the meeting hangs on the board and on the meeting.
    added = await member.post(
        f"{ROOT}/events/{first['id']}/tasks", json={"title": "Enviar el glosario", "assignees": [member.user_id]}
    )
    assert added.json()["links"] == [{"kind": "event", "ref": first["id"]}]
    listed = (await observer.get(f"{ROOT}/events/{first['id']}/tasks")).json()["items"]
    assert [task["title"] for task in listed] == ["Enviar el glosario"]
    assert (await everyone["coordinator"].get(f"{THERE}/decisions")).status_code == 403
