"""The ways in: log-in, invitations, forgotten passwords, as pages whose forms the gateway answers."""

from __future__ import annotations

import httpx
import pytest

from deploy.local.composition import Platform
from gateway.invitations import InvitationIn, invite
from tests.people import OPERATOR, Person, somebody
from tests.portal.reading import read
from tests.portal.test_public_pages import PAGE, links, opened, said


async def test_a_failed_log_in_says_why_and_keeps_the_name(public: Person) -> None:
    sent = {"username": "ana", "password": "not the right one", "next": "/results"}
    answer = await public.post("/auth/login", data=sent, headers=PAGE)
    assert answer.status_code == 303
    page = await opened(public, answer.headers["location"])
    assert "El usuario o la contraseña no son correctos" in said(page)
    fields = {e.attributes.get("name"): e.attributes for e in read(page).all("input")}
    assert fields["username"]["value"] == "ana" and fields["next"]["value"] == "/results"
    assert "value" not in fields["password"] or fields["password"]["value"] == ""


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example", "/%5cevil.example", "javascript:alert(1)"]
)
async def test_the_way_on_after_the_log_in_stays_here(public: Person, wanted: str) -> None:
    page = await opened(public, str(httpx.URL("/login", params={"next": wanted})))
    fields = {e.attributes.get("name"): e.attributes for e in read(page).all("input")}
    assert fields["next"]["value"] == "/desk"


async def test_pages_with_a_token_or_a_name_in_the_address_are_kept_by_nobody(public: Person) -> None:
    for path in ("/login?username=ana", "/password/reset?token=0123456789abcdef", "/invitations/0123456789abcdef"):
        answer = await public.get(path, headers=PAGE)
        assert answer.headers["cache-control"] == "no-store"


async def invited(platform: Platform, email: str = "nueva@example.org") -> str:
    wanted = InvitationIn(email=email, role="respondent", scope="community:mx-manzanillo", stakeholder_group="customs")
    gateway = platform.gateway.own.state
    _, token = await invite(gateway.database, gateway.settings, wanted, by=OPERATOR)
    return token


async def test_an_invitation_says_who_is_invited_to_what(platform: Platform, public: Person) -> None:
    token = await invited(platform)
    page = await opened(public, f"/invitations/{token}")
    words = said(page)
    assert "nueva@example.org" in words and "Manzanillo" in words and "Aduana" in words
    form = next(e for e in read(page).all("form") if "/auth/invitations/" in e.attributes["action"])
    assert form.attributes["method"] == "post"


async def test_what_was_wrong_with_an_invitation_is_told_by_field(platform: Platform, public: Person) -> None:
    token = await invited(platform)
    sent = {"username": "nueva", "name": "Nueva Persona", "password": "password1234"}
    answer = await public.post(f"/auth/invitations/{token}", data=sent, headers=PAGE)
    assert answer.status_code == 303
    page = await opened(public, answer.headers["location"])
    assert "#password" in links(page) and "fácil de adivinar" in said(page)
    fields = {e.attributes.get("name"): e.attributes for e in read(page).all("input")}
    assert fields["username"]["value"] == "nueva" and fields["name"]["value"] == "Nueva Persona"
    taken = await opened(public, f"/invitations/{token}?error=username:taken&error=name:whatever&error=surprise")
    assert {"#username", "#name"} <= set(links(taken)) and "No se pudo completar" in said(taken)


async def test_a_used_invitation_leads_to_the_log_in(platform: Platform, public: Person, secretariat: Person) -> None:
    token = await invited(platform)
    sent = {"username": "nueva", "name": "Nueva Persona", "password": "corrales-velero-siete-nubes"}
    accepted = await public.post(f"/auth/invitations/{token}", data=sent, headers=PAGE)
    assert accepted.status_code == 303 and accepted.headers["location"] == "/desk"
    page = await opened(secretariat, f"/invitations/{token}", status=409)
    assert "ya se usó" in said(page) and "/login" in links(page)


async def test_whoever_has_the_invited_address_only_accepts(platform: Platform) -> None:
    person = await somebody(platform, "nueva")
    token = await invited(platform)
    page = await opened(person, f"/invitations/{token}")
    assert not [e for e in read(page).all("input") if e.attributes.get("name") == "password"]
    token_field = next(e for e in read(page).all("input") if e.attributes.get("name") == "csrf_token")
    assert token_field.attributes["value"]


async def test_somebody_signed_in_is_not_asked_again(secretariat: Person) -> None:
    page = await opened(secretariat, "/login?next=/results")
    assert not [e for e in read(page).all("input") if e.attributes.get("name") == "password"]
    assert "/results" in links(page)


async def test_a_forgotten_password_goes_through_the_mail(public: Person) -> None:
    page = await opened(public, "/password/forgot")
    form = next(e for e in read(page).all("form") if e.attributes["action"] == "/auth/password/forgot")
    assert form.attributes["method"] == "post"
    answer = await public.post("/auth/password/forgot", data={"email": "nobody@example.org"}, headers=PAGE)
    assert answer.status_code == 303
    assert "Revise su correo" in said(await opened(public, answer.headers["location"]))


async def test_a_dead_link_for_a_password_leads_to_another(public: Person) -> None:
    sent = {"token": "0123456789abcdef0123", "password": "corrales-velero-siete-nubes"}
    answer = await public.post("/auth/password/reset", data=sent, headers=PAGE)
    assert answer.status_code == 303
    page = await opened(public, answer.headers["location"], status=404)
    assert "Este enlace ya no sirve" in said(page) and "/password/forgot" in links(page)
