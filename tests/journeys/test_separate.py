"""The platform as separate processes: the whole story over HTTP, and a service that dies in the middle of it."""

import csv
import email
import email.policy
import io
import json
import os
import re
import signal
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from shared.settings import SERVICES
from tests.deploy.command import Running, command_line, living, open_folder, running, until
from tests.deploy.people import accepted, invited

pytestmark = pytest.mark.slow
YEAR = datetime.now(UTC).year
COMMUNITY = "mx-manzanillo"
CAMPAIGN = f"/api/v1/survey/campaigns/{YEAR}"
ASSESSMENT = f"{CAMPAIGN}/assessments/{COMMUNITY}"
CARD = f"/api/v1/registry/communities/{COMMUNITY}"
OF_SERVICES = {
    "registry": "/api/v1/registry/communities",
    "survey": "/api/v1/survey/models",
    "indicators": "/api/v1/indicators/catalogue",
    "workspace": "/api/v1/workspace/committees",
    "portal": "/",
}


@pytest.fixture(scope="module")
def platform() -> Iterator[Running]:
    with open_folder() as folder, running(folder / "data", "--separate") as platform:
        yield platform


@pytest.fixture(scope="module")
def secretary(platform: Running) -> Iterator[httpx.Client]:
    """Whoever used the invitation that the first start printed."""
    with platform.client() as client:
        accepted(client, platform.invitations[0], "secretary")
        yield client


def processes(platform: Running) -> dict[str, int]:
    """Our own children by the part of the platform that each of them is."""
    lines = {pid: command_line(pid) for pid in platform.now}
    return {line[3]: pid for pid, line in lines.items() if line[1:3] == ["-m", "deploy.local.part"]}


def ports(pid: int) -> list[int]:
    """The TCP ports that a process listens on."""
    held = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            held.add(str(entry.readlink()))
    rows = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    return [int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in held]


def mailed_to(platform: Running, address: str) -> str:
    """The link in the one message that somebody got."""

    def find() -> str:
        for file in (platform.data / "outbox").glob("*.eml"):
            message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            if message["To"] == address and (body := message.get_body(("plain",))) is not None:
                return body.get_content()
        return ""

    text = until(find, 20, f"a message to {address} arrives")
    found = re.search(rf"{platform.origin}/invitations/[\w-]+", text)
    assert found is not None, text
    return found[0]


def test_every_part_is_a_process_and_all_are_ready(platform: Running):
    assert set(processes(platform)) == {*SERVICES, "gateway"}
    assert len(platform.invitations) == 1
    with platform.client() as visitor:
        assert visitor.get("/readyz").json() == {"status": "ok", "failing": []}


def test_no_service_answers_somebody_who_goes_around_the_gateway(platform: Running):
    found = processes(platform)
    header, payload = ({"alg": "none", "typ": "JWT"}, {"sub": "x", "aud": "registry", "exp": 4_000_000_000})
    forged = (
        ".".join(urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in (header, payload)) + "."
    )
    for name in SERVICES:
        (port,) = ports(found[name])
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as around:
            assert around.get("/healthz").status_code == 200
            for headers in ({}, {"Authorization": f"Bearer {forged}"}, {"X-Forwarded-User": "secretary"}):
                answer = around.get(OF_SERVICES[name], headers=headers)
                assert answer.status_code == 401, (name, headers, answer.text[:200])
                assert "WWW-Authenticate" in answer.headers
    (front,) = ports(found["gateway"])
    assert front == platform.port


def test_from_the_printed_invitation_to_the_published_score(platform: Running, secretary: httpx.Client):
    today = datetime.now(UTC).date()
    campaign = {
        "year": YEAR, "model_version": "0.1.0-reconstruction", "opens_on": str(today - timedelta(days=1)),
        "closes_on": str(today + timedelta(days=30)), "communities": [COMMUNITY],
    }  # fmt: skip
    assert secretary.post("/api/v1/survey/campaigns", json=campaign).status_code == 201
    assert secretary.post(f"{CAMPAIGN}/open").status_code == 200
    scope = f"community:{COMMUNITY}"
    with platform.client() as coordinator, platform.client() as customs, platform.client() as shipping:
        accepted(coordinator, invited(platform, "coordinator", scope), "coordinator")
        for client, group in ((customs, "customs"), (shipping, "shipping")):
            wanted = {"email": f"{group}@example.org", "role": "respondent", "scope": scope, "stakeholder_group": group}
            made = coordinator.post("/api/v1/identity/invitations", json=wanted)
            assert made.status_code == 201, made.text
            assert "token" not in made.text
            accepted(client, mailed_to(platform, f"{group}@example.org"), group)

        pillars = secretary.get("/api/v1/survey/models/0.1.0-reconstruction").json()["pillars"]
        measures = [m["code"] for pillar in pillars for point in pillar["points"] for m in point["measures"]]
        for client, level, first in ((customs, 3, 4), (shipping, 2, 2)):
            answers = [{"measure": code, "level": level, "flag": None} for code in measures]
            answers[0]["level"] = first
            saved = client.patch(f"{ASSESSMENT}/answers/mine", json={"answers": answers})
            assert saved.status_code == 200, saved.text
            assert saved.json()["conflicts"] == []
        tag = coordinator.get(ASSESSMENT).headers["etag"]
        agreed = {"level": 4, "flag": None, "note": "Acordado en el taller"}
        said = coordinator.put(f"{ASSESSMENT}/agreed/{measures[1]}", json=agreed, headers={"If-Match": tag})
        assert said.status_code == 200, said.text
        for who, step in ((coordinator, "submit"), (secretary, "accept"), (coordinator, "publish")):
            done = who.post(f"{ASSESSMENT}/{step}")
            assert done.status_code == 200, (step, done.text)

    # By hand: each measure is the mean of the two groups, 100·2.5/4 = 62.5; the first (4 + 2)/2 = 3 → 75; the second
    # was agreed at 4 → 100. First point (75 + 100 + 62.5)/3, its pillar with two points of 62.5, overall with three
    # pillars of 62.5.
    point = (75 + 100 + 62.5) / 3
    pillar = (point + 62.5 + 62.5) / 3
    overall = (pillar + 3 * 62.5) / 4
    with platform.client() as visitor:
        result = visitor.get(f"/api/v1/survey/results/{COMMUNITY}", params={"year": YEAR})
        assert result.status_code == 200, result.text
        told = result.json()
        assert told["overall"] == pytest.approx(overall, rel=1e-12)
        assert told["pillars"][0]["score"] == pytest.approx(pillar, rel=1e-12)
        assert told["pillars"][0]["points"][0]["score"] == pytest.approx(point, rel=1e-12)
        assert [one["score"] for one in told["pillars"][1:]] == [62.5, 62.5, 62.5]
        first = told["pillars"][0]["points"][0]["measures"]
        assert [(one["value"], one["source"]) for one in first[:3]] == [
            (3.0, "groups"),
            (4.0, "agreed"),
            (2.5, "groups"),
        ]
        table = visitor.get("/api/v1/survey/results", params={"year": YEAR}, headers={"accept": "text/csv"})
        (row,) = csv.DictReader(io.StringIO(table.text))
        assert row["community"] == COMMUNITY
        assert float(row["overall"]) == told["overall"]
        hidden = visitor.get(f"{ASSESSMENT}/answers/mine")
        assert hidden.status_code == 401


def test_a_service_that_is_killed_comes_back_by_itself(platform: Running, secretary: httpx.Client):
    tag = secretary.get(CARD).headers["etag"]
    written = secretary.patch(CARD, json={"website": "https://before.example.org"}, headers={"If-Match": tag})
    assert written.status_code == 200
    killed = processes(platform)["registry"]
    back = threading.Event()
    answers: list[httpx.Response] = []

    def keep_asking() -> None:
        with platform.client() as visitor:
            while not back.is_set():
                answers.append(visitor.get(CARD))
                answers.append(visitor.get("/healthz"))

    with ThreadPoolExecutor(3) as visitors:
        asking = [visitors.submit(keep_asking) for _ in range(3)]
        until(lambda: len(answers) > 20, 20, "visitors are answered")
        os.kill(killed, signal.SIGKILL)
        try:
            until(
                lambda: processes(platform).get("registry") not in (None, killed), 30, "the registry is started again"
            )
            already = len(answers)
            until(
                lambda: [a for a in answers[already:] if a.url.path == CARD and a.status_code == 200], 30, "it answers"
            )
        finally:
            back.set()
        for one in asking:
            one.result()

    for answer in answers:
        if answer.url.path == "/healthz":
            assert answer.status_code == 200
        elif answer.status_code != 200:
            assert answer.status_code in (502, 503, 504), answer.text
            assert answer.headers["content-type"] == "application/problem+json"
            assert int(answer.headers["retry-after"]) > 0
    found = secretary.get(CARD)
    assert found.json()["website"] == "https://before.example.org"
    after = secretary.patch(CARD, json={"website": None}, headers={"If-Match": found.headers["etag"]})
    assert after.status_code == 200
    assert secretary.get("/readyz").json()["failing"] == []


def test_all_of_them_end_together(platform: Running):
    """The last in this file: nobody is left to ask afterwards."""
    all_of_them = {*processes(platform).values()}
    assert platform.stop() == 0
    assert not all_of_them & set(living())
    assert "Traceback" not in platform.complained
