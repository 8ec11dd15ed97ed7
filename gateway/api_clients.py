"""`/api/v1/identity/clients`: programs that call the API by themselves. A secret is shown once, stored as a digest."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from fastapi import Request
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import Field, StringConstraints
from sqlalchemy import select
from starlette.responses import Response

from gateway.access import client_to_remove, visible_clients
from gateway.accounts import Someone, VisitorsOf
from gateway.roles import kind_of, may_hand_out, scopes_handed_out
from gateway.schemas import ClientOut, NewClientOut
from gateway.scopes import must_exist
from gateway.secrets import new_token, token_hash
from gateway.tables import ApiClient, ClientDay
from gateway.visitors import tell_changed
from shared import idempotency
from shared.answers import answer, nothing
from shared.callers import Caller
from shared.database import Database, ReadSession, WriteSession
from shared.dependencies import Db, PeersOf
from shared.fields import Counted, Input, Line
from shared.ids import uuid7
from shared.paging import Part, count_of
from shared.problems import FieldError, Invalid, NotAllowed, NotFound, documented
from shared.routing import house_router

router = house_router("/api/v1/identity", tags=["identity"])
API_SCOPES = (
    "registry:read", "survey:read", "survey:write", "indicators:read", "indicators:write", "workspace:read",
    "workspace:write",
)  # fmt: skip
MOST_KEYS = 10
SMALLEST_RSA = 2048  # bits


class ClientIn(Input):
    name: Line
    scopes: Annotated[list[str], Field(min_length=1, max_length=20)]
    scope: Annotated[str, StringConstraints(max_length=100)] | None = None
    jwks: dict[str, Any] | None = None
    daily_quota: Annotated[int, Field(ge=1, le=100_000_000)] | None = None


class QuotaIn(Input):
    daily_quota: Annotated[int, Field(ge=1, le=100_000_000)] | None


def client_out(row: ApiClient, requests_today: int = 0) -> ClientOut:
    return ClientOut(
        client_id=str(row.id), name=row.name, scopes=row.scopes, scope=row.scope,
        auth_method="client_secret_basic" if row.secret_hash is not None else "private_key_jwt",
        created_by=row.created_by, created_at=row.created_at, used_at=row.used_at,
        daily_quota=row.daily_quota, requests_today=requests_today, demo=row.demo,
    )  # fmt: skip


def must_be_possible(wanted: ClientIn) -> None:
    """Raises Invalid with all pointers."""
    errors = [
        FieldError(f"/scopes/{index}", f"must be one of {', '.join(API_SCOPES)}")
        for index, scope in enumerate(wanted.scopes)
        if scope not in API_SCOPES
    ]
    if len(set(wanted.scopes)) != len(wanted.scopes):
        errors.append(FieldError("/scopes", "names a scope twice", "doubled"))
    if wanted.scope is not None and kind_of(wanted.scope) is None:
        errors.append(FieldError("/scope", "must be network, community:<code> or committee:<slug>"))
    if wanted.jwks is not None and (wrong := wrong_with_keys(wanted.jwks)):
        errors.append(FieldError("/jwks", wrong))
    if errors:
        raise Invalid(errors=errors)


def wrong_with_keys(jwks: dict[str, Any]) -> str | None:
    """What is wrong with a key set (RFC 7517) that a client registers; None when it can be used."""
    keys = jwks.get("keys")
    if set(jwks) != {"keys"} or not isinstance(keys, list) or not 1 <= len(keys) <= MOST_KEYS:
        return f"must be a key set with 1 to {MOST_KEYS} keys"
    for key in keys:
        if not isinstance(key, dict) or key.get("kty") not in ("RSA", "EC", "OKP"):
            return "must hold RSA, EC or OKP keys"
        if {"d", "p", "q", "dp", "dq", "qi", "k"} & key.keys():
            return "holds a private key: send the public part only, and use another key"
    try:
        read = KeySet.import_key_set(jwks)  # type: ignore[arg-type]  # its form was checked above
        sizes = [key.raw_value.key_size for key in read.keys if isinstance(key.raw_value, RSAPublicKey)]
    except (JoseError, ValueError, TypeError, KeyError):
        return "holds a key that cannot be read"
    return f"holds an RSA key of less than {SMALLEST_RSA} bits" if any(s < SMALLEST_RSA for s in sizes) else None


@router.post("/clients", status_code=201, response_model=NewClientOut, responses=documented(400, 401, 403, 415, 422))
async def register_client(request: Request, wanted: ClientIn, caller: Someone, db: Db, peers: PeersOf) -> Response:
    """Register a program: the secretariat any, coordinators and chairs one for their own `scope`. Without `jwks` it
    gets a secret, shown this once. It reads what is public or for the network, and writes only within its `scope`."""
    must_be_possible(wanted)
    if not caller.is_secretariat and not (wanted.scope is not None and may_hand_out(caller, wanted.scope)):
        raise NotAllowed("You may register programs for your own community or committee only: name it as the scope.")
    if wanted.daily_quota is not None and not caller.is_secretariat:
        raise NotAllowed("Only the secretariat gives a program a quota of its own.")
    if wanted.scope is not None:
        await must_exist(peers, wanted.scope)
    out = await register(db, wanted, by=caller)
    location = {"Location": f"/api/v1/identity/clients/{out.client_id}"}
    return answer(request, out, status=201, headers=location)


async def register(db: Database, wanted: ClientIn, *, by: Caller) -> NewClientOut:
    secret = new_token() if wanted.jwks is None else None
    async with db.transaction(by=by, to="register a program", about=wanted.name) as tx:
        row = ApiClient(
            id=uuid7(), name=wanted.name, scopes=wanted.scopes, scope=wanted.scope, jwks=wanted.jwks,
            secret_hash=token_hash(secret) if secret else None, created_by=UUID(by.id), demo=by.demo, used_at=None,
            created_at=datetime.now(UTC), daily_quota=wanted.daily_quota,
        )  # fmt: skip
        tx.add(row)
        await tx.flush()
        tx.note(client_id=str(row.id), scopes=wanted.scopes, scope=wanted.scope)
        out = NewClientOut(**client_out(row).model_dump(), client_secret=secret)
        location = {"Location": f"/api/v1/identity/clients/{out.client_id}"}
        idempotency.will_answer(out, headers=location, secret=frozenset({"client_secret"}))
    return out


@router.get("/clients", response_model=Counted[ClientOut], responses=documented(401, 403, 422))
async def list_clients(request: Request, caller: Someone, db: Db, part: Part) -> Response:
    """Programs: all for the secretariat, those of the own scope for coordinators and chairs."""
    if not caller.is_secretariat and not scopes_handed_out(caller):
        raise NotAllowed("Only those who manage people see programs.")
    statement = select(ApiClient).where(visible_clients(caller))
    async with db.reading() as reading:
        total = await count_of(reading, statement)
        rows = (await reading.scalars(part.apply(statement, [ApiClient.id]))).all()
        used = await _requests_today(reading, [row.id for row in rows])
    shown, following = part.cut(rows, lambda row: (row.id,))
    items = [client_out(row, used.get(row.id, 0)) for row in shown]
    return answer(request, Counted(items=items, next=following, total=total))


@router.get("/clients/{client_id}", response_model=ClientOut, responses=documented(401, 403, 404))
async def read_client(request: Request, client_id: UUID, caller: Someone, db: Db) -> Response:
    """One program; never its secret."""
    async with db.reading() as reading:
        found = await reading.scalar(select(ApiClient).where(ApiClient.id == client_id, visible_clients(caller)))
        used = await _requests_today(reading, [client_id])
    if found is None:
        raise NotFound("This program")
    return answer(request, client_out(found, used.get(client_id, 0)))


@router.put(
    "/clients/{client_id}/quota", response_model=ClientOut, responses=documented(400, 401, 403, 404, 415, 422)
)  # fmt: skip
async def change_quota(request: Request, client_id: UUID, wanted: QuotaIn, caller: Someone, db: Db) -> Response:
    """How many requests a program may send on a day of UTC, at once; null: the platform's usual number. For the
    secretariat."""
    if not caller.is_secretariat:
        raise NotAllowed("Only the secretariat gives a program a quota of its own.")
    async with db.transaction(by=caller, to="change the quota of a program", about=client_id) as tx:
        row: ApiClient | None = await tx.get(ApiClient, client_id, with_for_update=True)
        if row is None:
            raise NotFound("This program")
        tx.note(before=row.daily_quota, after=wanted.daily_quota)
        row.daily_quota = wanted.daily_quota
        used = await _requests_today(tx, [client_id])
    return answer(request, client_out(row, used.get(client_id, 0)))


async def _requests_today(reading: ReadSession | WriteSession, clients: list[UUID]) -> dict[UUID, int]:
    today = datetime.now(UTC).date()
    rows = await reading.execute(
        select(ClientDay.client_id, ClientDay.requests).where(ClientDay.client_id.in_(clients), ClientDay.day == today)
    )
    return {client: requests for client, requests in rows}  # noqa: C416 -- rows, not pairs


@router.delete("/clients/{client_id}", status_code=204, responses=documented(401, 403, 404))
async def remove_client(client_id: UUID, caller: Someone, db: Db, visitors: VisitorsOf) -> Response:
    """Take a program's access away. Its tokens stop at once."""
    async with db.transaction(by=caller, to="remove a program", about=client_id) as tx:
        await tx.delete(await client_to_remove(tx, client_id, caller))
        await tx.flush()
        await tell_changed(tx, str(client_id))
    visitors.forget(str(client_id))
    return nothing()
