"""A service answers nobody without a valid token for it, however it is reached."""

import asyncio
import time
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey

from deploy.local.composition import Platform
from gateway.client import IdentityClient
from shared.callers import Caller, Grant
from shared.peers import credential_of, service_secret
from shared.tokens import ALGORITHM, TokenVerifier, claims_of
from tests.gateway.forging import signed_with_public_key, unsigned
from tests.people import Person, somebody

URL = "/api/v1/registry/countries"
BOSS = Caller(kind="user", id="0", name="x", grants=(Grant("secretariat", "network"),))


@pytest.fixture
async def registry(platform: Platform) -> httpx.AsyncClient:
    """The registry's own port."""
    transport = httpx.ASGITransport(app=platform.services["registry"], raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://registry.inner")


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    return {"iss": "portsnet", "aud": "registry", "iat": now, "exp": now + 60, **claims_of(BOSS), **changes}


async def status(registry: httpx.AsyncClient, token: str, url: str = URL) -> int:
    return (await registry.get(url, headers={"Authorization": f"Bearer {token}"})).status_code


async def test_only_what_the_gateway_signed_for_this_service_opens_it(platform: Platform, registry: httpx.AsyncClient):
    minter = platform.gateway.front.minter
    key = minter._key
    assert key is not None
    header = {"alg": ALGORITHM, "kid": key.kid}

    def signed(**changes: Any) -> str:
        return jwt.encode(header, claims(**changes), key, algorithms=[ALGORITHM])

    assert await status(registry, signed()) == 200
    public_bytes = key.as_pem(private=False)
    other = OKPKey.generate_key("Ed25519", {"kid": key.kid})
    now = int(time.time())
    bad = {
        "alg none": unsigned(claims(), kid=key.kid),
        "HS256 with the public key": signed_with_public_key(claims(), public_bytes, kid=key.kid),
        "another key under this name": jwt.encode(header, claims(), other, algorithms=[ALGORITHM]),
        "another audience": signed(aud="survey"),
        "several audiences": signed(aud=["registry", "survey"]),
        "another issuer": signed(iss="portsnet/"),
        "over": signed(iat=now - 120, exp=now - 60),
        "not yet": signed(iat=now + 3600, exp=now + 7200),
        "no end": signed(exp=None),
        "cut": signed()[:-2],
        "nonsense": "a.b.c",
        "empty": "",
    }
    for what, token in bad.items():
        assert (what, await status(registry, token)) == (what, 401)
    for header_value in (None, f"Basic {signed()}", signed()):
        headers = {"Authorization": header_value} if header_value else {}
        assert (await registry.get(URL, headers=headers)).status_code == 401
    assert (await registry.get("/internal/communities", headers={})).status_code == 401
    assert (await registry.get("/healthz")).status_code == 200
    assert (await registry.get("/readyz")).status_code == 200


async def test_people_do_not_reach_what_is_for_services(platform: Platform, registry: httpx.AsyncClient):
    token, _ = platform.gateway.front.minter.mint(BOSS, "registry")
    assert await status(registry, token, "/internal/communities") == 403


async def test_made_up_key_names_cause_one_fetch_and_delay_nobody(platform: Platform):
    minter = platform.gateway.front.minter
    fetches = 0

    async def fetch() -> dict[str, Any]:
        nonlocal fetches
        fetches += 1
        return minter.published

    verifier = TokenVerifier("registry", fetch)
    good, _ = minter.mint(BOSS, "registry")
    assert (await verifier.caller(good)).id == "0"
    stranger = OKPKey.generate_key("Ed25519")

    async def flood(number: int) -> bool:
        header = {"alg": ALGORITHM, "kid": f"made-up-{number}"}
        try:
            await verifier.caller(jwt.encode(header, claims(), stranger, algorithms=[ALGORITHM]))
        except Exception:
            return False
        return True

    assert not any(await asyncio.gather(*[flood(number) for number in range(1000)]))
    assert fetches <= 2
    assert (await verifier.caller(good)).id == "0"


async def test_after_a_change_of_keys_old_and_new_tokens_are_good(platform: Platform):
    minter = platform.gateway.front.minter
    old, _ = minter.mint(BOSS, "registry")
    await minter.load(rotate=True)
    new, _ = minter.mint(BOSS, "registry")
    published = await minter.public_keys()
    assert len(published["keys"]) == 2
    assert all(key["kty"] == "OKP" and "d" not in key for key in published["keys"])
    verifier = TokenVerifier("registry", minter.public_keys)
    assert (await verifier.caller(old)).id == (await verifier.caller(new)).id == "0"


async def test_another_gateway_process_soon_knows_the_new_key(platform: Platform):
    from gateway.keys import Minter

    here = platform.gateway.front.minter
    there = Minter(platform.gateway.own.state.database, platform.settings.secret)
    await there.load()
    await here.load(rotate=True)
    there._read_at -= 2
    token, _ = here.mint(BOSS, "registry")
    assert (await TokenVerifier("registry", there.public_keys).caller(token)).id == "0"


async def test_a_service_s_credential_is_its_own(platform: Platform, public: Person):
    proof = credential_of(service_secret(platform.settings.secret, "survey"))
    body = {"audience": "registry", "subject_token": None}

    async def asked(credential: str, **changes: object) -> int:
        headers = {"Authorization": f"Service {credential}"}
        return (await public.post("/internal/tokens", json=body | changes, headers=headers)).status_code

    assert await asked(f"survey:{proof}") == 200
    assert await asked(f"registry:{proof}") == 404
    assert await asked(f"survey:{proof}0") == 404
    assert await asked("survey:") == 404
    assert await asked(f"survey:{proof}", audience="bank") == 422
    for_registry, _ = platform.gateway.front.minter.mint(BOSS, "registry")
    assert await asked(f"survey:{proof}", subject_token=for_registry) == 401


async def test_a_service_asks_for_a_person_what_the_person_may_see_and_no_more(platform: Platform):
    chair = await somebody(platform, "chair", ("chair", "committee:research-and-innovation"))
    portal = platform.services["portal"].state.peers
    caller = Caller(kind="user", id=chair.user_id, grants=(Grant("chair", "committee:research-and-innovation"),))
    token, _ = platform.gateway.front.minter.mint(caller, "portal")
    identity = IdentityClient(portal, on_behalf_of=token)
    account, etag = await identity.account()
    assert account.username == "chair"
    changed = await identity.change_account({"name": "La Presidenta"}, etag)
    assert changed.name == "La Presidenta"
    assert [grant.role for grant in await identity.grants()] == ["chair"]
    assert await identity.invitations() == []
    from shared.problems import NotAllowed

    with pytest.raises(NotAllowed):
        await identity.mails()
