"""How people hear of what happens: by mail at once, in a digest, not at night, never twice; and how programs do."""

import asyncio
import base64
import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from deploy.local.composition import Platform
from services.workspace.notifications.wishes import Wishes
from services.workspace.webhooks.addresses import is_public
from services.workspace.webhooks.sending import signature
from shared.database import Job
from tests.people import OPERATOR, Person, if_match, pointers, somebody
from tests.workspace.conftest import HERE, OTHER, ROOT, SLUG, Outbox, add_task, url_of

PREFERENCES = f"{ROOT}/notifications/preferences"


async def wait_no_longer(platform: Platform, *names: str) -> None:
    """Run these jobs, and whatever follows from them at once, as if their time had come."""
    engine = platform.services["workspace"].state.database.engine
    async with engine.begin() as connection:
        await connection.execute(
            text("UPDATE workspace.pgqueuer SET execute_after = now() WHERE entrypoint = ANY(:names)"),
            {"names": list(names)},
        )
    await platform.run_jobs()


async def rows(platform: Platform, query: str) -> list[Any]:
    async with platform.services["workspace"].state.database.engine.connect() as connection:
        return list((await connection.execute(text(query))).all())


def test_quiet_hours_and_digests_are_of_the_reader_s_own_day():
    caracas = ZoneInfo("America/Caracas")
    night = Wishes(quiet=(22 * 60, 7 * 60), timezone="America/Mexico_City")
    noon = Wishes(quiet=(12 * 60, 14 * 60), timezone="America/Santiago")
    for wishes, now, ends in (
        (night, "2026-03-02T05:00:00Z", "2026-03-02T13:00:00Z"),  # 23:00 there, until 7:00 the next day
        (night, "2026-03-02T12:59:00Z", "2026-03-02T13:00:00Z"),
        (night, "2026-03-02T13:00:00Z", None),
        (night, "2026-03-03T04:00:00Z", "2026-03-03T13:00:00Z"),
        (noon, "2026-04-04T15:30:00Z", "2026-04-04T17:00:00Z"),  # summer time still
        (noon, "2026-04-05T16:30:00Z", "2026-04-05T18:00:00Z"),  # clocks went back in the night
        (noon, "2026-04-05T15:30:00Z", None),
        (Wishes(quiet=(60, 60)), "2026-03-02T05:00:00Z", None),
        (Wishes(), "2026-03-02T05:00:00Z", None),
    ):
        found = wishes.quiet_until(datetime.fromisoformat(now), caracas)
        assert found == (datetime.fromisoformat(ends) if ends else None), (wishes, now, found)
    for zone, now, at in (
        ("America/Mexico_City", "2026-03-02T12:00:00Z", "2026-03-02T13:00:00Z"),
        ("America/Mexico_City", "2026-03-02T13:00:00Z", "2026-03-03T13:00:00Z"),
        ("Europe/Madrid", "2026-03-28T12:00:00Z", "2026-03-29T05:00:00Z"),
        (None, "2026-03-02T10:59:00Z", "2026-03-02T11:00:00Z"),
    ):
        found, _ = Wishes(timezone=zone).next_digest(datetime.fromisoformat(now), caracas)
        assert found == datetime.fromisoformat(at), (zone, now, found)
    silent = Wishes(committees={SLUG: {"muted": True, "kinds": {}}}, channels={"moved": {"in_app": True}})
    assert not silent.wants("assigned", SLUG) and silent.wants("assigned", OTHER)
    own = Wishes(
        channels={"moved": {"in_app": True, "email": "never"}},
        committees={SLUG: {"muted": False, "kinds": {"moved": {"in_app": False, "email": "at_once"}}}},
    )
    assert (own.in_app("moved", SLUG), own.email("moved", SLUG)) == (False, "at_once")
    assert (own.in_app("moved", OTHER), own.email("moved", OTHER)) == (True, "never")


async def test_mail_comes_at_once_or_in_one_digest_and_never_twice(
    platform: Platform, chair: Person, member: Person, outbox: Outbox
):
    for _ in range(3):
        task = await add_task(chair, assignees=[member.user_id])
        await chair.post(url_of(task, "comments"), json={"text": "¿Cómo va?"})
    await platform.run_jobs()
    assert len(outbox.to("member")) == 3, "what is assigned is told at once"
    assert "le asignó la tarea" in str(outbox.to("member")[0]["Subject"])
    await member.post(f"{ROOT}/notifications/read", json={})
    await chair.post(url_of(task, "comments"), json={"text": "Otra cosa"})
    await chair.post(url_of(task, "comments"), json={"text": "Y otra"})
    await platform.run_jobs()
    [digest] = await rows(platform, "SELECT day, sent_at FROM workspace.digests")
    today = datetime.now(ZoneInfo("America/Caracas")).date()
    assert digest.day in (today, today + timedelta(days=1)) and digest.sent_at is None
    await wait_no_longer(platform, "send_digest")
    [mail] = outbox.to("member")[3:]
    body = mail.get_content()
    assert body.count("comentó la tarea") == 2, "what was read here meanwhile is not told again"
    assert "Recibe este aviso porque la tarea está a su cargo." in body
    # The jobs come again: nothing is sent again.
    database = platform.services["workspace"].state.database
    async with database.transaction(by=OPERATOR, to="repeat jobs") as tx:
        for identifier, _ in await rows(platform, "SELECT id, sent_at FROM workspace.deliveries"):
            tx.announce(Job("post_notice", {"delivery": str(identifier)}))
        for (identifier,) in await rows(platform, "SELECT id FROM workspace.digests"):
            tx.announce(Job("send_digest", {"digest": str(identifier)}))
    await platform.run_jobs()
    assert len(outbox.to("member")) == 4
    assert len({one["Message-ID"] for one in outbox.to("member")}) == 4
    # Silent committee, silent kind, quiet hours.
    wanted = {"kinds": {}, "committees": {SLUG: {"muted": True}}}
    assert (await member.put(PREFERENCES, json=wanted)).json()["committees"][SLUG]["muted"]
    await add_task(chair, assignees=[member.user_id])
    await platform.run_jobs()
    assert len(outbox.to("member")) == 4
    now = datetime.now(ZoneInfo("America/Guayaquil"))
    quiet = {"since": f"{now - timedelta(hours=1):%H:%M}", "until": f"{now + timedelta(hours=2):%H:%M}"}
    body = {"kinds": {}, "committees": {}, "quiet_hours": quiet, "timezone": "America/Guayaquil"}
    told = (await member.put(PREFERENCES, json=body)).json()
    assert told["quiet_hours"] == quiet and told["timezone"] == "America/Guayaquil" and told["digest_at"] == "07:00"
    await add_task(chair, "De noche", assignees=[member.user_id])
    await platform.run_jobs()
    assert len(outbox.to("member")) == 4, "nothing is sent in quiet hours"
    await member.put(PREFERENCES, json={"kinds": {}, "quiet_hours": None})
    await wait_no_longer(platform, "post_notice")
    assert "De noche" in str(outbox.to("member")[4]["Subject"])
    for wrong, pointer in (
        ({"quiet_hours": {"since": "25:00", "until": "07:00"}}, "/quiet_hours/since"),
        ({"timezone": "Mars/Base"}, "/timezone"), ({"committees": {SLUG: {"muted": 1}}}, f"/committees/{SLUG}/muted"),
        ({"committees": {SLUG: {"kinds": {"assigned": {"email": "fax"}}}}}, f"/committees/{SLUG}/kinds/assigned/email"),
    ):  # fmt: skip
        assert pointers(await member.put(PREFERENCES, json={"kinds": {}, **wrong})) == [pointer], wrong


async def test_one_click_in_a_mail_stops_mail_of_its_kind(
    platform: Platform, chair: Person, member: Person, public: Person, outbox: Outbox
):
    await add_task(chair, assignees=[member.user_id])
    await platform.run_jobs()
    [mail] = outbox.to("member")
    address = re.fullmatch(r"<(.+)>", mail["List-Unsubscribe"])
    assert address is not None and mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = address[1].removeprefix(platform.settings.origin)
    assert address[1] in mail.get_content(), "people find the same address in the text"
    shown = await public.get(path, headers={"accept": "text/html"})
    assert shown.status_code == 200 and shown.headers["cache-control"] == "no-store"
    assert (await member.get(PREFERENCES)).json()["kinds"]["assigned"]["email"] == "at_once", "looking stops nothing"
    form = {"content-type": "application/x-www-form-urlencoded", "accept": "text/html"}
    forged = path[:-4] + ("aaaa" if not path.endswith("aaaa") else "bbbb")
    assert (await public.post(forged, content="List-Unsubscribe=One-Click", headers=form)).status_code == 404
    for _ in range(2):
        assert (await public.post(path, content="List-Unsubscribe=One-Click", headers=form)).status_code == 200
    kinds = (await member.get(PREFERENCES)).json()["kinds"]
    assert kinds["assigned"] == {"in_app": True, "email": "never"} and kinds["mentioned"]["email"] == "at_once"
    await add_task(chair, assignees=[member.user_id])
    await platform.run_jobs()
    assert len(outbox.to("member")) == 1
    assert (await member.get(f"{ROOT}/notifications")).json()["unread"] == 2
    api = await public.post(f"{ROOT}/notifications/unsubscribe{path[path.index('?') :]}")
    assert api.status_code == 204


async def test_who_left_gets_no_mail_of_what_happens_inside(platform: Platform, chair: Person, outbox: Outbox):
    leaver = await somebody(platform, "leaver", ("member", f"committee:{SLUG}"))
    secretariat = await somebody(platform, "secretary", ("secretariat", "network"))
    await add_task(chair, assignees=[leaver.user_id])
    grants = (await secretariat.get("/api/v1/identity/grants", params={"user": leaver.user_id})).json()["items"]
    await secretariat.delete(f"/api/v1/identity/grants/{grants[0]['id']}")
    await platform.run_jobs()
    assert outbox.to("leaver") == []


async def test_overdue_tasks_are_reminded_of_until_they_are_done(platform: Platform, chair: Person, member: Person):
    yesterday = datetime.now(ZoneInfo("America/Caracas")).date() - timedelta(days=1)
    read = await chair.get(url_of(await add_task(chair, "Pendiente", due_on="2099-01-01", assignees=[member.user_id])))
    nobody_s = await add_task(chair, "De nadie", due_on="2099-01-01")
    for task in (read.json()["id"], nobody_s["id"]):
        await _make_overdue(platform, task, yesterday)
    await wait_no_longer(platform, "task_overdue")
    items = (await member.get(f"{ROOT}/notifications", params={"lang": "en"})).json()["items"]
    assert [item["kind"] for item in items] == ["overdue", "assigned"]
    assert items[0]["text"].startswith("The task “Pendiente” was due on") and items[0]["why"] == "assignee"
    assert [(i["kind"], i["why"]) for i in (await chair.get(f"{ROOT}/notifications")).json()["items"]] == [
        ("overdue", "creator")
    ]
    await wait_no_longer(platform, "task_overdue")
    assert (await member.get(f"{ROOT}/notifications")).json()["unread"] == 2, "once a day at the most"
    await _make_overdue(platform, read.json()["id"], yesterday)
    async with platform.services["workspace"].state.database.engine.begin() as connection:
        await connection.execute(
            text(
                "UPDATE workspace.notifications SET created_at = created_at - interval '7 days', event = event || '-'"
                " WHERE kind = 'overdue'"
            )
        )
    current = await chair.get(url_of(read.json()))
    for state in ("done", "doing"):
        current = await chair.patch(url_of(read.json()), json={"state": state}, headers=if_match(current))
    await wait_no_longer(platform, "task_overdue")
    assert (await member.get(f"{ROOT}/notifications")).json()["unread"] == 5, "moved twice, and reminded when reopened"
    current = await chair.get(url_of(read.json()))
    await chair.patch(url_of(read.json()), json={"state": "done"}, headers=if_match(current))
    before = (await member.get(f"{ROOT}/notifications")).json()["unread"]
    await wait_no_longer(platform, "task_overdue")
    assert (await member.get(f"{ROOT}/notifications")).json()["unread"] == before


async def _make_overdue(platform: Platform, task: str, day: date) -> None:
    """As if the due date had passed since the task was made."""
    async with platform.services["workspace"].state.database.engine.begin() as connection:
        values = {"day": day, "task": task}
        await connection.execute(text("UPDATE workspace.tasks SET due_on = :day WHERE id = :task"), values)
        await connection.execute(
            text(
                "UPDATE workspace.pgqueuer SET payload = convert_to(replace(convert_from(payload, 'UTF8'),"
                " '2099-01-01', CAST(:day AS text)), 'UTF8') WHERE entrypoint = 'task_overdue'"
            ),
            {"day": day.isoformat()},
        )


class Receiver:
    """A program that hears of what happens: it answers what it is told to, and keeps what came."""

    def __init__(self) -> None:
        self.status = 200
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head if line)}
        self.came.append((headers, await reader.readexactly(int(headers["content-length"]))))
        elsewhere = "Location: http://127.0.0.1:1/\r\n" if self.status == 302 else ""
        writer.write(f"HTTP/1.1 {self.status} X\r\n{elsewhere}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    async with server:
        yield receiver


async def test_programs_hear_of_what_happens_by_signed_webhooks(
    platform: Platform, chair: Person, member: Person, public: Person
):
    hooks = f"{HERE}/webhooks"
    for url in (
        "http://example.org/hook", "https://127.0.0.1/hook", "https://169.254.169.254/latest", "https://[::1]/x",
        "https://10.1.2.3/", "https://user:secret@example.org/", "ftp://example.org/",
    ):  # fmt: skip
        assert pointers(await chair.post(hooks, json={"url": url})) == ["/url"], url
    assert [is_public(ip) for ip in ("8.8.8.8", "192.168.1.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "224.0.0.1")] == [
        True, False, False, False, False,
    ]  # fmt: skip
    assert pointers(await chair.post(hooks, json={"url": "https://example.org/", "kinds": ["weather"]})) == ["/kinds/0"]
    for person, status in ((member, 403), (public, 401)):
        assert (await person.get(hooks)).status_code == status
        assert (await person.post(hooks, json={"url": "https://example.org/"})).status_code == status
    app = platform.services["workspace"]
    before = app.state.settings
    app.state.settings = before.model_copy(update={"webhooks_to_private_addresses": True})
    try:
        async with receiving() as receiver:
            wanted = {"url": f"http://127.0.0.1:{receiver.port}/hook?a=1", "kinds": ["task.created", "event.created"]}
            made = await chair.post(hooks, json=wanted, headers={"Idempotency-Key": "k"})
            assert made.status_code == 201, made.text
            secret = base64.b64decode(made.json()["secret"].removeprefix("whsec_"))
            assert "secret" not in (await chair.post(hooks, json=wanted, headers={"Idempotency-Key": "k"})).json()
            assert "secret" not in (await chair.get(hooks)).json()["items"][0]
            log = f"{ROOT}/webhooks/{made.json()['id']}/messages"
            task = await add_task(chair, "Reunir datos")
            receiver.status = 500
            await platform.run_jobs()
            [tried] = (await chair.get(log)).json()["items"]
            assert (tried["tries"], tried["status"], tried["delivered_at"]) == (1, 500, None)
            receiver.status = 302
            await wait_no_longer(platform, "send_webhook")
            assert (await chair.get(log)).json()["items"][0]["status"] == 302, "nobody is followed elsewhere"
            receiver.status = 204
            await wait_no_longer(platform, "send_webhook")
            [sent] = (await chair.get(log)).json()["items"]
            assert sent["tries"] == 3 and sent["delivered_at"] is not None
            assert len({headers["webhook-id"] for headers, _ in receiver.came}) == 1, "the same id at every try"
            headers, body = receiver.came[-1]
            signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
            expected = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
            assert headers["webhook-signature"] == f"v1,{expected}"
            assert headers["webhook-signature"] == signature(
                secret, headers["webhook-id"], int(headers["webhook-timestamp"]), body
            )
            told = json.loads(body)
            assert (told["type"], told["data"]["task"], told["data"]["committee"]) == ("task.created", task["id"], SLUG)
            assert datetime.fromisoformat(told["timestamp"]) <= datetime.now(UTC)
            receiver.status = 410
            assert (await chair.post(f"{ROOT}/webhooks/{made.json()['id']}/test")).status_code == 201
            await platform.run_jobs()
            [hook] = (await chair.get(hooks)).json()["items"]
            assert hook["stopped_at"] is not None, "who is gone is not asked again"
            assert (await chair.post(f"{ROOT}/webhooks/{hook['id']}/test")).status_code == 409
            assert (await chair.post(f"{ROOT}/webhooks/{hook['id']}/resume")).json()["stopped_at"] is None
            app.state.settings = before
            count = len(receiver.came)
            await chair.post(f"{ROOT}/webhooks/{hook['id']}/test")
            await platform.run_jobs()
            assert len(receiver.came) == count
            assert (await chair.get(log)).json()["items"][0]["trouble"] == "it must start with https://"
            assert (await member.delete(f"{ROOT}/webhooks/{hook['id']}")).status_code == 403
            assert (await chair.delete(f"{ROOT}/webhooks/{hook['id']}")).status_code == 204
    finally:
        app.state.settings = before
