"""The committees, and who belongs to them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from deploy.local.composition import Platform
from services.workspace.seed import read
from shared.problems import NotFound
from shared.reference import ReferenceTrouble
from tests.people import Person, somebody
from tests.workspace.conftest import HERE, OTHER, ROOT, SLUG, THERE

COMMITTEES = {
    "research-and-innovation": ("technical", "Investigación e Innovación", "Research and Innovation"),
    "port-governance-and-competitiveness": (
        "technical", "Gobernanza y Competitividad Portuaria", "Port Governance and Competitiveness",
    ),
    "public-policies-on-ports": ("technical", "Políticas Públicas Portuarias", "Public Policies on Ports"),
    "transitional-advisory-directory": (
        "directory", "Directorio Consultivo Transitorio", "Transitional Advisory Directory",
    ),
}  # fmt: skip


async def test_every_member_of_the_network_knows_the_four_committees(respondent: Person):
    told = (await respondent.get(f"{ROOT}/committees")).json()
    found = {item["slug"]: (item["kind"], item["names"]["es"], item["names"]["en"]) for item in told["items"]}
    assert found == COMMITTEES
    assert told["total"] == 4
    assert told["next"] is None
    assert all(item["names"].keys() == {"es", "en", "pt", "fr"} for item in told["items"])
    assert {item["your_role"] for item in told["items"]} == {None}


async def test_a_committee_is_named_in_the_readers_language(member: Person):
    spanish = await member.get(HERE)
    french = await member.get(HERE, headers={"Accept-Language": "fr-CA"})
    assert spanish.json()["name"] == "Investigación e Innovación"
    assert french.json()["name"] == "Recherche et innovation"
    assert french.headers["content-language"] == "fr"
    assert spanish.headers["etag"] != french.headers["etag"]
    assert spanish.json()["your_role"] == "member"
    assert (await member.get(THERE)).json()["your_role"] is None


async def test_committees_come_in_parts_when_asked_so(member: Person):
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": "3", **({"cursor": cursor} if cursor else {})}
        told = (await member.get(f"{ROOT}/committees", params=params)).json()
        seen += [item["slug"] for item in told["items"]]
        cursor = told["next"]
        if cursor is None:
            break
    assert seen == list(COMMITTEES)


async def test_a_committee_that_is_none_is_not_found(secretariat: Person):
    for slug in ("nobody-knows", "x" * 500, "Research-And-Innovation", "99999999999999999999"):
        for path in ("", "/members", "/tasks"):
            assert (await secretariat.get(f"{ROOT}/committees/{slug}{path}")).status_code == 404


@pytest.mark.parametrize(
    ("who", "committees", "one", "members"),
    [
        ("public", 401, 401, 401), ("without_grants", 200, 404, 404), ("coordinator", 200, 200, 403),
        ("foreign_coordinator", 200, 200, 403), ("respondent", 200, 200, 403), ("data_provider", 200, 200, 403),
        ("chair", 200, 200, 200), ("member", 200, 200, 200), ("observer", 200, 200, 200),
        ("secretariat", 200, 200, 200),
    ],
)  # fmt: skip
async def test_who_sees_a_committee_and_its_people(
    everyone: Mapping[str, Person], who: str, committees: int, one: int, members: int
):
    person = everyone[who]
    listed = await person.get(f"{ROOT}/committees")
    assert listed.status_code == committees
    if who == "without_grants":
        assert listed.json() == {"items": [], "next": None, "total": 0}
    assert (await person.get(HERE)).status_code == one
    assert (await person.get(f"{HERE}/members")).status_code == members
    if who in ("chair", "member", "observer"):
        assert (await person.get(f"{THERE}/members")).status_code == 403


async def test_the_people_are_named_with_role_and_since_when_the_chair_first(
    platform: Platform, observer: Person, member: Person, chair: Person
):
    both = await somebody(platform, "ana", ("member", f"committee:{SLUG}"), ("chair", f"committee:{SLUG}"))
    await somebody(platform, "elsewhere", ("chair", f"committee:{OTHER}"))
    told = (await member.get(f"{HERE}/members")).json()
    assert [(item["user_id"], item["name"], item["role"]) for item in told["items"]] == [
        (both.user_id, "Ana", "chair"),
        (chair.user_id, "Chair", "chair"),
        (member.user_id, "Member", "member"),
        (observer.user_id, "Observer", "observer"),
    ]
    assert told["total"] == 4
    assert all(item["since"].endswith("Z") for item in told["items"])
    assert all("email" not in item for item in told["items"])
    first = (await member.get(f"{HERE}/members", params={"limit": 3})).json()
    rest = (await member.get(f"{HERE}/members", params={"limit": 3, "cursor": first["next"]})).json()
    assert first["items"] + rest["items"] == told["items"]
    assert rest["next"] is None


async def test_whoever_joins_is_there_at_once(platform: Platform, chair: Person):
    assert (await chair.get(f"{HERE}/members")).json()["total"] == 1
    await somebody(platform, "newcomer", ("member", f"committee:{SLUG}"))
    assert (await chair.get(f"{HERE}/members")).json()["total"] == 2


async def test_the_gateway_can_ask_which_committees_there_are(platform: Platform, secretariat: Person):
    peers = platform.gateway.own.state.peers
    headers = {"Authorization": f"Bearer {await peers.token('workspace', None)}"}
    there = await peers.send("workspace", "GET", f"/internal/scopes/{SLUG}", headers=headers)
    assert there.status_code == 204
    with pytest.raises(NotFound):
        await peers.send("workspace", "GET", "/internal/scopes/nobody-knows", headers=headers)
    invited = {"email": "a@example.org", "role": "member"}
    for scope, status in ((SLUG, 201), ("nobody-knows", 422)):
        answer = await secretariat.post("/api/v1/identity/invitations", json={**invited, "scope": f"committee:{scope}"})
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("committees:\n- {slug: a, kind: technical, names: {es: A, en: A, pt: A}}\n", "line 2: a has no name in fr"),
        ("committees:\n- {slug: a, kind: choir, names: {}}\n", "line 2: committees.0.kind"),
        (
            "committees:\n- {slug: a, kind: technical, names: {es: A, en: A, pt: A, fr: A}}\n"
            "- {slug: a, kind: technical, names: {es: A, en: A, pt: A, fr: A}}\n",
            "line 3: a occurs twice",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(tmp_path: Path, text: str, trouble: str):
    path = tmp_path / "committees.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ReferenceTrouble, match=trouble):
        read(path)
