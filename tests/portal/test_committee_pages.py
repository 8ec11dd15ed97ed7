"""The pages of charters, work plans and task forces by forms alone."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from tests.people import Person
from tests.portal.forms import BOARD, hidden, page, press, text_of

pytestmark = pytest.mark.slow
YEAR = datetime.now(UTC).year


def in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


async def test_a_chair_writes_the_charter_plans_the_year_and_forms_a_task_force(everyone: Mapping[str, Person]):
    chair, member, outsider = everyone["chair"], everyone["member"], everyone["coordinator"]
    secretariat, somebody_else = everyone["secretariat"], everyone["respondent"]
    charter = f"{BOARD}/charter"
    shown = await page(chair, charter)
    assert "Este comité todavía no tiene estatuto" in text_of(shown)
    await press(chair, charter, 422, text=" ", etag=hidden(shown, "etag"))
    await press(chair, charter, text="## Objeto\n\nMedir **muelles**.", etag=hidden(shown, "etag"), note="Asamblea")
    late = await press(chair, charter, 412, text="Otro objeto", etag=hidden(shown, "etag"))
    assert "alguien lo cambió mientras tanto" in text_of(late) and "Otro objeto" in late.text
    await press(chair, charter, text="Otro objeto", note="Segunda", etag=hidden(await page(chair, charter), "etag"))
    read = await page(outsider, charter)
    assert "Otro objeto" in text_of(read) and "Medir muelles" in text_of(read) and "Poner en vigor" not in read.text
    await press(member, charter, 403, text="x", etag=hidden(shown, "etag"))

    plan = f"{BOARD}/plan"
    assert "No hay plan para" in text_of(await page(member, plan))
    for wrong, said in (({"title": " "}, "Escriba un título"), ({"starts_on": "ayer"}, "Escriba las fechas"),
                        ({"starts_on": f"{YEAR}-03-01", "ends_on": f"{YEAR}-02-01"}, "no puede ser anterior")):  # fmt: skip
        refused = await press(member, plan, 422, year=str(YEAR), **{"title": "Guía de turnos", **wrong})
        assert said in text_of(refused), wrong
    for year, title in ((YEAR - 1, "Guía de turnos"), (YEAR, "Glosario"), (YEAR, "Ventanilla única")):
        await press(member, plan, year=str(year), title=title, lead=member.user_id, quarter="2", state="under_way")
    shown = await page(chair, plan)
    assert "Plan de " + str(YEAR - 1) in text_of(shown) and "segundo trimestre" in text_of(shown)
    carried = hidden(shown, "carry")
    await press(member, plan, year=str(YEAR), carry=carried)
    shown = await page(chair, plan)
    assert 'name="carry"' not in shown.text, "what was brought over is not offered again"
    titles = [title for title in text_of(shown).split("Subir") if title]
    assert len(titles) == 3, "two of three items can go up"
    last = shown.text.rpartition('id="actividad-')[2][:36]
    await press(chair, f"{plan}/{last}/move", after="", year=str(YEAR))
    assert (await page(chair, plan)).text.partition('id="actividad-')[2][:36] == last
    news = text_of(await page(member, f"{BOARD}/home"))
    assert "Estatuto Segunda" in news, "what the chair put into force is new to a member"
    assert "Plan de trabajo Glosario" in text_of(await page(chair, f"{BOARD}/home"))
    item = f"{plan}/{last}"
    etag = hidden(await page(member, item), "etag")
    await press(member, item, title="Guía de turnos de camiones", state="done", etag=etag)
    assert "Terminada" in text_of(await page(everyone["observer"], item))
    await press(member, item, 412, title="Vieja", state="done", etag=etag)
    await press(everyone["observer"], item, 403, title="x", etag=etag)
    await page(outsider, item, 404)
    await press(chair, f"{item}/remove", etag=hidden(await page(chair, item), "etag"), year=str(YEAR))
    await page(chair, item, 404)

    forces = f"{BOARD}/task-forces"
    fields = {"name": "Piloto", "mandate": "Probar **dos muelles**.", "starts_on": in_days(0), "ends_on": in_days(20)}
    for wrong, said in (({"name": ""}, "Escriba un nombre"), ({"mandate": ""}, "qué debe hacer"),
                        ({"ends_on": in_days(-1)}, "último día")):  # fmt: skip
        refused = await press(chair, forces, 422, **{**fields, **wrong})
        assert said in text_of(refused) and "Manzanillo" in text_of(refused), "people are offered with their community"
    made = await press(chair, forces, **fields, **{f"member.{outsider.user_id}": "1"})
    force = made.headers["location"]
    assert force == "/committees/piloto/charter"
    assert "Probar dos muelles" in text_of(await page(outsider, force))
    people = await page(outsider, "/committees/piloto?view=people")
    assert "Manzanillo" in text_of(people)
    mandate = force.replace("charter", "mandate")
    etag = hidden(await page(chair, force), "etag")
    over = {**fields, "starts_on": in_days(-9), "ends_on": in_days(-2), "etag": etag}
    await press(member, mandate, 403, **over)
    await press(chair, mandate, **over)
    for path in (force, "/committees/piloto", "/committees/piloto/plan"):
        assert "terminó el" in text_of(await page(outsider, path)), path
    assert "Agregar una actividad" not in text_of(await page(chair, "/committees/piloto/plan"))
    assert "Terminó el" in text_of(await page(outsider, "/committees"))
    assert "Archivar" not in text_of(await page(chair, force))
    task = {"title": "Algo", "description": None}
    added = await secretariat.post("/api/v1/workspace/committees/piloto/tasks", json=task)
    assert added.status_code == 201
    shown = await page(secretariat, force)
    etag = [hidden(shown, "etag", at=at) for at in range(3)]
    await press(chair, "/committees/piloto/archive", 403, etag=etag[-1], archived="1")
    refused = await press(secretariat, "/committees/piloto/remove", 409, etag=etag[-1])
    assert "algo tuvo, y eso queda para leer" in text_of(refused)
    await press(secretariat, "/committees/piloto/archive", etag=etag[-1], archived="1")
    assert "Este comité está archivado" in text_of(await page(outsider, force))
    both = text_of(await page(outsider, "/committees"))
    assert both.index("Archivados") < both.index("Piloto"), "at the end, for those who were in it"
    assert "Piloto" not in text_of(await page(somebody_else, "/committees"))
    await press(secretariat, "/committees/piloto/archive", 412, etag=etag[-1], archived="")
    await press(secretariat, "/committees/piloto/archive", etag=hidden(await page(secretariat, force), "etag", at=-1))
    made = await press(secretariat, forces, **{**fields, "name": "De más"})
    etag = hidden(await page(secretariat, made.headers["location"]), "etag", at=-1)
    await press(secretariat, made.headers["location"].replace("charter", "remove"), etag=etag)
    await page(secretariat, made.headers["location"], 404)
    assert "Terminó" in text_of(await page(member, forces))
