"""The pages of meetings, elections and polls by forms alone: what people do, and what each is shown."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from deploy.local.composition import Platform
from tests.conftest import COMMITTEE
from tests.people import Person
from tests.portal.forms import HTML, checked, hidden, page, press, text_of

pytestmark = pytest.mark.slow
BOARD = f"/committees/{COMMITTEE}"
API = "/api/v1/workspace"
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).date()


def path_of(answer: object) -> str:
    found: str = answer.headers["location"]  # type: ignore[attr-defined]
    return found.partition("#")[0]


async def test_a_series_of_meetings_is_arranged_answered_minuted_and_moved(
    chair: Person, member: Person, public: Person
) -> None:
    fields = {
        "title": "Reunión ordinaria", "day": TOMORROW.isoformat(), "begins": "10:00", "ends": "11:30",
        "timezone": "America/Santiago", "repeats": "weekly", "until": (TOMORROW + timedelta(days=60)).isoformat(),
        "agenda": "Acta anterior | 10\nTareas", "place": "Sala 2",
    }  # fmt: skip
    calendar = f"{BOARD}/calendar"
    for wrong, said in (
        ({"title": " "}, "Escriba un título"), ({"day": "31/31"}, "Escriba el día"), ({"until": ""}, "hasta qué día"),
        ({"agenda": "x | y"}, "Un punto por línea"), ({"link": "javascript:alert(1)"}, "https://"),
    ):  # fmt: skip
        refused = await press(chair, calendar, 422, **{**fields, **wrong})
        assert said in text_of(refused) and 'value="Sala 2"' in refused.text, wrong
    made = await press(chair, calendar, **fields)
    event = path_of(made)
    for view in ("month", "week", "agenda"):
        shown = await page(member, f"{calendar}?view={view}&date={TOMORROW.isoformat()}")
        assert "Reunión ordinaria" in text_of(shown), view
    assert "Reunión ordinaria" in text_of(await page(member, f"/calendar?date={TOMORROW.isoformat()}"))
    shown = await page(member, event)
    assert "Acta anterior" in text_of(shown) and "Todavía no ha respondido" in text_of(shown)
    occurrence = hidden(shown, "occurrence")
    await press(member, f"{event}/answer", answer="maybe", occurrence=occurrence)
    await press(member, f"{event}/answer", answer="yes", occurrence=occurrence)
    assert "Su respuesta: voy." in text_of(await page(member, event))
    await press(member, f"{event}/minutes", 422, text=" ", occurrence=occurrence)
    await press(member, f"{event}/minutes", text="Se acordó **todo**.", present="Ana\nLuis", occurrence=occurrence)
    here = f"{event}?occurrence={occurrence}"
    shown = await page(chair, here)
    assert "Se acordó todo" in text_of(shown) and "Ana y Luis" in text_of(shown)
    await press(chair, f"{event}/decisions", decision_title="Adoptar el glosario", occurrence=occurrence)
    await press(member, f"{event}/tasks", task_title="Enviarlo", occurrence=occurrence)
    later = re.search(r'value="([0-9a-f-]{36} [^"]+)"', shown.text)
    assert later is not None
    await press(
        chair, f"{event}/minutes/approve", approved_in=later[1], occurrence=occurrence,
        minutes_etag=hidden(shown, "minutes_etag"),
    )  # fmt: skip
    shown = await page(chair, here)
    assert "Adoptar el glosario" in text_of(await page(member, f"{BOARD}/decisions"))
    home = await page(member, f"{BOARD}/home")
    assert "Próxima reunión: Reunión ordinaria" in text_of(home) and "Adoptar el glosario" in text_of(home)
    await press(member, f"{BOARD}/home", at=hidden(home, "at"))
    assert "Nada nuevo desde entonces" in text_of(await page(member, f"{BOARD}/home"))
    assert "Ya no cambia" in text_of(shown) and "SHA-256" in text_of(shown) and "Enviarlo" in text_of(shown)
    for rule, said in (
        ("FREQ=WEEKLY;BYDAY=XX", "no se entiende: BYDAY=XX"), ("FREQ=MONTHLY;COUNT=9999", "no se entiende: COUNT=9999"),
        ("", "Escriba la regla"), ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "Con esta regla no habría reuniones"),
    ):  # fmt: skip
        own = {**fields, "title": "Con regla propia", "repeats": "own", "until": ""}
        assert said in text_of(await press(chair, calendar, 422, **own, rule=rule)), rule
        refused = await press(chair, f"{event}/repeats", 422, rule=rule, etag=hidden(shown, "etag"))
        assert said in text_of(refused) and rule in ("", hidden(refused, "rule")), rule
    series = path_of(await press(chair, calendar, **own, rule="freq=monthly;byday=-1fr;count=6"))
    assert "Se repite Cada mes, el mismo día de la semana; 6 veces en total" in text_of(await page(member, series))
    await press(chair, f"{series}/repeats", 412, rule="FREQ=WEEKLY;COUNT=2", etag='"0"')
    etag = hidden(await page(chair, series), "etag")
    await press(member, f"{series}/repeats", 403, rule="FREQ=WEEKLY;COUNT=2", etag=etag)
    await press(chair, f"{series}/repeats", rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;COUNT=4", etag=etag)
    again = "Cada 2 semanas; en estos días: martes y jueves; 4 veces en total"
    assert again in text_of(await page(member, series))
    moved = {"day": (TOMORROW + timedelta(days=2)).isoformat(), "begins": "16:00", "ends": "17:00", "place": "Muelle"}
    await press(chair, f"{event}/change", 412, etag='"0"', occurrence=occurrence, **moved)
    await press(chair, f"{event}/change", etag=hidden(shown, "etag"), occurrence=occurrence, **moved)
    shown = await page(member, here)
    assert "Muelle" in text_of(shown) and "16:00" in text_of(shown)
    await press(chair, f"{event}/change", etag=hidden(await page(chair, here), "etag"), occurrence=occurrence,
                what="cancel")  # fmt: skip
    assert "Esta reunión está cancelada" in text_of(await page(member, here))
    led = await public.get(event, headers=HTML)
    assert led.status_code == 303 and led.headers["location"].startswith("/login?next=%2Fevents"), led.headers
    feed = await press(member, "/calendar/feed", 200)
    address = re.search(r'value="([^"]+calendar\.ics\?token=[^"]+)"', feed.text)
    assert address is not None
    told = await public.get(address[1].partition("8000")[2])
    assert b"Reuni\xc3\xb3n ordinaria" in told.content
    await press(chair, calendar, **{**fields, "title": "Foro abierto", "public": "1", "repeats": ""})
    seen = await public.get("/events", headers=HTML)
    assert "Foro abierto" in (await public.get("/", headers=HTML)).text
    assert "Mis próximas reuniones" in text_of(await page(member, "/desk"))
    assert "Foro abierto" in seen.text and "Reunión ordinaria" not in seen.text


async def test_people_stand_vote_by_forms_and_find_their_ballot_again(
    platform: Platform, chair: Person, member: Person
) -> None:
    fields = {
        "title": "Secretaría técnica", "method": "single_choice", "seats": "1", "quorum": "50",
        "timezone": "America/Santiago",
        **{f"{name}.day": (TOMORROW + timedelta(days=n)).isoformat() for n, name in
           enumerate(("nominations_until", "voting_from", "voting_until"))},
        **{f"{name}.time": "18:00" for name in ("nominations_until", "voting_from", "voting_until")},
    }  # fmt: skip
    elections = f"{BOARD}/elections"
    for wrong, said in (
        ({"seats": "0"}, "de 1 a 100"), ({"quorum": "120"}, "de 0 a 100"), ({"voting_from.day": ""}, "el día y la hora"),
        ({"voting_until.day": TOMORROW.isoformat()}, "Primero cierran"),
    ):  # fmt: skip
        assert said in text_of(await press(chair, elections, 422, **{**fields, **wrong})), wrong
    here = path_of(await press(chair, elections, **fields))
    await press(chair, f"{here}/nominate", user_id=member.user_id, statement="Con experiencia.")
    await press(chair, f"{here}/nominate", 422, user_id=member.user_id)
    shown = await page(member, here)
    assert "Falta que acepte" in text_of(shown)
    nomination = re.search(rf"{here}/nominations/([0-9a-f-]+)", shown.text)
    assert nomination is not None
    await press(member, nomination[0], answer="accept")
    async with platform.services["workspace"].state.database.engine.begin() as connection:
        await connection.execute(
            text("UPDATE workspace.elections SET nominations_until = now() - interval '1 hour', voting_from = now()")
        )
    assert "Su papeleta" in text_of(await page(member, here))
    assert "Falta su voto" in text_of(await page(member, "/desk"))
    cast = await press(member, f"{here}/vote", 200, choice=nomination[1])
    receipt = re.search(r'class="receipt">([^<]+)<', cast.text)
    assert receipt is not None
    again = await press(member, f"{here}/vote", 409, choice=nomination[1])
    assert "Ya votó" in text_of(again) and receipt[1] not in again.text
    assert receipt[1] not in (await page(member, here)).text
    await press(chair, f"{here}/vote", 200, choice="")
    assert "Resultado" not in text_of(await page(chair, here)).partition("Candidaturas")[0]
    async with platform.services["workspace"].state.database.engine.begin() as connection:
        await connection.execute(text("UPDATE workspace.elections SET voting_until = now()"))
    shown = await page(chair, here)
    assert "Votaron 2 de 2" in text_of(shown) and receipt[1] in shown.text and "1 voto en blanco" in text_of(shown)


async def test_a_poll_is_asked_answered_and_decided_by_forms(
    everyone: Mapping[str, Person],
) -> None:
    chair, member = everyone["chair"], everyone["member"]
    fields = {
        "poll_title": "Taller", "poll_timezone": "America/Lima",
        **{f"{n}.{name}": value for n in (1, 2)
           for name, value in (("day", (TOMORROW + timedelta(days=n)).isoformat()), ("begins", "10:00"), ("ends", "11:00"))},
    }  # fmt: skip
    polls = f"{BOARD}/polls"
    assert "al menos dos" in text_of(await press(member, polls, 422, **{**fields, "2.day": ""}))
    here = path_of(await press(member, polls, **fields))
    await press(chair, here, **{"option.1": "no", "option.2": "yes"})
    await press(member, here, **{"option.1": "maybe", "option.2": "yes"})
    shown = await page(chair, here)
    assert "la que más conviene" in text_of(shown) and "Respondieron 2 personas" in text_of(shown)
    event = path_of(await press(chair, f"{here}/choose", option="2", etag=hidden(shown, "etag")))
    assert "Taller" in text_of(await page(member, event))
    await press(member, here, 409, **{"option.1": "no"})
    # Hours, zone and silence are chosen on the page of notifications.
    await page(member, "/notifications")
    await press(
        member, "/notifications/preferences", whole="1", quiet_since="22:00", quiet_until="07:00",
        timezone="America/Lima",
        **{"kind.assigned": "1", "email.assigned": "daily", f"silent.{COMMITTEE}": "1"},
    )  # fmt: skip
    wishes = (await member.get(f"{API}/notifications/preferences")).json()
    assert wishes["quiet_hours"] == {"since": "22:00", "until": "07:00"} and wishes["timezone"] == "America/Lima"
    assert (
        wishes["kinds"]["assigned"] == {"in_app": True, "email": "daily"} and wishes["committees"][COMMITTEE]["muted"]
    )
    assert not wishes["kinds"]["poll"]["in_app"]
    assert "America/Lima" in text_of(await page(member, f"{BOARD}/calendar"))
    # Who is outside sees none of it, and observers have nothing to press.
    for name in ("coordinator", "without_grants"):
        for path in (here, event, f"{BOARD}/calendar", f"{BOARD}/elections"):
            answer = await everyone[name].get(path, headers=HTML)
            assert answer.status_code in (403, 404), (name, path)
            checked(answer)
    for path in (here, event, f"{BOARD}/calendar", f"{BOARD}/elections"):
        assert "button-main" not in text_of(await page(everyone["observer"], path)), path
