"""`portsnet demo`: a made-up year, so that a newcomer sees a living platform; marked as such everywhere.

Its people are accounts marked `demo`, and whatever a demonstration account makes is marked by the services
themselves, so nothing can be made up and not say so.
"""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from rich.console import Console
from rich.progress import Progress
from sqlalchemy import select

from deploy.local.commands import connected_platform
from deploy.local.composition import Platform
from deploy.local.demo_committees import announce_meeting, record_cooperation, write_charter_and_plan
from deploy.local.demo_content import (
    COMMENTS,
    COMMUNITIES,
    FIRST_NAMES,
    GROUPS,
    INDICATORS,
    LAST_NAMES,
    ORGANIZATIONS,
    PRESENT,
    TASKS,
    TASKS_OF_GAPS,
)  # fmt: skip
from deploy.local.demo_documents import write_documents
from deploy.local.demo_people import DemoPerson, DemoTrouble, make_person, one_time_password
from deploy.local.seeding import seed
from gateway.tables import User
from services.registry.client import RegistryClient
from services.survey.client import SurveyClient
from shared.peers import Peers
from shared.settings import Settings

CAMPAIGNS = "/api/v1/survey/campaigns"
MAKERS = ("survey", "indicators", "workspace", "registry", "gateway")
"""The parts that keep what people make; the portal keeps nothing of its own."""


async def fill(settings: Settings, console: Console) -> None:
    """Make the year up. Raises DemoTrouble when it is there already, or when real campaigns are."""
    async with connected_platform(settings) as platform:
        await seed(platform)
        await platform.run_jobs()
        await _must_be_possible(platform)
        with Progress(console=console, disable=not console.is_terminal) as progress:
            year = await DemoYear.begin(platform, progress)
            await year.tell()
            await platform.run_jobs()
        console.print("Demonstration data is in place, marked as such on every page. Sign in as:")
        for person, password in year.sign_ins.items():
            console.print(f"  {person}  {password}", style="bold")
        console.print("These passwords are shown this once. `portsnet demo --remove` takes everything away again.")


async def take_away(settings: Settings) -> None:
    """Delete every row that is marked as demonstration data."""
    async with connected_platform(settings) as platform:
        await remove_from(platform)
    print("The demonstration data is gone.")


async def remove_from(platform: Platform) -> None:
    """Have every part delete what it marked."""
    peers: Peers = platform.gateway.own.state.peers
    for part in MAKERS:
        token = await peers.token(part, None)
        await peers.send(part, "DELETE", "/internal/demo", headers={"Authorization": f"Bearer {token}"})
    await platform.run_jobs()


async def _must_be_possible(platform: Platform) -> None:
    async with platform.gateway.own.state.database.reading() as reading:
        if await reading.scalar(select(User.id).where(User.demo).limit(1)) is not None:
            raise DemoTrouble("The demonstration data is there already; `portsnet demo --remove` takes it away.")
    survey = SurveyClient(platform.gateway.own.state.peers)
    if await survey.campaigns():
        raise DemoTrouble("There are campaigns already: demonstration data belongs on an empty platform.")


class DemoYear:
    """The year as it is made up: the same on every machine, but for the dates, which are last year's and this one's."""

    def __init__(self, platform: Platform, progress: Progress, communities: Sequence[tuple[str, str]]) -> None:
        self.platform = platform
        self.progress = progress
        self.random = random.Random(20)  # noqa: S311 -- made-up data, the same each time
        self.communities = communities
        self.today = datetime.now(UTC).astimezone(platform.settings.zone).date()
        self.sign_ins: dict[str, str] = {}
        self.coordinators: dict[str, DemoPerson] = {}
        self.providers: dict[str, DemoPerson] = {}
        self.respondents: dict[str, list[DemoPerson]] = {}
        self.secretariat: DemoPerson
        self._names = 0

    @classmethod
    async def begin(cls, platform: Platform, progress: Progress) -> "DemoYear":
        registry = RegistryClient(platform.gateway.own.state.peers)
        known = {community.code: community.name for community in await registry.communities()}
        chosen = [code for code in COMMUNITIES if code in known]
        chosen += [c.code for c in await registry.communities(kind="port") if c.code not in chosen][: 12 - len(chosen)]
        return cls(platform, progress, [(code, known[code]) for code in chosen])

    async def tell(self) -> None:
        """Everything in turn, with a bar."""
        steps = (
            ("Personas", self.make_people), ("Organizaciones", self.make_organizations),
            ("Encuesta del año pasado", self.run_last_campaign), ("Encuesta de este año", self.run_this_campaign),
            ("Indicadores", self.report_indicators), ("Comités", self.work_in_committees),
            ("Encuentros y cooperación", self.meet_and_cooperate),
        )  # fmt: skip
        task = self.progress.add_task("Datos de demostración", total=len(steps))
        for name, step in steps:
            self.progress.update(task, description=name)
            await step()
            self.progress.advance(task)

    def somebody(self) -> str:
        """The next invented name."""
        first, last = FIRST_NAMES[self._names % 20], LAST_NAMES[(self._names * 7 + self._names // 20) % 20]
        self._names += 1
        return f"{first} {last}"

    async def make_people(self) -> None:
        self.secretariat = await self._with_password("demo-secretaria", ("secretariat", "network", None))
        for index, (code, _) in enumerate(self.communities):
            scope = f"community:{code}"
            first = index == 0
            grants: list[tuple[str, str, str | None]] = [("coordinator", scope, None)]
            self.coordinators[code] = await self._person("coordinacion", code, grants, first)
            self.providers[code] = await self._person("datos", code, [("data_provider", scope, None)], first)
            groups = GROUPS[: 4 + index % 4]
            self.respondents[code] = [
                await self._person(group, code, [("respondent", scope, group)], first and group == "customs")
                for group in groups
            ]

    async def _person(
        self, post: str, code: str, grants: list[tuple[str, str, str | None]], with_password: bool
    ) -> DemoPerson:
        username = f"demo-{post.replace('_', '-')}-{code}"
        if with_password:
            return await self._with_password(username, *grants)
        return await make_person(self.platform, self.somebody(), username, *grants)

    async def _with_password(self, username: str, *grants: tuple[str, str, str | None]) -> DemoPerson:
        password = one_time_password()
        self.sign_ins[username] = password
        return await make_person(self.platform, self.somebody(), username, *grants, password=password)

    async def make_organizations(self) -> None:
        for code, name in self.communities:
            for kind, pattern in ORGANIZATIONS:
                organization = await self.secretariat.call(
                    "POST", "/api/v1/registry/organizations",
                    json={"name": f"{pattern.format(name=name)} (demo)", "country": code[:2].upper(), "kind": kind},
                )  # fmt: skip
                await self.secretariat.call(
                    "POST", f"/api/v1/registry/communities/{code}/members",
                    json={
                        "organization": organization.json()["id"], "post": "Representante",
                        "focal_point": kind == "port_authority",
                    },
                )  # fmt: skip

    async def run_last_campaign(self) -> None:
        """A whole campaign: most communities publish, some only get accepted."""
        year = self.today.year - 1
        await self._open(year, date(year, 3, 1), self.today + timedelta(days=1))
        measures = await self._measures()
        for index, (code, _) in enumerate(self.communities):
            level = self.random.uniform(1.2, 3.1)
            await self._answer(year, code, measures, level, share=1.0)
            await self._agree(year, code, measures, level)
            base = f"{CAMPAIGNS}/{year}/assessments/{code}"
            await self.coordinators[code].call("POST", f"{base}/submit")
            if index == 3:
                note = {"comments": [{"measure": measures[0], "text": "Falta el acta que lo respalda."}]}
                await self.secretariat.call("POST", f"{base}/return", json=note)
                await self.coordinators[code].call("POST", f"{base}/submit")
            await self.secretariat.call("POST", f"{base}/accept")
            await self._act_on_gaps(base, code, measures, index)
            if index < 9:
                await self.coordinators[code].call("POST", f"{base}/publish")
        await self.secretariat.call("POST", f"{CAMPAIGNS}/{year}/close")
        await self.secretariat.call("POST", f"{CAMPAIGNS}/{year}/publish")

    async def run_this_campaign(self) -> None:
        """A campaign half way: some have answered, one has submitted, some have not begun."""
        year = self.today.year
        await self._open(year, self.today - timedelta(days=20), self.today + timedelta(days=12))
        measures = await self._measures()
        for index, (code, _) in enumerate(self.communities[:8]):
            level = self.random.uniform(1.6, 3.4)
            share = (0.6, 1.0, 0.8, 0.4, 1.0, 0.2, 0.9, 0.5)[index]
            await self._answer(year, code, measures, level, share=share, first=index == 0)
            if index == 1:
                await self._agree(year, code, measures, level)
                await self.coordinators[code].call("POST", f"{CAMPAIGNS}/{year}/assessments/{code}/submit")

    async def _open(self, year: int, opens_on: date, closes_on: date) -> None:
        await self.secretariat.call(
            "POST", CAMPAIGNS,
            json={
                "year": year, "model_version": await self._version(), "opens_on": opens_on.isoformat(),
                "closes_on": closes_on.isoformat(), "communities": [code for code, _ in self.communities],
            },
        )  # fmt: skip
        await self.secretariat.call("POST", f"{CAMPAIGNS}/{year}/open")

    async def _version(self) -> str:
        answer = await self.secretariat.call("GET", "/api/v1/survey/models")
        return str(next(m["version"] for m in answer.json()["items"] if m["state"] == "published"))

    async def _measures(self) -> list[str]:
        answer = await self.secretariat.call("GET", f"/api/v1/survey/models/{await self._version()}")
        pillars = answer.json()["pillars"]
        return [m["code"] for pillar in pillars for point in pillar["points"] for m in point["measures"]]

    async def _answer(
        self, year: int, code: str, measures: list[str], level: float, *, share: float, first: bool = False
    ) -> None:
        for index, person in enumerate(self.respondents[code]):
            part = measures if share == 1 else measures[: round(len(measures) * share)]
            if first and index == 1:
                part = measures[:9]
            if not part or (share < 0.5 and index > 1):
                continue
            answers = [self._one_answer(measure, level) for measure in part]
            url = f"{CAMPAIGNS}/{year}/assessments/{code}/answers/mine"
            await person.call("PATCH", url, json={"answers": answers})

    def _one_answer(self, measure: str, level: float) -> dict[str, object]:
        if self.random.random() < 0.03:
            return {"measure": measure, "level": None, "flag": "unknown", "base_revision": 0}
        found = min(4, max(0, round(self.random.gauss(level, 0.9))))
        answer: dict[str, object] = {"measure": measure, "level": found, "flag": None, "base_revision": 0}
        if self.random.random() < 0.15:
            answer["comment"] = self.random.choice(COMMENTS)
        return answer

    async def _agree(self, year: int, code: str, measures: list[str], level: float) -> None:
        """The workshop's outcome on every third measure; the groups' answers speak for the rest."""
        base = f"{CAMPAIGNS}/{year}/assessments/{code}"
        tag = (await self.coordinators[code].call("GET", base)).headers["etag"]
        for measure in measures[::3]:
            agreed = min(4, max(0, round(level)))
            wanted: dict[str, object] = {"level": agreed, "flag": None, "note": "Acordado en el taller."}
            wanted["attendance"] = [{"name": name, "stakeholder_group": group} for name, group in PRESENT]
            if measure == measures[0]:
                wanted["minority_notes"] = [{"stakeholder_group": "customs", "note": "Falta cubrir el turno de noche."}]
            done = await self.coordinators[code].call(
                "PUT", f"{base}/agreed/{measure}", json=wanted, headers={"If-Match": tag}
            )
            tag = done.json()["etag"]

    async def _act_on_gaps(self, base: str, code: str, measures: list[str], index: int) -> None:
        """Two tasks of the community's own list; every second community has finished one of them."""
        for place, title in enumerate(TASKS_OF_GAPS):
            wanted = {"measure": measures[place * 3 + 1], "board": "community", "title": title}
            made = await self.coordinators[code].call("POST", f"{base}/actions", json=wanted)
            if place == 0 and index % 2 == 0:
                url, tag = f"{base}/actions/{made.json()['id']}", {"If-Match": made.headers["etag"]}
                await self.coordinators[code].call("PATCH", url, json={"state": "done"}, headers=tag)

    async def report_indicators(self) -> None:
        """Last year's months of some indicators: entered, submitted, approved; some shown to the Network."""
        year = self.today.year - 1
        catalogue = await self.secretariat.call("GET", "/api/v1/indicators/catalogue?limit=200")
        known = {item["code"]: item for item in catalogue.json()["items"]}
        chosen = [row for row in INDICATORS if row[0] in known and known[row[0]]["frequency"] == "monthly"]
        periods = [f"{year}-{month:02}" for month in range(1, 13)]
        for index, (code, _) in enumerate(self.communities[:8]):
            rows = [row for indicator in chosen for row in self._observations(code, indicator, periods)]
            await self.providers[code].call("POST", "/api/v1/indicators/observations", json=rows)
            for period in periods:
                base = f"/api/v1/indicators/submissions/{code}/{period}"
                await self.providers[code].call("POST", f"{base}/submit")
                await self.coordinators[code].call("POST", f"{base}/approve")
            shown = {row[0]: "public" for row in chosen} if index % 3 == 0 else {}
            await self.coordinators[code].call(
                "PUT", f"/api/v1/indicators/visibility/{code}", json={"default": "network", "indicators": shown}
            )

    def _observations(
        self, code: str, indicator: tuple[str, float, float, float, float, float], periods: Sequence[str]
    ) -> list[dict[str, object]]:
        name, typical, spread, drift, lowest, highest = indicator
        own = self.random.gauss(typical, spread / 2)
        rows: list[dict[str, object]] = []
        for month, period in enumerate(periods):
            value = min(highest, max(lowest, own + drift * month + self.random.gauss(0, spread / 8)))
            rows.append({"indicator": name, "community": code, "period": period, "value": round(value, 1)})
        return rows

    async def work_in_committees(self) -> None:
        chairs: dict[str, DemoPerson] = {}
        for task in TASKS:
            if task.committee not in chairs:
                chairs[task.committee] = await self._committee(task.committee)
                await write_documents(task.committee, chairs[task.committee])
            chair = chairs[task.committee]
            due = (self.today + timedelta(days=task.due_in)).isoformat() if task.due_in is not None else None
            made = await chair.call(
                "POST", f"/api/v1/workspace/committees/{task.committee}/tasks",
                json={
                    "title": task.title, "description": task.description, "state": task.state, "due_on": due,
                    "priority": task.priority, "labels": list(task.labels), "assignees": [chair.user_id],
                    "checklist": [{"text": text, "done": done} for text, done in task.checklist],
                },
            )  # fmt: skip
            comments = f"/api/v1/workspace/tasks/{made.json()['id']}/comments"
            for comment in task.comments:
                await chair.call("POST", comments, json={"text": comment})

        for slug, chair in chairs.items():
            await write_charter_and_plan(slug, chair, self.today)

    async def meet_and_cooperate(self) -> None:
        await announce_meeting(self.secretariat, self.today)
        await record_cooperation(self.secretariat, self.communities)

    async def _committee(self, slug: str) -> DemoPerson:
        scope = f"committee:{slug}"
        chair = await make_person(self.platform, self.somebody(), f"demo-chair-{slug}", ("chair", scope, None))
        for number in range(1, 4):
            username = f"demo-member-{number}-{slug}"
            await make_person(self.platform, self.somebody(), username, ("member", scope, None))
        return chair
