"""Logins under way at a provider: begun by one browser, finished once, by the same browser, within ten minutes."""

import hmac
import json
import secrets as random
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func
from starlette.responses import Response

from gateway import secrets
from gateway.front import is_plain_loopback
from gateway.oidc_provider import NotTrusted
from gateway.secrets import new_token, token_hash
from gateway.tables import OidcFlow
from shared.database import Database
from shared.settings import Settings

VALID_FOR = timedelta(minutes=10)


@dataclass(frozen=True)
class Flow:
    """What is remembered of a login under way; sealed in the database."""

    nonce: str
    verifier: str
    browser: str
    next: str
    invitation: str
    links_to: str
    """The user who links the login to an account; empty when somebody signs in."""


def browser_cookie(settings: Settings) -> str:
    return "portsnet-login" if is_plain_loopback(settings) else "__Host-portsnet-login"


def set_browser_cookie(response: Response, browser: str, settings: Settings) -> Response:
    """The mark by which the browser that began is known again. Lax, because the provider leads it back to us."""
    response.set_cookie(
        browser_cookie(settings), browser, max_age=int(VALID_FOR.total_seconds()), httponly=True, samesite="lax",
        secure=not is_plain_loopback(settings), path="/",
    )  # fmt: skip
    return response


async def begin(
    db: Database,
    secret: bytes,
    provider: str,
    *,
    browser: str,
    next: str,  # noqa: A002 -- the word that every way in uses
    invitation: str,
    links_to: str,
) -> tuple[str, Flow]:
    """A new login under way; the state that goes round with it."""
    state = new_token()
    flow = Flow(new_token(), random.token_urlsafe(48), token_hash(browser).hex(), next, invitation, links_to)
    async with db.engine.begin() as connection:
        await connection.execute(delete(OidcFlow).where(OidcFlow.expires_at < func.now()))
        await connection.execute(
            OidcFlow.__table__.insert().values(
                state_hash=token_hash(state), provider=provider, expires_at=datetime.now(UTC) + VALID_FOR,
                sealed=secrets.seal(secret, json.dumps(asdict(flow)).encode()),
            )
        )  # fmt: skip
    return state, flow


async def finish(db: Database, secret: bytes, provider: str, *, state: str, browser: str) -> Flow:
    """The login under way, which is then over. Raises NotTrusted for a state that is unknown, used, too old, another
    provider's or another browser's."""
    async with db.engine.begin() as connection:
        row = (
            await connection.execute(
                delete(OidcFlow)
                .where(OidcFlow.state_hash == token_hash(state), OidcFlow.expires_at > func.now())
                .returning(OidcFlow.provider, OidcFlow.sealed)
            )
        ).one_or_none()
    if row is None:
        raise NotTrusted("the state is unknown, used or too old")
    flow = Flow(**json.loads(secrets.unseal(secret, row.sealed)))
    if row.provider != provider:
        raise NotTrusted("the state belongs to another provider")
    if not browser or not hmac.compare_digest(flow.browser, token_hash(browser).hex()):
        raise NotTrusted("the state belongs to another browser")
    return flow
