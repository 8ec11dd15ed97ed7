"""What the secretariat reads of what happened, and mail on its way."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from pydantic import SecretStr

from deploy.local.composition import Platform
from gateway.client import IdentityClient
from gateway.mail import deliver
from gateway.mail_texts import TEXTS
from shared.ids import uuid7
from shared.problems import Invalid
from tests.gateway.conftest import Mailbox
from tests.people import Person, if_match, pointers, somebody

AUDIT = "/api/v1/identity/audit"
MAILS = "/api/v1/identity/mails"
COMMUNITY = "/api/v1/registry/communities/mx-manzanillo"


async def test_only_the_secretariat_reads_the_trail_and_the_mail(everyone: Mapping[str, Person]):
    for role, person in everyone.items():
        expected = {"public": 401, "secretariat": 200}.get(role, 403)
        for url in (AUDIT, MAILS):
            assert (role, url, (await person.get(url)).status_code) == (role, url, expected)


async def test_the_trail_runs_over_every_part_in_one_order(secretariat: Person, coordinator: Person):
    before = await coordinator.get(COMMUNITY)
    await coordinator.patch(COMMUNITY, json={"website": "https://www.example.org"}, headers=if_match(before))
    await secretariat.post("/api/v1/identity/invitations", json={"email": "x@example.org", "role": "secretariat"})
    told = (await secretariat.get(AUDIT)).json()
    assert told["missing"] == []
    rows = told["items"]
    assert [row["at"] for row in rows] == sorted((row["at"] for row in rows), reverse=True)
    assert (rows[0]["service"], rows[0]["action"]) == ("gateway", "invite")
    changed = next(row for row in rows if row["action"] == "change a community")
    assert (changed["service"], changed["actor"], changed["about"]) == (
        "registry", f"user:{coordinator.user_id}", "mx-manzanillo",
    )  # fmt: skip
    assert changed["request_id"]

    async def found(**query: str) -> list[str]:
        return [row["action"] for row in (await secretariat.get(AUDIT, params=query)).json()["items"]]

    assert await found(action="change a community") == ["change a community"]
    assert await found(actor=f"user:{coordinator.user_id}") == ["change a community"]
    assert await found(actor=coordinator.user_id) == ["change a community"]
    assert await found(actor="Coordinator") == ["change a community"]
    assert await found(since=rows[0]["at"]) == ["invite"]
    assert "invite" not in await found(until=rows[0]["at"])
    assert await found(action="fly") == []


async def test_the_trail_is_read_part_by_part_without_gap_or_repeat(secretariat: Person):
    for number in range(5):
        body = {"email": f"x{number}@example.org", "role": "secretariat"}
        await secretariat.post("/api/v1/identity/invitations", json=body)
    whole = [row["id"] for row in (await secretariat.get(AUDIT, params={"limit": 200})).json()["items"]]
    seen: list[str] = []
    cursor = None
    while True:
        query: dict[str, Any] = {"limit": 4} | ({"cursor": cursor} if cursor else {})
        told = (await secretariat.get(AUDIT, params=query)).json()
        seen += [row["id"] for row in told["items"]]
        cursor = told["next"]
        if cursor is None or len(seen) >= len(whole):
            break
    assert seen[: len(whole)] == whole
    for query, named in (
        ({"who": "x"}, ["/who"]),
        ({"since": "yesterday"}, ["/since"]),
        ({"until": "2026-01-01"}, ["/until"]),
        ({"limit": "0"}, ["/limit"]),
        ({"cursor": "x"}, ["/cursor"]),
        ({"actor": "\x00"}, ["/actor"]),
    ):
        assert (query, pointers(await secretariat.get(AUDIT, params=query))) == (query, named)


async def test_a_part_that_does_not_answer_is_named(platform: Platform, secretariat: Person):
    import httpx

    def gone(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("gone", request=request)

    peers = platform.gateway.own.state.peers
    peers.http("survey")
    before = peers._clients["survey"]
    peers._clients["survey"] = httpx.AsyncClient(transport=httpx.MockTransport(gone), base_url="http://survey")
    try:
        told = (await secretariat.get(AUDIT)).json()
    finally:
        peers._clients["survey"] = before
    assert told["missing"] == ["survey"]
    assert told["items"]


# mail


class Postbox:
    """What an SMTP server was given; refuses the first `refusals` messages."""

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.refusals = 0

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.messages.append(message)
        if self.refusals:
            self.refusals -= 1
            return "451 try again later"
        return "250 OK"


@pytest.fixture
async def postbox() -> AsyncIterator[tuple[Postbox, str]]:
    """A real SMTP server, and its address."""
    box = Postbox()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(box), "127.0.0.1", 0)
    async with server:
        yield box, f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def queued(platform: Platform) -> list[dict[str, Any]]:
    """The mail jobs that wait."""
    import json

    from sqlalchemy import text

    async with platform.gateway.own.state.database.engine.connect() as connection:
        rows = await connection.execute(text("SELECT payload FROM identity.pgqueuer WHERE entrypoint = 'mail'"))
        return [json.loads(row.payload) for row in rows]


async def test_mail_goes_to_the_server_and_comes_again_under_its_old_name(
    platform: Platform, secretariat: Person, postbox: tuple[Postbox, str]
):  # fmt: skip
    box, address = postbox
    settings = platform.settings.model_copy(update={"mail_url": SecretStr(address)})
    await secretariat.post("/api/v1/identity/invitations", json={"email": "bea@example.org", "role": "secretariat"})
    (payload,) = await queued(platform)
    assert "http" not in str(payload)
    database = platform.gateway.own.state.database
    box.refusals = 1
    with pytest.raises(Exception, match="451"):
        await deliver(database, settings, payload)
    assert (await secretariat.get(MAILS)).json()["items"][0]["sent_at"] is None
    await deliver(database, settings, payload)
    await deliver(database, settings, payload)
    refused, sent = box.messages
    assert refused["message-id"] == sent["message-id"]
    assert sent["to"] == "bea@example.org"
    assert sent["subject"] == "Invitación a la Red de Puertos"
    assert "http://127.0.0.1:8000/invitations/" in sent.get_content()
    assert (await secretariat.get(MAILS)).json()["items"][0]["sent_at"] is not None


async def test_mail_without_a_server_is_a_file_for_the_operator(
    platform: Platform, secretariat: Person, mailbox: Mailbox
):  # fmt: skip
    body = {"email": "bea@example.org", "role": "secretariat", "locale": "pt"}
    await secretariat.post("/api/v1/identity/invitations", json=body)
    (message,) = await mailbox.messages()
    assert message["subject"] == "Convite para a Rede de Portos"
    assert message["message-id"].endswith("@localhost>")
    (mail,) = (await secretariat.get(MAILS)).json()["items"]
    assert message["message-id"] == f"<{mail['id']}@localhost>"
    assert mail.keys() == {"id", "recipient", "kind", "created_at", "sent_at"}


def identity(platform: Platform) -> IdentityClient:
    return IdentityClient(platform.services["workspace"].state.peers)


async def test_services_write_to_people_in_their_language_once(platform: Platform, mailbox: Mailbox):
    ines = await somebody(platform, "ines", locale="fr")
    mail_id = uuid7()
    values = {"by": "Ana", "title": "Acta\r\nBcc: x@example.org", "link": "/committees/x/tasks/1"}
    for _ in range(3):
        assert await identity(platform).send_mail("task_assigned", values, user_id=ines.user_id, id=mail_id) == mail_id
    (message,) = await mailbox.messages()
    assert message["to"] == "ines@example.org"
    assert message["bcc"] is None
    assert message["subject"] == "Une tâche pour vous : Acta Bcc: x@example.org"
    assert "http://127.0.0.1:8000/committees/x/tasks/1" in message.get_content()
    assert await identity(platform).send_mail("task_assigned", values, user_id=uuid7()) is None


async def test_services_cannot_send_what_is_the_gateway_s_own_or_lead_elsewhere(platform: Platform, ana: Person):
    good = {"by": "A", "title": "T", "link": "/x"}
    for kind, values, named in (
        ("invitation", good, ["/kind"]),
        ("password_reset", {"link": "/x"}, ["/kind"]),
        ("task_assigned", good | {"link": "https://evil.example/"}, ["/values/link"]),
        ("task_assigned", good | {"link": "//evil.example/"}, ["/values/link"]),
        ("task_assigned", {"by": "A", "link": "/x"}, ["/values/title"]),
        ("task_assigned", good | {"more": "x"}, ["/values/more"]),
    ):
        with pytest.raises(Invalid) as refused:
            await identity(platform).send_mail(kind, values, user_id=ana.user_id)
        assert [error.pointer for error in refused.value.errors] == named
    with pytest.raises(Invalid):
        await identity(platform).send_mail("task_assigned", good)


async def test_people_cannot_have_mail_sent(secretariat: Person):
    body = {"user_id": secretariat.user_id, "kind": "notification", "values": {}}
    assert (await secretariat.post("/internal/mail", json=body)).status_code == 404
    assert (await secretariat.delete("/internal/demo")).status_code == 404


def test_every_message_is_written_in_four_languages():
    for kind, texts in TEXTS.items():
        assert set(texts) == {"es", "en", "pt", "fr"}, kind
        assert len({text.subject + text.text for text in texts.values()}) == 4, kind
