"""HTTP of agreements and the signatures under them."""

from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from services.registry.access import agreement_to_see, signature_to_see
from services.registry.agreements import operations, signatures
from services.registry.schemas import (
    AgreementIn,
    AgreementOut,
    AgreementPatch,
    SignatureIn,
    SignatureOut,
    SignaturePatch,
)  # fmt: skip
from services.registry.tables import Agreement, Signature
from services.registry.words import AgreementKind
from shared.answers import answer, nothing, public_to
from shared.callers import Anyone, Secretariat
from shared.dependencies import Db
from shared.fields import Counted, Slug
from shared.paging import Part, count_of
from shared.problems import documented
from shared.routing import house_router
from shared.tags import IfMatch

router = house_router("/api/v1/registry/agreements", tags=["registry"])


@router.get("", response_model=Counted[AgreementOut], responses=documented(422))
async def list_agreements(
    request: Request,
    caller: Anyone,
    db: Db,
    part: Part,
    kind: AgreementKind | None = None,
    community: Slug | None = None,
    organization: UUID | None = None,
) -> Response:
    """The agreements of the Network, the newest first; `community` and `organization` are those signed for."""
    language = request.state.language
    statement = operations.agreements(caller, kind=kind, community=community, organization=organization)
    keys = [Agreement.opened_on, Agreement.id]
    async with db.reading() as reading:
        total = await count_of(reading, statement)
        rows, following = part.cut(
            (await reading.scalars(part.apply(statement, keys, descending=True))).all(),
            lambda row: (row.opened_on, row.id),
        )
        counts = await operations.signatures_counts(reading, [row.id for row in rows])
    items = [operations.agreement_out(row, counts.get(row.id, 0), language) for row in rows]
    return answer(request, Counted(items=items, next=following, total=total), caching=public_to(request))


@router.post("", status_code=201, response_model=AgreementOut, responses=documented(400, 401, 403, 413, 415, 422))
async def add_agreement(request: Request, wanted: AgreementIn, caller: Secretariat, db: Db) -> Response:
    """Open an agreement for signature. It ends on `expires_on`; or `duration_months` later on the same day of the
    month, or on that month's last day when it has no such day; or never."""
    out, version = await operations.add_agreement(db, wanted, request.state.language, by=caller)
    return answer(request, out, version=version, status=201, headers=operations.location_of(out.id))


@router.get("/{key}", response_model=AgreementOut, responses=documented(404))
async def read_agreement(request: Request, key: UUID, caller: Anyone, db: Db) -> Response:
    """One agreement, with how many signed it."""
    async with db.reading() as reading:
        row = await agreement_to_see(reading, key, caller)
        counts = await operations.signatures_counts(reading, [key])
    out = operations.agreement_out(row, counts.get(key, 0), request.state.language)
    return answer(request, out, version=row.version, caching=public_to(request))


@router.patch("/{key}", response_model=AgreementOut, responses=documented(400, 401, 403, 404, 412, 413, 415, 422, 428))
async def change_agreement(
    request: Request, key: UUID, wanted: AgreementPatch, caller: Secretariat, version: IfMatch, db: Db
) -> Response:
    """Change an agreement; a title is set in the request's language. A new end, of either kind, replaces the old."""
    out, now = await operations.change_agreement(db, key, wanted, version, request.state.language, by=caller)
    return answer(request, out, version=now)


@router.delete("/{key}", status_code=204, responses=documented(401, 403, 404, 409, 412, 428))
async def remove_agreement(key: UUID, caller: Secretariat, version: IfMatch, db: Db) -> Response:
    """Remove an agreement that nobody has signed."""
    await operations.remove_agreement(db, key, version, by=caller)
    return nothing()


@router.get("/{agreement}/signatures", response_model=Counted[SignatureOut], responses=documented(404, 422))
async def list_signatures(request: Request, agreement: UUID, caller: Anyone, db: Db, part: Part) -> Response:
    """For whom an agreement was signed and when, the earliest first; the Network also sees by whom."""
    statement = signatures.signatures(agreement)
    async with db.reading() as reading:
        await agreement_to_see(reading, agreement, caller)
        total = await count_of(reading, statement)
        rows, following = part.cut(
            (await reading.scalars(part.apply(statement, [Signature.signed_on, Signature.id]))).all(),
            lambda row: (row.signed_on, row.id),
        )
    items = [signatures.signature_out(row, caller) for row in rows]
    return answer(request, Counted(items=items, next=following, total=total), caching=public_to(request))


@router.post(
    "/{agreement}/signatures", status_code=201, response_model=SignatureOut,
    responses=documented(400, 401, 403, 404, 413, 415, 422),
)  # fmt: skip
async def add_signature(
    request: Request, agreement: UUID, wanted: SignatureIn, caller: Secretariat, db: Db
) -> Response:
    """Record who signed, when, and for which community or organisation."""
    out, version = await signatures.add_signature(db, agreement, wanted, by=caller)
    return answer(request, out, version=version, status=201, headers=signatures.location_of(agreement, out.id))


@router.get("/{agreement}/signatures/{key}", response_model=SignatureOut, responses=documented(404))
async def read_signature(request: Request, agreement: UUID, key: UUID, caller: Anyone, db: Db) -> Response:
    """One signature."""
    async with db.reading() as reading:
        row = await signature_to_see(reading, agreement, key, caller)
    return answer(request, signatures.signature_out(row, caller), version=row.version, caching=public_to(request))


@router.patch(
    "/{agreement}/signatures/{key}", response_model=SignatureOut,
    responses=documented(400, 401, 403, 404, 412, 413, 415, 422, 428),
)  # fmt: skip
async def change_signature(
    request: Request, agreement: UUID, key: UUID, wanted: SignaturePatch, caller: Secretariat, version: IfMatch, db: Db
) -> Response:
    """Correct a signature that was recorded wrongly."""
    out, now = await signatures.change_signature(db, agreement, key, wanted, version, by=caller)
    return answer(request, out, version=now)


@router.delete("/{agreement}/signatures/{key}", status_code=204, responses=documented(401, 403, 404, 412, 428))
async def remove_signature(agreement: UUID, key: UUID, caller: Secretariat, version: IfMatch, db: Db) -> Response:
    """Take out a signature that was recorded by mistake."""
    await signatures.remove_signature(db, agreement, key, version, by=caller)
    return nothing()
