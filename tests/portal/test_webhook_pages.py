"""The page of webhooks by forms alone: the secret once, a test, the log with another try, stopping and removing."""

from __future__ import annotations

import re

import pytest

from deploy.local.composition import Platform
from tests.people import Person
from tests.portal.forms import BOARD, page, press, text_of
from tests.workspace.test_delivery import receiving

pytestmark = pytest.mark.slow
HOOKS = f"{BOARD}/webhooks"
API = f"/api/v1/workspace{HOOKS}"


async def test_a_program_is_told_and_its_log_shows_how_it_went(
    platform: Platform, chair: Person, member: Person, secretariat: Person, foreign_coordinator: Person
) -> None:
    assert f'href="{HOOKS}"' in (await page(chair, f"{BOARD}?view=people")).text
    assert f'href="{HOOKS}"' not in (await page(member, f"{BOARD}?view=people")).text
    for person, status in ((member, 403), (foreign_coordinator, 403), (secretariat, 200)):
        await page(person, HOOKS, status)
    await press(member, HOOKS, 403, url="https://example.org/")
    for url in ("", "http://example.org/", "https://10.0.0.1/x", "nonsense"):
        assert "Escriba una dirección que empiece por https://" in text_of(await press(chair, HOOKS, 422, url=url)), url
    app = platform.services["workspace"]
    before = app.state.settings
    app.state.settings = before.model_copy(update={"webhooks_to_private_addresses": True})
    try:
        async with receiving() as receiver:
            url = f"http://127.0.0.1:{receiver.port}/hook"
            made = await press(chair, HOOKS, 200, url=url, **{"kind.task.created": "1", "kind.test": "1"})
            assert len(re.findall(r"whsec_[A-Za-z0-9+/=]{44}", made.text)) == 1
            again = await page(chair, HOOKS)
            assert "whsec_" not in again.text and "Tarea nueva ·" in text_of(again)
            (hook,) = (await chair.get(API)).json()["items"]
            here = f"{HOOKS}/{hook['id']}"
            assert "Todavía no se ha enviado nada" in text_of(await page(secretariat, here))
            receiver.status = 500
            assert (await press(chair, f"{here}/test")).headers["location"] == here
            assert "Prueba" in text_of(await page(chair, here)) and "Por enviar" in text_of(await page(chair, here))
            await platform.run_jobs()
            told = text_of(await page(chair, here))
            assert "Se intentará otra vez respondió 500 1" in told
            receiver.status = 200
            (message,) = (await chair.get(f"/api/v1/workspace/webhooks/{hook['id']}/messages")).json()["items"]
            await press(chair, f"{here}/retry", message=message["id"])
            await platform.run_jobs()
            assert "Llegó respondió 200 1" in text_of(await page(chair, here))
            assert len({headers["webhook-id"] for headers, _ in receiver.came}) == 1, "the same message"
            assert "Este mensaje ya llegó" in text_of(await press(chair, f"{here}/retry", 409, message=message["id"]))
            await press(chair, f"{here}/retry", 404, message="0190b3a0-0000-7000-8000-000000000000")
            await press(chair, f"{here}/stop")
            assert "Detenida" in text_of(await page(chair, HOOKS))
            assert "Está detenida" in text_of(await press(chair, f"{here}/test", 409))
            assert "Detenida el" in text_of(await page(chair, here))
            assert (await chair.post(f"/api/v1/workspace{BOARD}/tasks", json={"title": "A"})).status_code == 201
            await platform.run_jobs()
            assert len(receiver.came) == 2, "nothing is sent while it is stopped"
            await press(chair, f"{here}/resume")
            for act in ("dance", "remove"):
                await press(member, f"{here}/{act}", 403 if act == "remove" else 404)
            await page(chair, f"/committees/public-policies-on-ports/webhooks/{hook['id']}", 403)
            await page(secretariat, f"/committees/public-policies-on-ports/webhooks/{hook['id']}", 404)
            await press(chair, f"{here}/remove")
            await page(chair, here, 404)
            assert (await chair.get(API)).json()["total"] == 0
    finally:
        app.state.settings = before
