"""The pages of regional meetings by forms alone: announced, filled, registered for, given back."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from deploy.local.composition import Platform
from tests.people import ORIGIN, Person
from tests.portal.forms import HTML, hidden, page, press, text_of
from tests.portal.reading import complaints
from tests.workspace.test_regional_meetings import Letters

pytestmark = pytest.mark.slow
HERE = "/regional-meetings/lima-2027"
FIRST = (datetime.now(UTC) + timedelta(days=30)).date()
LAST = FIRST + timedelta(days=1)


async def posted(public: Person, path: str, **fields: str) -> httpx.Response:
    return await public.post(path, data=fields, headers={**HTML, "Origin": ORIGIN})


async def test_the_secretariat_announces_a_meeting_and_the_public_registers_for_it(
    platform: Platform, everyone: Mapping[str, Person]
):
    secretariat, public, member = everyone["secretariat"], everyone["public"], everyone["member"]
    new = {
        "title": "Encuentro de Lima", "slug": "lima-2027", "place": "Lima, Perú", "starts_on": FIRST.isoformat(),
        "ends_on": LAST.isoformat(),
    }  # fmt: skip
    for wrong, said in (({"title": ""}, "Escriba un título"), ({"slug": "Lima 2027"}, "letras minúsculas"),
                        ({"ends_on": "2020-01-01"}, "no puede ser anterior")):  # fmt: skip
        assert said in text_of(await press(secretariat, "/regional-meetings", 422, **{**new, **wrong})), wrong
    await press(member, "/regional-meetings", 403, **new)
    made = await press(secretariat, "/regional-meetings", **new)
    assert made.headers["location"] == f"{HERE}/edit"
    await press(secretariat, "/regional-meetings", 409, **new)
    edit = f"{HERE}/edit"
    for person in (member, everyone["chair"]):
        assert (await person.get(edit, headers=HTML)).status_code == 403
        assert (await person.get(f"{HERE}/badges", headers=HTML)).status_code == 403
        assert (await person.get(HERE, headers=HTML)).status_code == 404

    async def etag() -> str:
        return hidden(await page(secretariat, edit), "etag")

    speaker = {"name": "Ana Ríos", "organization": "APN", "etag": await etag()}
    await press(secretariat, f"{HERE}/speakers", 422, **{**speaker, "name": " "})
    await press(secretariat, f"{HERE}/speakers", **speaker)
    await press(secretariat, f"{HERE}/speakers", 412, **speaker)
    session = {"session_title": "Apertura", "day": FIRST.isoformat(), "begins": "09:00", "ends": "10:00",
               "room": "Callao", "speaker.ana-rios": "1"}  # fmt: skip
    for wrong in ({"day": "2020-01-01"}, {"ends": "08:00"}, {"begins": "nueve"}, {"session_title": ""}):
        await press(secretariat, f"{HERE}/sessions", 422, **{**session, **wrong, "etag": await etag()})
    await press(secretariat, f"{HERE}/sessions", **session, etag=await etag())
    key = (await page(secretariat, edit)).text.partition("edit?session=")[2].partition("#")[0]
    filled = await page(secretariat, f"{edit}?session={key}")
    assert 'value="Callao"' in filled.text and "Guardar la sesión" in filled.text
    changed = {**session, "room": "Paita", "key": key}
    await press(secretariat, f"{HERE}/sessions", **changed, etag=await etag())
    assert 'value="Ana Ríos"' in (await page(secretariat, f"{edit}?speaker=ana-rios")).text
    await press(
        secretariat, f"{HERE}/speakers", **{**speaker, "key": "ana-rios", "post": "Gerente"} | {"etag": await etag()}
    )
    forms = text_of(await page(secretariat, edit))
    assert forms.count("Apertura") == 1 and "Paita" in forms and "Callao" not in forms
    facts = {**new, "timezone": "America/Lima", "capacity": "1", "published": "1", "description": "**Muelles**"}
    refused = await press(secretariat, edit, 422, **{**facts, "capacity": "muchos"}, etag=await etag())
    assert "de 1 a 100 000" in text_of(refused)
    await press(secretariat, edit, **facts, etag=await etag())

    shown = await public.get(HERE, headers=HTML)
    assert complaints(shown.text, whole=True) == [] and "max-age" in shown.headers["cache-control"]
    for said in ("Apertura", "Ana Ríos", "Gerente", "Muelles", "America/Lima", "Queda 1 lugar", "programme.ics"):
        assert said in shown.text, said
    for path in ("/regional-meetings", "/"):
        assert "Encuentro de Lima" in (await public.get(path, headers=HTML)).text, path
    english = await public.get(f"{HERE}?lang=en", headers=HTML)
    assert "1 place is left" in english.text and 'lang="en"' in english.text
    public.cookies.clear()  # of the language that was chosen
    coming = {"name": "Luz Vega", "email": "luz@example.org", "organization": "Paita", "country": "PE", "consent": "1"}
    for wrong, said in (({"consent": ""}, "Marque que acepta"), ({"email": "luz"}, "dirección de correo"),
                        ({"country": ""}, "Elija su país")):  # fmt: skip
        refused = await posted(public, f"{HERE}/register", **{**coming, **wrong})
        assert refused.status_code == 422 and said in text_of(refused) and "Luz Vega" in refused.text, wrong
        assert refused.headers["cache-control"] == "no-store" and complaints(refused.text, whole=True) == []
    letters = Letters(platform)
    done = await posted(public, f"{HERE}/register", **coming)
    assert done.status_code == 303 and done.headers["location"] == f"{HERE}/registered?state=confirmed"
    assert "Luz" not in done.headers["location"]
    other = await posted(public, f"{HERE}/register", **{**coming, "name": "Juan Gil", "email": "juan@example.org"})
    assert other.headers["location"].endswith("state=waiting")
    for state in ("confirmed", "waiting"):
        assert (await public.get(f"{HERE}/registered?state={state}", headers=HTML)).status_code == 200
    assert "lista de espera" in (await public.get(HERE, headers=HTML)).text
    await platform.run_jobs()
    [(_, link)] = letters.to("luz@example.org")
    own = await public.get(link, headers=HTML)
    assert "Luz Vega" in own.text and own.headers["cache-control"] == "no-store"
    assert own.headers["referrer-policy"] == "no-referrer" and complaints(own.text, whole=True) == []
    badges = await page(secretariat, f"{HERE}/badges")
    assert "Luz Vega" in text_of(badges) and "Juan Gil" not in text_of(badges)
    listed = await page(secretariat, f"{HERE}/participants")
    assert "luz@example.org" in text_of(listed) and "1 en lista de espera" in text_of(listed)
    await press(member, f"{HERE}/register", **{**coming, "name": "Ana Gil", "email": "ana@example.org"})
    [gil] = [one for one in (await secretariat.get("/api/v1/workspace/regional-meetings/lima-2027/registrations"))
             .json()["items"] if one["name"] == "Ana Gil"]  # fmt: skip
    await press(secretariat, f"{HERE}/participants/{gil['id']}/remove")
    foreign = public.build_request("POST", link, headers={**HTML, "Origin": "https://evil.example"})
    assert (await public.send(foreign)).status_code == 403
    gone = await public.post(link, headers={**HTML, "Origin": ORIGIN})
    assert gone.status_code == 200 and "está cancelada" in gone.text
    assert (await public.post(link, headers={**HTML, "Origin": ORIGIN})).status_code == 404
    assert (await public.get(link, headers=HTML)).status_code == 404
    badges = await page(secretariat, f"{HERE}/badges")
    assert "Juan Gil" in text_of(badges) and "Luz Vega" not in text_of(badges)
    listed = await page(secretariat, f"{HERE}/participants")
    found = re.search(r"/participants/[0-9a-f-]+/remove", listed.text)
    assert found is not None
    await press(secretariat, f"/regional-meetings/lima-2027{found[0]}")
    assert "Todavía no se inscribió nadie" in text_of(await page(secretariat, f"{HERE}/participants"))
    await press(secretariat, f"{HERE}/speakers", remove="ana-rios", etag=await etag())
    assert "Ana Ríos" not in (await public.get(HERE, headers=HTML)).text
