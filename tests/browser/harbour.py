"""A platform with something to see on every page: a published year, a year under way, a board, an invitation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from deploy.local.composition import Platform
from gateway.invitations import InvitationIn, invite
from tests.browser.meetings import meetings_and_votes
from tests.people import OPERATOR, Person, everybody, somebody
from tests.survey.conftest import API, VERSION, agree, answers, everything, in_days, opened, publish

COMMUNITY = "mx-manzanillo"
COMMITTEE = "research-and-innovation"
OPEN_YEAR = datetime.now(UTC).year
YEAR = OPEN_YEAR - 1


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
    await indicators(platform, communities)
    task = await board(people)
    meetings = await meetings_and_votes(platform, people)
    wanted = InvitationIn(email="nueva@example.org", role="coordinator", scope=f"community:{COMMUNITY}")
    _, token = await invite(platform.gateway.own.state.database, platform.settings, wanted, by=OPERATOR, mail=False)
    await platform.run_jobs()
    things = {
        "community": COMMUNITY, "committee": COMMITTEE, "year": str(YEAR), "open_year": str(OPEN_YEAR),
        "version": VERSION, "invitation": token, "task": task,
        **meetings,
    }  # fmt: skip
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
        },
    )  # fmt: skip
    assert task.status_code == 201, task.text
    said = await member.post(
        f"/api/v1/workspace/tasks/{task.json()['id']}/comments", json={"text": "Lo vemos el *jueves*."}
    )
    assert said.status_code == 201, said.text
    return str(task.json()["id"])
