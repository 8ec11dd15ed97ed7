"""Elections: who stands, who votes, how it is counted, and that nobody can tell whose ballot is whose."""

import asyncio
import hashlib
import itertools
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from deploy.local.composition import Platform
from services.workspace.elections import box
from services.workspace.elections.counting import Ballot, ballots_hash, counted, hash_of, lot, roll_hash
from services.workspace.elections.opening import remind_when_due
from tests.people import Person, if_match, pointers, somebody
from tests.workspace.conftest import HERE, OTHER, ROOT, SLUG, Outbox
from tests.workspace.test_delivery import wait_no_longer


def moment(minutes: float) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


def announced(**fields: Any) -> dict[str, Any]:
    """Nominations for an hour, then an hour of voting."""
    return {
        "title": "Secretaría técnica 2027", "method": "approval", "seats": 1, "quorum": 0.5,
        "nominations_until": moment(60), "voting_from": moment(60), "voting_until": moment(120), **fields,
    }  # fmt: skip


async def call(by: Person, **fields: Any) -> str:
    added = await by.post(f"{HERE}/elections", json=announced(**fields))
    assert added.status_code == 201, added.text
    assert added.json()["state"] == "nomination" and added.json()["roll"] is None
    return str(added.json()["id"])


async def stand(url: str, *people: Person) -> list[str]:
    """These people as candidates; the ids of their nominations."""
    found = []
    for person in people:
        added = await person.post(f"{url}/nominations", json={"user_id": person.user_id})
        assert added.status_code == 201 and added.json()["accepted"], added.text
        found.append(str(added.json()["id"]))
    return found


async def pass_time(platform: Platform, election: str, minutes: int) -> None:
    """As if so many minutes had passed since."""
    async with platform.services["workspace"].state.database.engine.begin() as connection:
        earlier = ", ".join(
            f"{name} = {name} - :passed * interval '1 minute'"
            for name in ("nominations_until", "voting_from", "voting_until")
        )
        await connection.execute(
            text(f"UPDATE workspace.elections SET {earlier} WHERE id = :id"), {"passed": minutes, "id": election}
        )


async def members(platform: Platform, number: int) -> list[Person]:
    return [await somebody(platform, f"voter-{n}", ("member", f"committee:{SLUG}")) for n in range(number)]


def test_counting_follows_the_written_rule_and_worked_numbers():
    def ballots(*choices: str) -> list[Ballot]:
        return [Ballot(f"r{n:02}", tuple(each)) for n, each in enumerate(choices)]

    def result(cast: list[Ballot], seats: int = 1, roll: int = 10, quorum: float = 0.0) -> Any:
        return counted(["a", "b", "c"], cast, seats=seats, roll=roll, hash_of_roll="roll", quorum=quorum)

    plain = result(ballots("a", "ab", "abc", "c"), seats=2)
    assert {one.nomination: one.votes for one in plain.counts} == {"a": 3, "b": 2, "c": 2}
    assert plain.counts[0].elected and not plain.counts[0].by_lot
    assert [one.by_lot for one in plain.counts] == [False, True, True], "b and c tie over the second seat"
    first = min(("b", "c"), key=lambda one: lot(plain.seed, one))
    assert [one.nomination for one in plain.counts if one.elected] == ["a", first]
    cast = ballots("a", "ab", "abc", "c")
    again = [result(list(order), seats=2) for order in itertools.permutations(cast)]
    assert {one.seed for one in again} == {plain.seed}, "the order of ballots changes nothing"
    assert plain.seed == hash_of(["roll", ballots_hash(cast)])
    no_lot = result(ballots("a", "b"), seats=2)
    assert [one.by_lot for one in no_lot.counts] == [False, False, False], "who has no vote has no seat"
    assert [one.elected for one in no_lot.counts] == [True, True, False]
    for votes, quorum, reached in ((3, 0.3, True), (2, 0.3, False), (10, 1.0, True), (9, 1.0, False), (0, 0.0, True)):
        told = result(ballots(*["a"] * votes), quorum=quorum)
        assert told.quorum_reached is reached, (votes, quorum)
        assert any(one.elected for one in told.counts) == (reached and votes > 0)
    assert float(result(ballots("", "a", "")).turnout) == 0.3, "blank ballots count for the turnout"
    assert roll_hash({"2": "member", "1": "chair"}) == hashlib.sha256(b'[["1","chair"],["2","member"]]').hexdigest()


async def test_an_election_from_its_call_to_its_result(
    platform: Platform, chair: Person, member: Person, outbox: Outbox
):
    one, two, three = await members(platform, 3)
    observer = await somebody(platform, "observer", ("observer", f"committee:{SLUG}"))
    election = await call(chair, seats=2, quorum=0.6)
    url = f"{ROOT}/elections/{election}"
    [alice, bob] = await stand(url, one, two)
    proposed = await chair.post(f"{url}/nominations", json={"user_id": three.user_id, "statement": "Con experiencia."})
    assert proposed.status_code == 201 and not proposed.json()["accepted"]
    assert (await chair.post(f"{url}/nominations", json={"user_id": three.user_id})).status_code == 409
    assert pointers(await chair.post(f"{url}/nominations", json={"user_id": observer.user_id})) == ["/user_id"]
    third = proposed.json()["id"]
    assert (await chair.post(f"{url}/nominations/{third}/accept")).status_code == 403
    assert (await three.post(f"{url}/nominations/{third}/accept")).json()["accepted"]
    unheard = await chair.post(f"{url}/nominations", json={"user_id": member.user_id})
    for early in (
        await one.post(f"{url}/ballots", json={"choices": [alice]}), await one.get(f"{url}/result"),
    ):  # fmt: skip
        assert early.status_code == 409
    told = [item["kind"] for item in (await three.get(f"{ROOT}/notifications")).json()["items"]]
    assert told == ["nominated", "election"]

    await pass_time(platform, election, 61)
    await platform.run_jobs()
    read = await one.get(url)
    assert read.json()["state"] == "voting" and read.json()["may_vote"]
    roll = read.json()["roll"]
    voters = {person.user_id: "member" for person in (one, two, three, member)} | {chair.user_id: "chair"}
    assert roll["size"] == 5 and roll["hash"] == roll_hash(voters)
    assert {voter["user_id"]: voter["role"] for voter in roll["voters"]} == voters
    late = await somebody(platform, "late", ("member", f"committee:{SLUG}"))
    assert (await late.post(f"{url}/ballots", json={"choices": [alice]})).status_code == 403
    for closed in (
        await one.post(f"{url}/nominations", json={"user_id": late.user_id}),
        await three.post(f"{url}/nominations/{third}/withdraw"),
        await chair.patch(url, json={"seats": 1}, headers=if_match(await chair.get(url))),
    ):
        assert closed.status_code == 409, "nothing changes once voting has opened"
    for wrong, pointer in (
        ([unheard.json()["id"]], "/choices/0"), ([alice, alice], "/choices/1"), ([chair.user_id], "/choices/0"),
    ):  # fmt: skip
        assert pointers(await one.post(f"{url}/ballots", json={"choices": wrong})) == [pointer]
    assert pointers(await one.post(f"{url}/ballots", json={"choices": [1]})) == ["/choices/0"]

    cast = {one: [alice, bob], two: [bob], three: [], member: [bob, third]}
    receipts = {}
    for person, choices in cast.items():
        answer = await person.post(f"{url}/ballots", json={"choices": choices})
        assert answer.status_code == 201, answer.text
        receipts[answer.json()["receipt"]] = sorted(choices)
        assert (await person.post(f"{url}/ballots", json={"choices": choices})).status_code == 409
        assert (await person.get(url)).json()["you_voted"]
    assert (await chair.get(f"{url}/result")).status_code == 409, "nothing is told before the close"
    assert not (await chair.get(url)).json()["you_voted"]

    async def reminded() -> list[str]:
        await wait_no_longer(platform, "election_reminds")
        found = {}
        for person in (one, two, three, member, chair):
            items = (await person.get(f"{ROOT}/notifications", params={"lang": "en"})).json()["items"]
            found[person.user_id] = [item for item in items if item["kind"] == "vote_closing"]
        assert all(len(items) <= 1 for items in found.values())
        return [user for user, items in found.items() if items]

    assert await reminded() == [], "three quarters of the voting are not over"
    await pass_time(platform, election, 46)
    url_of_page = f"/elections/{election}"
    async with platform.services["workspace"].state.database.engine.begin() as connection:
        job = "SELECT payload FROM workspace.pgqueuer WHERE entrypoint = 'election_reminds'"
        assert (await connection.execute(text(job))).first() is None, "it came too early, and asked for nothing"
    service = platform.services["workspace"].state
    for _ in range(2):
        await remind_when_due(
            service.database, service.people, service.settings.secret, UUID(election), service.settings.zone
        )
    assert await reminded() == [chair.user_id], "who has voted hears nothing"
    await platform.run_jobs()
    [mail] = [
        mail for mail in outbox.to("chair") if "closes" in str(mail["Subject"]) or "cierra" in str(mail["Subject"])
    ]
    assert url_of_page in mail.get_body(("plain",)).get_content()

    await pass_time(platform, election, 61)
    assert (await chair.post(f"{url}/ballots", json={"choices": [alice]})).status_code == 409
    result = (await observer.get(f"{url}/result")).json()
    assert {line["nomination"]: line["votes"] for line in result["counts"]} == {alice: 1, bob: 3, third: 1}
    assert (result["turnout"], result["roll"], result["turnout_share"], result["blank"]) == (4, 5, 0.8, 1)
    assert result["quorum_reached"] and result["elected"][0] == bob and len(result["elected"]) == 2
    assert {line["receipt"]: sorted(line["choices"]) for line in result["receipts"]} == receipts
    assert [line["receipt"] for line in result["receipts"]] == sorted(receipts)
    # Anybody can count again from what is published.
    ballots = [Ballot(line["receipt"], tuple(line["choices"])) for line in result["receipts"]]
    names = [line["nomination"] for line in result["counts"]]
    mine = counted(names, ballots, seats=2, roll=5, hash_of_roll=roll["hash"], quorum=0.6)
    assert mine.seed == result["seed"] and [c.nomination for c in mine.counts if c.elected] == result["elected"]
    await platform.run_jobs()
    assert (await one.get(f"{ROOT}/notifications")).json()["items"][0]["kind"] == "vote_closed"
    assert (await one.get(f"{url}/result")).json() == result


async def test_who_may_do_what_in_an_election(everyone: Mapping[str, Person], platform: Platform):
    outsider = await somebody(platform, "outsider", ("chair", f"committee:{OTHER}"))
    people = {**everyone, "outsider": outsider}
    election = await call(people["chair"], quorum=0)
    url = f"{ROOT}/elections/{election}"
    [candidate] = await stand(url, people["member"])
    inside = {"secretariat", "chair", "member", "observer"}
    refused = {"public": 401, "without_grants": 404}
    for name, person in people.items():
        called = await person.post(f"{HERE}/elections", json=announced())
        leads = name in ("chair", "secretariat")
        assert called.status_code == (201 if leads else refused.get(name, 403)), name
        assert (await person.get(f"{HERE}/elections")).status_code == (
            200 if name in inside else refused.get(name, 403)
        )
        assert (await person.get(url)).status_code == (200 if name in inside else 401 if name == "public" else 404), (
            name
        )
        proposed = await person.post(f"{url}/nominations", json={"user_id": people["chair"].user_id})
        works = {"chair", "member", "secretariat"}
        assert proposed.status_code in ((201, 409) if name in works else (401, 403, 404)), name
        changed = await person.patch(url, json={"title": f"De {name}"}, headers={"If-Match": "*"})
        hidden = 403 if name in inside else 401 if name == "public" else 404
        assert changed.status_code == (200 if leads else hidden), name
    await pass_time(platform, election, 61)
    for name, person in people.items():
        voted = await person.post(f"{url}/ballots", json={"choices": [candidate]})
        expected = {"chair": 201, "member": 201, "secretariat": 403, "observer": 403, "public": 401}.get(name, 404)
        assert voted.status_code == expected, (name, voted.text)
    await pass_time(platform, election, 61)
    results = {name: (await person.get(f"{url}/result")).status_code for name, person in people.items()}
    assert results == {name: 200 if name in inside else 401 if name == "public" else 404 for name in people}
    # A cancelled election has no result, and says why.
    other = await call(people["chair"])
    away = f"{ROOT}/elections/{other}"
    assert (await people["member"].post(f"{away}/cancel", json={"reason": "x"})).status_code == 403
    gone = await people["chair"].post(f"{away}/cancel", json={"reason": "Se aplaza."})
    assert (gone.json()["state"], gone.json()["cancelled_because"]) == ("cancelled", "Se aplaza.")
    assert (await people["chair"].get(f"{away}/result")).status_code == 409
    for fields, pointer in (
        ({"nominations_until": moment(-1)}, "/nominations_until"), ({"voting_from": moment(1)}, "/voting_from"),
        ({"voting_until": moment(60)}, "/voting_until"), ({"seats": 0}, "/seats"), ({"seats": True}, "/seats"),
        ({"quorum": 1.1}, "/quorum"), ({"quorum": "0.5"}, "/quorum"), ({"method": "ranked"}, "/method"),
        ({"title": ""}, "/title"), ({"winner": "me"}, "/winner"),
    ):  # fmt: skip
        assert pointer in pointers(await people["chair"].post(f"{HERE}/elections", json=announced(**fields))), fields


async def test_each_votes_once_however_many_ballots_come_at_once(platform: Platform, chair: Person, member: Person):
    # One of the voters has two grants, and one leaves the committee while the vote is open.
    double = await somebody(platform, "double", ("chair", f"committee:{SLUG}"), ("member", f"committee:{SLUG}"))
    leaver = await somebody(platform, "leaver", ("member", f"committee:{SLUG}"))
    secretariat = await somebody(platform, "secretary", ("secretariat", "network"))
    election = await call(chair, method="single_choice", quorum=0)
    url = f"{ROOT}/elections/{election}"
    candidates = await stand(url, chair, member)
    await pass_time(platform, election, 61)
    assert pointers(await member.post(f"{url}/ballots", json={"choices": candidates})) == ["/choices"]
    assert (await member.get(url)).json()["roll"]["size"] == 4
    grants = (await secretariat.get("/api/v1/identity/grants", params={"user": leaver.user_id})).json()["items"]
    assert (await secretariat.delete(f"/api/v1/identity/grants/{grants[0]['id']}")).status_code == 204
    for voter in (member, double, leaver):
        tries = [voter.post(f"{url}/ballots", json={"choices": [candidates[n % 2]]}) for n in range(20)]
        statuses = sorted(answer.status_code for answer in await asyncio.gather(*tries))
        assert statuses == [201] + [409] * 19
    await asyncio.gather(*(chair.post(f"{url}/ballots", json={"choices": []}) for _ in range(3)))
    await pass_time(platform, election, 61)
    told = await asyncio.gather(*(member.get(f"{url}/result") for _ in range(4)))
    assert len({answer.text for answer in told}) == 1, "it is counted once"
    result = told[0].json()
    assert result["turnout"] == len(result["receipts"]) == 4 and result["blank"] == 1
    assert sum(line["votes"] for line in result["counts"]) == 3


async def everything(platform: Platform) -> dict[str, list[str]]:
    """Every row of the workspace, as text, by table: what somebody who holds the database can read."""
    found: dict[str, list[str]] = {}
    async with platform.services["workspace"].state.database.engine.connect() as connection:
        names = await connection.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'workspace' ORDER BY 1")
        )
        for name in names.all():
            rows = await connection.scalars(text(f'SELECT t.xmin::text || t.*::text FROM workspace."{name}" t'))
            found[name] = list(rows.all())
    return found


def says(row: str, what: str) -> bool:
    """Whether a row holds a text, as it is or as bytes."""
    return what in row or what.encode().hex() in row


async def test_no_row_of_the_database_ties_a_ballot_to_its_voter(platform: Platform, chair: Person, member: Person):
    voters = [chair, member, *await members(platform, 4)]
    election = await call(chair, quorum=0)
    url = f"{ROOT}/elections/{election}"
    candidates = await stand(url, *voters[:3])
    await pass_time(platform, election, 61)
    await chair.get(url)
    receipts: list[tuple[str, str, list[str]]] = []
    lengths = []
    for number, voter in enumerate(voters):
        body = {"choices": candidates[: number % 4]}
        answer = await voter.post(f"{url}/ballots", json=body, headers={"Idempotency-Key": "1"}, params={"lang": "es"})
        assert answer.status_code == 201, answer.text
        receipts.append((voter.user_id, answer.json()["receipt"], body["choices"]))
        again = await voter.post(f"{url}/ballots", json=body, headers={"Idempotency-Key": "1"}, params={"lang": "es"})
        assert again.status_code == 201 and "receipt" not in again.json(), "a replay shows no receipt"
        lengths.append(len(b"".join([(await _box(platform)).encode()])))
        rows = await everything(platform)
        for table, lines in rows.items():
            for line in lines:
                assert not any(says(line, receipt) for _, receipt, _ in receipts), table
                named = [one for one in candidates if says(line, one)]
                assert not named or table == "nominations", f"{table} names a candidate while the vote is open"
    steps = {after - before for before, after in itertools.pairwise(lengths)}
    assert max(steps) - min(steps) <= 2, f"the length of the box tells what is in it: {lengths}"
    keys = (await everything(platform))["idempotency_keys"]
    for _, _, choices in receipts:
        for spaces in ((",", ":"), (", ", ": ")):
            digest = hashlib.sha256(json.dumps({"choices": choices}, separators=spaces).encode()).hexdigest()
            assert not any(digest in line for line in keys), "the digest of a ballot can be guessed"

    await pass_time(platform, election, 61)
    result = (await chair.get(f"{url}/result")).json()
    assert [line["receipt"] for line in result["receipts"]] == sorted(receipt for _, receipt, _ in receipts)
    rows = await everything(platform)
    for table, lines in rows.items():
        for line in lines:
            if any(says(line, receipt) for _, receipt, _ in receipts):
                assert table == "ballot_boxes"
                assert not any(person in line.split('"receipts"')[1].split("]}]")[0] for person, _, _ in receipts)
    [whole] = rows["ballot_boxes"]
    transaction = whole.partition("(")[0]
    assert not any(line.startswith(f"{transaction}(") for line in rows["voters"]), "no shared transaction"
    assert box.SALT == 32 and r"\\x" not in whole, "the salt and the sealed box are gone"
    secret = platform.settings.secret
    sealed = box.sealed(secret, box.new_salt(), [Ballot("r", ())], candidates)
    orders = set()
    for _ in range(40):
        salt = box.new_salt()
        inside = box.opened(secret, salt, box.sealed(secret, salt, [Ballot(str(n), ()) for n in range(3)], candidates))
        orders.add(tuple(one.receipt for one in inside))
    assert len(orders) == 6 and sealed, "the box is shuffled with every ballot"


async def _box(platform: Platform) -> str:
    async with platform.services["workspace"].state.database.engine.connect() as connection:
        found = await connection.scalar(text("SELECT encode(sealed, 'hex') FROM workspace.ballot_boxes"))
    return str(found)
