"""A platform with something to see on every page: a published year, a year under way, a board, an invitation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from deploy.local.composition import Platform
from gateway.invitations import InvitationIn, invite
from tests.browser.meetings import meetings_and_votes
from tests.browser.plans import plans_and_charters
from tests.browser.regional import regional_meeting
from tests.people import OPERATOR, Person, everybody, if_match, somebody, visitor
from tests.survey.conftest import API, VERSION, agree, answers, everything, in_days, opened, publish
from tests.workspace.conftest import ROOT as WORKSPACE
from tests.workspace.files import pdf, send_file, word

COMMUNITY = "mx-manzanillo"
COMMITTEE = "research-and-innovation"
OPEN_YEAR = datetime.now(UTC).year
YEAR = OPEN_YEAR - 1
DRAFT = "1.1.0"


@dataclass(frozen=True)
class Harbour:
    platform: Platform
    people: Mapping[str, Person | None]
    things: Mapping[str, str]

    @property
    def origin(self) -> str:
        return self.platform.settings.origin

    def address(self, pattern: str) -> str:
        return pattern.format(**self.things)


async def prepare(platform: Platform) -> Harbour:
    people = dict(await everybody(platform, COMMUNITY, COMMITTEE))
    secretariat = people["secretariat"]
    known = (await secretariat.get("/api/v1/registry/communities?limit=200")).json()["items"]
    codes = [row["code"] for row in known if row["kind"] == "port"]
    communities = [COMMUNITY, *[code for code in codes if code != COMMUNITY][:5]]
    await last_year(platform, people, communities)
    await this_year(secretariat, people, communities)
    code = await workshop(platform, people)
    await indicators(platform, communities)
    task = await board(people)
    papers = await library(people)
    await versions_and_earlier_years(secretariat)
    file = await data_file(people["data_provider"])
    begun = await secretariat.post("/api/v1/indicators/drafts", json={"code": "VTB-01"})
    assert begun.status_code == 201, begun.text
    meetings = await meetings_and_votes(platform, people)
    plans = await plans_and_charters(people)
    regional = await regional_meeting(platform, people)
    wanted = InvitationIn(email="nueva@example.org", role="coordinator", scope=f"community:{COMMUNITY}")
    _, token = await invite(platform.gateway.own.state.database, platform.settings, wanted, by=OPERATOR, mail=False)
    await platform.run_jobs()
    hook = await secretariat.post(
        f"/api/v1/workspace/committees/{COMMITTEE}/webhooks", json={"url": "https://example.org/hook", "kinds": []}
    )
    assert hook.status_code == 201, hook.text
    assert (await secretariat.post(f"/api/v1/workspace/webhooks/{hook.json()['id']}/test")).status_code == 201
    things = {
        "webhook": hook.json()["id"],
        "community": COMMUNITY,
        "committee": COMMITTEE,
        "year": str(YEAR),
        "open_year": str(OPEN_YEAR),
        "version": VERSION,
        "invitation": token,
        "task": task,
        "workshop": code,
        "draft": DRAFT,
        "earlier_year": str(YEAR - 1),
        "file": file,
        **papers,
        **meetings,
        **plans,
        **regional,
    }
    return Harbour(platform, {**people, "public": None}, things)


async def last_year(platform: Platform, people: Mapping[str, Person], communities: list[str]) -> None:
    """A year that is over: every community published what it answered."""
    secretariat = people["secretariat"]
    await opened(secretariat, year=YEAR, communities=communities)
    for number, code in enumerate(communities):
        respondent, coordinator = people["respondent"], people["coordinator"]
        if code != COMMUNITY:
            scope = f"community:{code}"
            respondent = await somebody(platform, f"respondent-{code}", ("respondent", scope, "customs"))
            coordinator = await somebody(platform, f"coordinator-{code}", ("coordinator", scope))
        levels = everything(number % 4 + 1) | {"M1.1.a": 0, "M2.1.a": 4}
        await publish(secretariat, respondent, coordinator, year=YEAR, community=code, levels=levels)
    for step in ("close", "publish"):
        done = await secretariat.post(f"{API}/campaigns/{YEAR}/{step}")
        assert done.status_code == 200, done.text


async def this_year(secretariat: Person, people: Mapping[str, Person], communities: list[str]) -> None:
    """A year under way: half answered, with a comment and an agreement."""
    await opened(secretariat, year=OPEN_YEAR, communities=communities, opens_on=in_days(-5), closes_on=in_days(12))
    assessment = f"{API}/campaigns/{OPEN_YEAR}/assessments/{COMMUNITY}"
    some = {"M1.1.a": 3, "M1.1.b": 1, "M1.1.c": "unknown", "M1.2.a": "not_applicable", "M2.1.a": 4}
    body = answers(some)
    body["answers"][0]["comment"] = "Desde marzo, con la aduana y las terminales."
    saved = await people["respondent"].patch(f"{assessment}/answers/mine", json=body)
    assert saved.status_code == 200, saved.text
    done = await agree(people["coordinator"], "M1.1.b", assessment=assessment, level=2, note="Una voz en contra")
    assert done.status_code == 200, done.text


async def workshop(platform: Platform, people: Mapping[str, Person]) -> str:
    """A room that votes on a measure, a group that disagrees with another one, and what is done about gaps; the room's code."""
    coordinator = people["coordinator"]
    assessment = f"{API}/campaigns/{OPEN_YEAR}/assessments/{COMMUNITY}"
    opening = await coordinator.post(f"{assessment}/workshops")
    assert opening.status_code == 201, opening.text
    url, code = f"{assessment}/workshops/{opening.json()['id']}", opening.json()["code"]
    devices = []
    for name, group in (("Ana Ruiz", "customs"), ("Luis Vega", "road_carrier"), ("Rosa Díaz", "road_carrier")):
        device = visitor(platform)
        wanted = {"name": name, "stakeholder_group": group}
        joined = await device.post(f"{API}/workshops/{code}/participants", json=wanted)
        assert joined.status_code == 201, joined.text
        device.headers["Workshop-Token"] = joined.json()["token"]
        devices.append(device)
    tag = if_match(await coordinator.get(url))
    turned = await coordinator.patch(url, json={"measure": "M1.1.a"}, headers=tag)
    assert turned.status_code == 200, turned.text
    for device, level in zip(devices, (4, 1, 0), strict=True):
        voted = await device.put(f"{API}/workshops/{code}/votes/M1.1.a", json={"level": level})
        assert voted.status_code == 200, voted.text
    tag = if_match(await coordinator.get(assessment))
    note = {"note": "De noche todavía no hay quien revise."}
    noted = await coordinator.put(f"{assessment}/agreed/M1.1.b/minority/customs", json=note, headers=tag)
    assert noted.status_code == 200, noted.text
    for year, measure, title in ((YEAR, "M1.1.a", "Acordar un reglamento"), (OPEN_YEAR, "M1.1.b", "Turno de noche")):
        wanted = {"measure": measure, "board": "community", "title": title, "owner": "Terminal Sur"}
        acted = await coordinator.post(f"{API}/campaigns/{year}/assessments/{COMMUNITY}/actions", json=wanted)
        assert acted.status_code == 201, acted.text
    return str(code)


async def indicators(platform: Platform, communities: list[str]) -> None:
    """The last months of a year of one indicator, from every community, shown to everybody."""
    for number, code in enumerate(communities):
        scope = f"community:{code}"
        provider = await somebody(platform, f"provider-{code}", ("data_provider", scope))
        coordinator = await somebody(platform, f"approver-{code}", ("coordinator", scope))
        months = [f"{YEAR}-{month:02}" for month in range(10, 13)]
        rows = [
            {"indicator": "VPA-01", "community": code, "period": period, "value": 10 + number * 3 + index / 2}
            for index, period in enumerate(months)
        ]
        entered = await provider.post("/api/v1/indicators/observations", json=rows)
        assert entered.status_code == 201, entered.text
        for period in months:
            for who, step in ((provider, "submit"), (coordinator, "approve")):
                done = await who.post(f"/api/v1/indicators/submissions/{code}/{period}/{step}")
                assert done.status_code == 200, done.text
        seen = {"default": "public", "indicators": {}}
        shown = await coordinator.put(f"/api/v1/indicators/visibility/{code}", json=seen)
        assert shown.status_code in (200, 428), shown.text
        if shown.status_code == 428:
            tag = (await coordinator.get(f"/api/v1/indicators/visibility/{code}")).headers["etag"]
            url = f"/api/v1/indicators/visibility/{code}"
            assert (await coordinator.put(url, json=seen, headers={"If-Match": tag})).status_code == 200


async def versions_and_earlier_years(secretariat: Person) -> None:
    """A draft of the model in which something of every kind changed, and a result that came from a file."""
    body = (await secretariat.get(f"{API}/models/{VERSION}")).json()
    del body["state"]
    body |= {"version": DRAFT, "based_on": VERSION, "languages": None}
    point = body["pillars"][0]["points"][0]
    point["measures"][0] |= {"weight": 2.0, "guidance": {"es": "Pida el acta y mire la fecha."}}
    point["measures"][0]["names"] |= {"es": "Acta de constitución vigente", "pt": "Ata de constituição vigente"}
    point["measures"][0]["levels"] = [{"value": 3, "guidance": {"es": "Firmada"}, "examples": {"es": "Acta de 2024"}}]
    measures = body["pillars"][1]["points"][0]["measures"]
    measures[0] = measures[0] | {"code": "M2.1.d", "names": {"es": "Medida nueva", "en": "New measure"}}
    body["bands"][1]["to"] = body["bands"][2]["from"] = 45
    made = await secretariat.post(f"{API}/models", json=body)
    assert made.status_code == 201, made.text
    points = [f"P{pillar}.{number}" for pillar in range(1, 5) for number in range(1, 4)]
    rows = [f"{COMMUNITY},{YEAR - 1},{code},{20 + 5 * place}," for place, code in enumerate(points)]
    brought = await secretariat.post(
        f"{API}/history", content="\n".join(["community,year,code,score,level", *rows]).encode(),
        params={"model_version": VERSION, "source": "Informe regional, cuadro 4", "public": "true"},
        headers={"content-type": "text/csv"},
    )  # fmt: skip
    assert brought.status_code == 201, brought.text


async def data_file(provider: Person) -> str:
    """A file that somebody looks at, with an error in a row and an odd value; its id."""
    lines = [
        "indicator;community;period;value",
        f"VPA-01;{COMMUNITY};{YEAR}-09;12,5",
        f"VPA-01;{COMMUNITY};{YEAR}-08;n.d.",
    ]
    sent = await provider.post(
        "/api/v1/indicators/imports", params={"preview": "true", "partial": "true"},
        content="\n".join(lines), headers={"content-type": "text/csv"},
    )  # fmt: skip
    assert sent.status_code == 202, sent.text
    return str(sent.json()["id"])


async def board(people: Mapping[str, Person]) -> str:
    """Tasks in every column, one with everything that a task can have; its id."""
    chair, member = people["chair"], people["member"]
    url = f"/api/v1/workspace/committees/{COMMITTEE}/tasks"
    for state in ("todo", "doing", "review", "done"):
        made = await chair.post(url, json={"title": f"Revisar el reglamento ({state})", "state": state})
        assert made.status_code == 201, made.text
    task = await chair.post(
        url,
        json={
            "title": "Mapa de capacidades de las universidades", "state": "doing", "due_on": in_days(3),
            "description": "Qué investiga **cada grupo** y qué puede ofrecer:\n\n- encuesta\n- visita\n\nhttps://example.org",
            "priority": "high", "labels": ["universidades", "formación"], "assignees": [member.user_id],
            "checklist": [{"text": "Formulario", "done": True}, {"text": "Envío", "done": False}],
            "rrule": "FREQ=MONTHLY;BYDAY=2TU;UNTIL=20301231",
            "links": [{"kind": "indicator", "ref": "VPA-01"}, {"kind": "event", "ref": "meeting-of-long-ago"}],
        },
    )  # fmt: skip
    assert task.status_code == 201, task.text
    kept = await member.post(
        f"/api/v1/workspace/tasks/{task.json()['id']}/attachments", files={"file": ("Lista.txt", b"ESPOL\nUG\n")}
    )
    assert kept.status_code == 201, kept.text
    said = await member.post(
        f"/api/v1/workspace/tasks/{task.json()['id']}/comments", json={"text": "Lo vemos el *jueves*."}
    )
    assert said.status_code == 201, said.text
    return str(task.json()["id"])


async def library(people: Mapping[str, Person]) -> dict[str, str]:
    """A document of two versions that is published, a draft, and what is said about them."""
    chair, member = people["chair"], people["member"]
    here = f"{WORKSPACE}/committees/{COMMITTEE}"
    acta = pdf("Acta de la reunión del comité", "Se aprobó la gestión de los muelles y la ventanilla única")
    sent = await send_file(member, acta, "Acta de marzo.pdf", to=f"{here}/documents", folder="Actas/2026")
    await send_file(member, b"# Plan\n\nRevisar los **muelles**.", "Plan.md", to=f"{here}/documents")
    document = sent.json()["id"]
    url = f"{WORKSPACE}/documents/{document}"
    table = word("# Estudio", "Horas por puerto", "- medido en marzo", [["Puerto", "Horas"], ["Callao", "12"]])
    study = (await send_file(member, table, "Estudio.docx", to=f"{here}/documents")).json()["id"]
    read = await chair.get(f"{WORKSPACE}/documents/{study}")
    await chair.patch(f"{WORKSPACE}/documents/{study}", json={"tags": ["estudios", "marzo"]}, headers=if_match(read))
    assert (await chair.post(f"{WORKSPACE}/documents/{study}/publish")).status_code == 200
    corrected = pdf("Acta de la reunión del comité", "Se aprobó la gestión de los muelles", "Sin más asuntos")
    await send_file(member, corrected, "Acta de marzo.pdf", to=f"{url}/versions", note="Correcciones de la presidencia")
    assert (await chair.post(f"{url}/publish")).status_code == 200
    begun = await chair.post(f"{url}/discussions", json={"title": "¿Falta el anexo?", "text": "No lo **encuentro**."})
    talk = begun.headers["location"]
    first = (await chair.get(f"{talk}/posts")).json()["items"][0]
    said = await member.post(f"{talk}/posts", json={"text": "Llega mañana.", "quotes": first["id"]})
    corrected_post = await member.patch(
        said.headers["location"], json={"text": "Llega el lunes."}, headers=if_match(said)
    )
    assert corrected_post.status_code == 200
    return {"document": document, "study": study, "discussion": begun.json()["id"], "post": said.json()["id"]}
