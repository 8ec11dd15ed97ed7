"""The made-up year: it is there, it says everywhere that it is made up, and it goes away without a trace."""

import csv
import io

from rich.progress import Progress
from sqlalchemy import func, select

from deploy.local.composition import Platform
from deploy.local.demo import DemoYear, remove_from
from deploy.local.demo_people import make_person
from gateway.tables import User
from tests.conftest import COMMITTEE
from tests.people import Person
from tests.workspace.files import send_file

RESULTS = "/api/v1/survey/results"


async def test_the_made_up_year_is_marked_and_can_be_taken_away(
    platform: Platform, public: Person, secretariat: Person, member: Person
):
    year = await DemoYear.begin(platform, Progress(disable=True))
    await year.tell()
    await platform.run_jobs()

    results = (await public.get(RESULTS)).json()["items"]
    assert len(results) == 9
    assert all(result["demo"] for result in results)
    rows = list(csv.DictReader(io.StringIO((await public.get(RESULTS, params={"format": "csv"})).text)))
    assert rows
    assert {row["demo"] for row in rows} == {"true"}
    members = (await public.get("/api/v1/registry/communities/mx-manzanillo/members")).json()["items"]
    assert len(members) == 6
    tasks = await secretariat.get("/api/v1/workspace/committees/port-governance-and-competitiveness/tasks")
    assert tasks.json()["total"] == 3
    papers = (await public.get("/api/v1/workspace/documents")).json()
    assert (papers["total"], {one["demo"] for one in papers["items"]}) == (3, {True})
    here = "/api/v1/workspace/committees/port-governance-and-competitiveness"
    assert (await secretariat.get(f"{here}/charter")).json()["demo"] is True
    plan = (await secretariat.get(f"{here}/work-plan")).json()
    assert plan["demo"] is True and len(plan["items"]) == 3 and plan["progress"]["tasks"] == 3
    [meeting] = (await public.get("/api/v1/workspace/regional-meetings")).json()["items"]
    people = (await secretariat.get(f"/api/v1/workspace/regional-meetings/{meeting['slug']}/registrations")).json()
    assert meeting["demo"] is True and {one["demo"] for one in people["items"]} == {True} and people["total"] == 3
    real = await send_file(member, b"uno", "real.txt")
    scope = ("member", f"committee:{COMMITTEE}", None)
    guest = await make_person(platform, "Invitada", "demo-guest", scope)
    url = real.headers["location"]
    await guest.call("POST", f"{url}/versions", files={"file": ("real.txt", b"dos")})
    for path in (
        "/documents",
        f"/documents/{papers['items'][0]['id']}",
        "/search?q=ventanilla",
        "/",
        "/regional-meetings",
        f"/regional-meetings/{meeting['slug']}",
        "/cooperation",
        "/agreements",
    ):
        shown = await public.get(path, headers={"accept": "text/html"})
        assert "Datos de demostración" in shown.text, path
    page = await public.get("/results/mx-manzanillo", headers={"accept": "text/html"})
    assert "Datos de demostración" in page.text

    await remove_from(platform)
    assert (await public.get(RESULTS)).json()["items"] == []
    assert (await secretariat.get("/api/v1/survey/campaigns")).json()["items"] == []
    assert (await public.get("/api/v1/registry/communities/mx-manzanillo/members")).json()["items"] == []
    assert (await public.get("/api/v1/registry/organizations")).json()["items"] == []
    assert (await public.get("/api/v1/registry/communities")).json()["total"] == 34
    assert (await public.get("/api/v1/workspace/regional-meetings")).json()["total"] == 0
    assert (await public.get("/api/v1/registry/activities")).json()["total"] == 0
    assert (await secretariat.get(f"{here}/charter")).json()["revision"] == 0
    left = await secretariat.get("/api/v1/indicators/observations")
    assert left.json()["items"] == []
    tasks = await secretariat.get("/api/v1/workspace/committees/port-governance-and-competitiveness/tasks")
    assert tasks.json()["total"] == 0
    assert (await public.get("/api/v1/workspace/documents")).json()["total"] == 0
    left = (await member.get(url)).json()
    assert (left["current_version"], left["versions"]) == (1, 1)
    assert (await member.get(left["content"])).content == b"uno"
    async with platform.gateway.own.state.database.reading() as reading:
        assert await reading.scalar(select(func.count()).where(User.demo)) == 0
