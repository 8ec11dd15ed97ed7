"""OAuth 2 for programs: the client-credentials grant (RFC 6749), revocation (RFC 7009), introspection (RFC 7662) and
discovery (RFC 8414). Access tokens are opaque and stored as digests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import delete, func, select, update
from starlette.responses import JSONResponse, Response

from gateway.accounts import PlatformSettings, VisitorsOf
from gateway.api_clients import API_SCOPES
from gateway.client_proofs import proven_client
from gateway.oauth_errors import NEVER_KEPT, OAuthError, OAuthRoute
from gateway.secrets import new_token, token_hash
from gateway.signatures import ALGORITHMS
from gateway.tables import AccessToken, ApiClient
from gateway.visitors import client_caller, tell_changed
from shared.database import Database
from shared.dependencies import Db
from shared.forms import form_fields, is_form
from shared.routing import house_router
from shared.settings import Settings

LIFETIME = 3600  # seconds
router = APIRouter(prefix="/oauth", tags=["oauth"], route_class=OAuthRoute)
discovery = house_router(tags=["oauth"])
TOKEN_FORM = {"token": "An access token.*", "token_type_hint": "Not needed."}
WAYS_TO_PROVE = ["client_secret_basic", "private_key_jwt"]
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": description,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["error", "error_description"],
                    "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
                }
            }
        },
    }
    for status, description in ((400, "RFC 6749, section 5.2"), (401, "invalid_client"))
}
TOKEN = {200: {"description": "RFC 6749, section 5.1: access_token, token_type, expires_in, scope"}, **REFUSALS}
NO_MORE = {200: {"description": "RFC 7009, section 2.2: the token is worthless"}, **REFUSALS}
GOOD_FOR = {200: {"description": "RFC 7662, section 2.2: active, and then client_id, scope, exp"}, **REFUSALS}


def form_of(**fields: str) -> dict[str, Any]:
    """What the API's documentation says of a form body; those whose text ends with an asterisk are required."""
    properties = {name: {"type": "string", "description": text.rstrip("*")} for name, text in fields.items()}
    properties |= {name: {"type": "string"} for name in ("client_assertion_type", "client_assertion")}
    required = [name for name, text in fields.items() if text.endswith("*")]
    schema = {"type": "object", "properties": properties, "required": required}
    content = {"application/x-www-form-urlencoded": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


async def _asked(request: Request, db: Database, settings: Settings) -> tuple[ApiClient, dict[str, str]]:
    """The program that asks, and what it sent."""
    if not is_form(request):
        raise OAuthError("invalid_request", "Send application/x-www-form-urlencoded.")
    fields = {name: value for name, value in (await form_fields(request)).items() if value}
    origin = settings.origin
    audiences = (f"{origin}/oauth/token", origin, f"{origin}{request.url.path}")
    return await proven_client(db, request.headers.get("authorization", ""), fields, audiences), fields


@router.post(
    "/token", responses=TOKEN, openapi_extra=form_of(grant_type="client_credentials*", scope="Space-separated.")
)
async def issue_token(request: Request, db: Db, settings: PlatformSettings) -> Response:
    """An access token for a program, good for an hour."""
    client, fields = await _asked(request, db, settings)
    if "grant_type" not in fields:
        raise OAuthError("invalid_request", "grant_type is missing.")
    if fields["grant_type"] != "client_credentials":
        raise OAuthError("unsupported_grant_type", "Only client_credentials is offered.")
    wanted = list(dict.fromkeys(fields.get("scope", "").split())) or client.scopes
    if refused := [scope for scope in wanted if scope not in client.scopes]:
        raise OAuthError("invalid_scope", f"The client has no {' '.join(refused)[:200]}.")
    token = await issue(db, client, wanted)
    body = {"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME, "scope": " ".join(wanted)}
    return JSONResponse(body, headers=NEVER_KEPT)


async def issue(db: Database, client: ApiClient, scopes: list[str]) -> str:
    token = new_token()
    now = datetime.now(UTC)
    async with db.transaction(by=client_caller(client, scopes), to="issue an access token", about=client.name) as tx:
        mark = update(ApiClient).where(ApiClient.id == client.id).values(used_at=now).returning(ApiClient.id)
        if await tx.scalar(mark) is None:  # removed in this very moment
            raise OAuthError("invalid_client", "The client is not known.", status=401)
        await tx.execute(delete(AccessToken).where(AccessToken.expires_at < now))
        tx.add(
            AccessToken(
                token_hash=token_hash(token), client_id=client.id, scopes=scopes, issued_at=now,
                expires_at=now + timedelta(seconds=LIFETIME),
            )
        )  # fmt: skip
    return token


@router.post("/revoke", responses=NO_MORE, openapi_extra=form_of(**TOKEN_FORM))
async def revoke_token(request: Request, db: Db, settings: PlatformSettings, visitors: VisitorsOf) -> Response:
    """Make one of the program's own tokens worthless, at once. One that is not there is no error."""
    client, fields = await _asked(request, db, settings)
    if "token" not in fields:
        raise OAuthError("invalid_request", "token is missing.")
    key = token_hash(fields["token"])
    async with db.transaction(by=client_caller(client, []), to="revoke an access token", about=client.name) as tx:
        owner = await tx.scalar(select(AccessToken.client_id).where(AccessToken.token_hash == key).with_for_update())
        if owner is not None and owner != client.id:
            raise OAuthError("unauthorized_client", "The token belongs to another client.")
        await tx.execute(delete(AccessToken).where(AccessToken.token_hash == key))
        await tell_changed(tx, str(client.id))
    visitors.forget(str(client.id))
    return Response(status_code=200, headers=NEVER_KEPT)


@router.post("/introspect", responses=GOOD_FOR, openapi_extra=form_of(**TOKEN_FORM))
async def introspect_token(request: Request, db: Db, settings: PlatformSettings) -> Response:
    """What one of the program's own tokens is good for. Of others' it learns no more than of none."""
    client, fields = await _asked(request, db, settings)
    if "token" not in fields:
        raise OAuthError("invalid_request", "token is missing.")
    async with db.reading() as reading:
        found = await reading.scalar(
            select(AccessToken).where(
                AccessToken.token_hash == token_hash(fields["token"]),
                AccessToken.client_id == client.id,
                AccessToken.expires_at > func.now(),
            )
        )
    if found is None:
        return JSONResponse({"active": False}, headers=NEVER_KEPT)
    told = {
        "active": True,
        "scope": " ".join(found.scopes),
        "client_id": str(client.id),
        "sub": str(client.id),
        "iss": settings.origin,
        "token_type": "Bearer",
        "iat": int(found.issued_at.timestamp()),
        "exp": int(found.expires_at.timestamp()),
    }
    return JSONResponse(told, headers=NEVER_KEPT)


@discovery.get("/.well-known/oauth-authorization-server")
async def describe_server(settings: PlatformSettings) -> Response:
    """Where and how a program gets a token (RFC 8414)."""
    origin = settings.origin
    document: dict[str, Any] = {
        "issuer": origin,
        "token_endpoint": f"{origin}/oauth/token",
        "revocation_endpoint": f"{origin}/oauth/revoke",
        "introspection_endpoint": f"{origin}/oauth/introspect",
        "jwks_uri": f"{origin}/.well-known/jwks.json",
        "scopes_supported": list(API_SCOPES),
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials"],
        "service_documentation": f"{origin}/api/docs",
    }
    for endpoint in ("token", "revocation", "introspection"):
        document[f"{endpoint}_endpoint_auth_methods_supported"] = WAYS_TO_PROVE
        document[f"{endpoint}_endpoint_auth_signing_alg_values_supported"] = list(ALGORITHMS)
    return JSONResponse(document, headers={"Cache-Control": "public, max-age=3600"})
