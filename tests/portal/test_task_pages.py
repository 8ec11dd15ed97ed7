"""Tasks by forms alone: those that come again, their files and links; lists and one's own tasks by due date."""

from __future__ import annotations

import doctest
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from deploy.local.composition import Platform
from services.portal.pages import repeating, rule_words
from tests.people import ORIGIN, Person
from tests.portal.forms import BOARD, HTML, hidden, page, press, text_of
from tests.portal.reading import read
from tests.workspace.files import pdf, send_file

pytestmark = pytest.mark.slow
TASKS = f"/api/v1/workspace{BOARD}/tasks"


async def test_a_task_with_all_that_hangs_on_it_by_forms_alone(
    platform: Platform, chair: Person, member: Person, secretariat: Person, foreign_coordinator: Person
) -> None:
    for fields, said in (
        ({"repeats": "monthly"}, "escriba cuándo vence la primera vez"),
        ({"repeats": "weekly", "due_on": "2027-03-30", "repeats_until": "2027-03-01"}, "hasta qué día se repite"),
    ):
        assert said in text_of(await press(chair, BOARD, 422, title="Acta", **fields)), fields
    await press(
        chair, BOARD, title="Acta mensual", due_on="2027-01-30", repeats="monthly", repeats_until="2027-12-31",
        **{f"assignee.{member.user_id}": "1"},
    )  # fmt: skip
    (task,) = (await chair.get(TASKS)).json()["items"]
    assert task["rrule"] == "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1;UNTIL=20271231"
    here = f"/tasks/{task['id']}"
    shown = await page(chair, here)
    assert "Cada mes, el mismo día del mes; hasta el 31 de diciembre de 2027" in text_of(shown)
    await press(
        member, here, title="Acta mensual del comité", etag=hidden(shown, "etag"), was=task["rrule"], repeats="monthly",
        repeats_until="2027-12-31", due_on="2027-01-30", was_due=hidden(shown, "was_due"), state="todo",
        priority="normal",
    )  # fmt: skip
    assert (await chair.get(f"/api/v1/workspace{here}")).json()["rrule"] == task["rrule"], "untouched"
    shown = await page(chair, here)
    await press(
        member, here, title="Acta mensual del comité", etag=hidden(shown, "etag"), was=task["rrule"], repeats="monthly",
        repeats_until="2027-12-31", due_on="2027-01-31", was_due=hidden(shown, "was_due"), state="todo",
        priority="normal",
    )  # fmt: skip
    moved = (await chair.get(f"/api/v1/workspace{here}")).json()["rrule"]
    assert moved == "FREQ=MONTHLY;BYMONTHDAY=-1;UNTIL=20271231", "the first date moves the others with it"
    await press(member, f"{BOARD}/tasks/{task['id']}/move", state="done")
    shown = await page(member, here)
    assert "La siguiente, del 28 de febrero de 2027" in text_of(shown)
    assert "Hizo la tarea siguiente" in text_of(shown) and "Vence el: de «30 de enero de 2027»" in text_of(shown)

    draft = (await send_file(chair, pdf("Calado"), "calado.pdf", to=f"/api/v1/workspace{BOARD}/documents")).json()
    found = await page(member, f"{here}?q=calado")
    assert f"/committees/{BOARD.split('/')[2]}/documents/{draft['id']}" in found.text
    assert "Ya no existe" not in found.text
    await press(member, f"{here}/links", kind="document", ref=draft["id"])
    await press(member, f"{here}/links", kind="indicator", ref="VPA-01")
    await press(member, f"{here}/links", kind="measure", ref="M1.1.a")
    await press(member, f"{here}/links", 404, kind="weather", ref="x")
    await press(member, f"{here}/links", 422, kind="document", ref="0190b3a0-0000-7000-8000-000000000000")
    shown = text_of(await page(member, here))
    assert "Documento calado" in shown and "Indicador VPA-01 " in shown and "Medida M1.1.a " in shown
    current = await chair.get(f"/api/v1/workspace/documents/{draft['id']}")
    gone = await chair.delete(
        f"/api/v1/workspace/documents/{draft['id']}", headers={"If-Match": current.headers["etag"]}
    )
    assert gone.status_code == 204
    shown = await page(member, here)
    assert "Ya no existe, o no se le muestra" in text_of(shown) and "Documento calado" not in text_of(shown)
    await press(member, f"{here}/links/remove", kind="document", ref=draft["id"])
    assert len((await member.get(f"/api/v1/workspace{here}")).json()["links"]) == 2

    token = member.headers["X-CSRF-Token"]
    for name, content, status in (
        ("foto.exe", b"MZ" + bytes(99), 422),
        ("", b"", 422),
        ("cotización.pdf", pdf("A"), 303),
    ):
        sent = member.build_request(
            "POST", f"{here}/files", data={"csrf_token": token}, files={"file": (name, content)},
            headers={**HTML, "Origin": ORIGIN},
        )  # fmt: skip
        del sent.headers["X-CSRF-Token"]
        assert (await member.send(sent)).status_code == status, name
    shown = await page(chair, here)
    assert "cotización.pdf" in text_of(shown) and "Archivos: de «nada» a «cotización.pdf»" in text_of(shown)
    (kept,) = (await chair.get(f"/api/v1/workspace{here}/attachments")).json()["items"]
    await press(member, f"{here}/files/remove", file=kept["id"])
    await press(member, f"{here}/files/remove", file=kept["id"])
    for title in ("100 % listo <script>alert(1)</script>", "Acta & <b>todo</b> %(x)s"):
        current = await chair.get(f"/api/v1/workspace{here}")
        changed = await chair.patch(
            f"/api/v1/workspace{here}", json={"title": title}, headers={"If-Match": current.headers["etag"]}
        )
        assert changed.status_code == 200
    shown = await page(chair, here)
    assert "<b>" not in shown.text and "de «100 % listo <script>alert(1)</script>» a «Acta & <b>" in text_of(shown)
    assert (await page(foreign_coordinator, here, 404)).status_code == 404
    assert "Quitar la tarea para siempre" not in (await page(member, here)).text, "the chair made it"
    shown = await page(chair, here)
    assert "otra persona la cambió" in text_of(await press(chair, f"{here}/remove", 412, etag='"1-old"'))
    await press(member, f"{here}/remove", 403, etag=hidden(shown, "etag"))
    await press(chair, f"{here}/remove", etag=hidden(shown, "etag"))
    await page(chair, here, 404)


async def test_a_rule_that_no_menu_has_is_written_changed_and_refused_in_plain_words(chair: Person) -> None:
    for module in (repeating, rule_words):
        assert doctest.testmod(module).failed == 0, module
    first = {"title": "Balance", "due_on": "2027-01-29", "repeats": "own"}
    for rule, said in (
        ("", "Escriba la regla, por ejemplo FREQ=MONTHLY"),
        ("every friday", "Esta parte de la regla no se entiende: EVERYFRIDAY"),
        ("BYDAY=FR", "La regla tiene que empezar por cada cuánto"),
        ("FREQ=WEEKLY;BYDAY=XX", "no se entiende: BYDAY=XX"),
        ("FREQ=MONTHLY;UNTIL=20270230", "no se entiende: UNTIL=20270230"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "Con esta regla no habría fechas"),
        ("FREQ=MONTHLY;<script>", "no se entiende: <SCRIPT>"),
    ):
        refused = await press(chair, BOARD, 422, **first, rule=rule)
        assert said in text_of(refused) and "<SCRIPT>" not in refused.text, rule
        assert rule in ("", hidden(refused, "rule")), "what was written stays"
    twice = await press(chair, BOARD, 422, **first, rule="FREQ=MONTHLY;COUNT=3", repeats_until="2028-01-01")
    assert "La regla ya dice cuándo termina" in text_of(twice)
    other = {**first, "repeats": "weekly"}
    assert "elija «Según una regla propia»" in text_of(await press(chair, BOARD, 422, **other, rule="FREQ=DAILY"))
    undated = {**first, "due_on": ""}
    assert "cuándo vence" in text_of(await press(chair, BOARD, 422, **undated, rule="FREQ=MONTHLY;BYDAY=-1FR"))
    await press(chair, BOARD, **first, rule=" RRULE:freq=monthly; byday=-1fr ", repeats_until="2028-12-31")
    (task,) = (await chair.get(TASKS)).json()["items"]
    assert task["rrule"] == "FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20281231"
    here = f"/tasks/{task['id']}"
    shown = await page(chair, here)
    assert "Cada mes, el mismo día de la semana; hasta el 31 de diciembre de 2028" in text_of(shown)
    for rule, said in (
        ("FREQ=WEEKLY;INTERVAL=3;BYDAY=TU,TH;COUNT=10",
         "Cada 3 semanas; en estos días: martes y jueves; 10 veces en total"),
        ("FREQ=YEARLY;BYMONTH=3,9;BYDAY=1MO,-1FR;BYSETPOS=-1;UNTIL=20401231T235959Z",
         "Cada año; en los meses: marzo y septiembre; en estos días: primer lunes y último viernes; de esas fechas, "
         "solo: el último; hasta el 31 de diciembre de 2040"),
    ):  # fmt: skip
        fields = {
            "title": "Balance", "etag": hidden(shown, "etag"), "was": hidden(shown, "was"), "repeats": "own",
            "rule": rule, "due_on": "2027-01-29", "state": "todo", "priority": "normal",
        }  # fmt: skip
        await press(chair, here, **fields)
        shown = await page(chair, here)
        assert said in text_of(shown) and hidden(shown, "rule") == rule
        assert (await chair.get(f"/api/v1/workspace{here}")).json()["rrule"] == rule
    english = text_of(await page(chair, f"{here}?lang=en"))
    assert "Every year; in the months: March and September; on these days: first Monday and last Friday" in english
    same = {**fields, "etag": hidden(shown, "etag"), "was": rule, "title": "Balance anual"}
    await press(chair, here, **same)
    shown = await page(chair, here)
    assert hidden(shown, "rule") == rule, "untouched"
    menu = {**same, "etag": hidden(shown, "etag"), "repeats": "yearly"}
    await press(chair, here, **menu)
    assert (await chair.get(f"/api/v1/workspace{here}")).json()["rrule"] == "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=29"


async def test_a_new_task_is_linked_and_gets_its_file_on_the_form_that_makes_it(
    chair: Person, member: Person, foreign_coordinator: Person
) -> None:
    draft = (await send_file(chair, pdf("Calado"), "calado.pdf", to=f"/api/v1/workspace{BOARD}/documents")).json()
    meeting = {
        "title": "Mesa de calado", "starts_at": f"{datetime.now(ZoneInfo('UTC')) + timedelta(days=9):%Y-%m-%dT15:00:00Z}",
        "ends_at": f"{datetime.now(ZoneInfo('UTC')) + timedelta(days=9):%Y-%m-%dT16:00:00Z}", "timezone": "UTC",
    }  # fmt: skip
    event = (await chair.post(f"/api/v1/workspace{BOARD}/events", json=meeting)).json()
    document, gathering = f"link.document:{draft['id']}", f"link.event:{event['id']}"
    written = {"title": "Medir <b>calado</b>", "priority": "high", "description": "Con **boyas**"}
    shown = await press(member, BOARD, 200, **written, link_q="calado")
    boxes = {e.attributes["name"]: "checked" in e.attributes for e in read(shown.text).all("input")
             if str(e.attributes.get("name", "")).startswith("link.")}  # fmt: skip
    assert boxes.get(document) is False and boxes.get(gathering) is False, "found, and not chosen yet"
    assert hidden(shown, "title") == written["title"] and "Con **boyas**" in shown.text, "nothing typed is lost"
    assert (await chair.get(TASKS)).json()["items"] == [], "words not looked for yet are a question first"
    chosen = {document: "1", gathering: "1"}
    shown = await press(member, BOARD, 200, **written, **chosen, link_q="VPA-01", link_was="calado", find="1")
    boxes = {e.attributes["name"]: "checked" in e.attributes for e in read(shown.text).all("input")
             if str(e.attributes.get("name", "")).startswith("link.")}  # fmt: skip
    assert boxes[document] and boxes[gathering] and boxes["link.indicator:VPA-01"] is False
    assert "Documento: calado" in text_of(shown) and "Reunión: Mesa de calado" in text_of(shown)
    gone = {"link.document:0190b3a0-0000-7000-8000-000000000000": "1", "link.weather:x": "1", **chosen}
    refused = await press(member, BOARD, 422, **written, **gone, link_q="VPA-01", link_was="VPA-01")
    assert "ya no está" in text_of(refused) and "Ya no existe, o no se le muestra" in text_of(refused)
    everything = {**written, **chosen, "link.indicator:VPA-01": "1", "link_q": "VPA-01", "link_was": "VPA-01"}
    fields = {"csrf_token": member.headers["X-CSRF-Token"], **everything}
    for title, name, content, where in (
        ("", "plano.pdf", pdf("Plano"), 422),
        ("Con archivo", "plano.pdf", pdf("Plano"), "#columna-todo"),
        ("Con otro", "foto.exe", b"MZ" + bytes(99), "?file=refused#archivos"),
        ("Sin archivo", "", b"", "#columna-todo"),
    ):
        sent = member.build_request(
            "POST", BOARD, data={**fields, "title": title}, files={"file": (name, content)},
            headers={**HTML, "Origin": ORIGIN},
        )  # fmt: skip
        del sent.headers["X-CSRF-Token"]
        answer = await member.send(sent)
        assert answer.status_code == where or answer.headers["location"].endswith(str(where)), title
        assert ("Elija otra vez el archivo" in answer.text) is (where == 422), title
        if str(where).startswith("?"):
            assert "No se guardó: elija un PDF" in text_of(await page(member, answer.headers["location"]))
    tasks = {task["title"]: task for task in (await chair.get(TASKS)).json()["items"]}
    assert set(tasks) == {"Con archivo", "Con otro", "Sin archivo"}
    links = [{"kind": "document", "ref": draft["id"]}, {"kind": "event", "ref": event["id"]},
             {"kind": "indicator", "ref": "VPA-01"}]  # fmt: skip
    assert all(sorted(task["links"], key=lambda one: one["kind"]) == links for task in tasks.values())
    kept = await page(member, f"/tasks/{tasks['Con archivo']['id']}")
    assert "plano.pdf" in text_of(kept) and "Documento calado" in text_of(kept)
    await press(foreign_coordinator, BOARD, 403, **written, link_q="calado")


async def test_lists_and_ones_own_tasks(chair: Person, member: Person) -> None:
    today = datetime.now(ZoneInfo("America/Caracas")).date()
    for title, days in (("Vencida", -3), ("De hoy", 0), ("De la semana", 4), ("Del mes", 20), ("Lejana", 90)):
        body = {"title": title, "due_on": str(today + timedelta(days=days)), "assignees": [member.user_id]}
        assert (await chair.post(TASKS, json=body)).status_code == 201
    await chair.post(TASKS, json={"title": "Sin fecha alguna", "labels": ["x"], "priority": "high"})
    ids = {task["title"]: task["id"] for task in (await chair.get(TASKS)).json()["items"]}
    for title, where in (("Lejana", "up"), ("Vencida", "up"), ("Vencida", "down"), ("Sin fecha alguna", "down")):
        await press(member, f"{BOARD}/tasks/{ids[title]}/move", state=where)
    order = [task["title"] for task in (await chair.get(TASKS)).json()["items"]]
    assert order == ["De hoy", "Vencida", "De la semana", "Lejana", "Del mes", "Sin fecha alguna"]
    assert "Un lugar arriba" in text_of(await page(member, BOARD))
    mine = text_of(await page(member, "/tasks"))
    order = [
        "Vencidas (1)",
        "Vencida ",
        "Hoy (1)",
        "De hoy",
        "siete días (1)",
        "De la semana",
        "treinta días (1)",
        "Del mes",
    ]
    places = [mine.index(text) for text in [*order, "Más adelante (1)", "Lejana"]]
    assert places == sorted(places)
    assert "Sin fecha alguna" not in mine
    for query, wanted in (
        ("", "Vencida De hoy De la semana Del mes Lejana Sin fecha alguna"),
        ("?sort=-due_on", "Sin fecha alguna Lejana Del mes De la semana De hoy Vencida"),
        ("?sort=priority", "Sin fecha alguna Vencida De hoy De la semana Del mes Lejana"),
        ("?assignee=none", "Sin fecha alguna"),
        ("?overdue=true&sort=title", "Vencida"),
        (f"?due_until={today}&state=todo,doing,review", "Vencida De hoy"),
        ("?q=semana&label=&state=nonsense&sort=nonsense&due_until=x", "De la semana"),
    ):
        told = await page(member, f"{BOARD}/tasks{query}")
        rows = [row.split("</a>")[0].rpartition(">")[2] for row in told.text.split('role="rowheader"')[1:]]
        assert " ".join(rows) == wanted, query
    csv = told.text.partition('class="table-csv"')[2].partition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert [line.split(",")[2] for line in (await member.get(csv)).text.splitlines()[1:]] == ["De la semana"]
    answer = await member.get(f"{BOARD}/tasks?assignee=nobody-such", headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{BOARD}/tasks")
