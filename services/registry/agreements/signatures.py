"""What the secretariat does with the signatures under an agreement; one transaction each."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from services.registry.access import (
    agreement_to_edit,
    community_named,
    organization_named,
    sees_signatories,
    signature_to_edit,
)  # fmt: skip
from services.registry.days import today
from services.registry.patches import must_not_clear
from services.registry.schemas import SignatureIn, SignatureOut, SignaturePatch
from services.registry.tables import Signature
from shared import idempotency
from shared.callers import Caller
from shared.database import Database, WriteSession
from shared.problems import Invalid
from shared.tags import Expected

REQUIRED = ("signatory", "signed_on")


def signatures(agreement: UUID) -> Select[Signature]:
    """The signatures under an agreement, with the organisations they were given for."""
    return select(Signature).where(Signature.agreement_id == agreement).options(joinedload(Signature.organization))


async def add_signature(db: Database, agreement: UUID, wanted: SignatureIn, *, by: Caller) -> tuple[SignatureOut, int]:
    """Record a signature. Raises NotFound, Invalid."""
    async with db.transaction(by=by, to="add a signature", about=agreement) as tx:
        signed = await agreement_to_edit(tx, agreement, by)
        row = Signature(agreement_id=agreement, demo=by.demo or signed.demo, version=1, organization=None)
        await _describe(tx, row, wanted.model_dump(), by)
        tx.add(row)
        await tx.flush()
        tx.note(signature=str(row.id))
        out = signature_out(row, by)
        idempotency.will_answer(out, headers=location_of(agreement, row.id), version=1)
    return out, 1


async def change_signature(
    db: Database, agreement: UUID, key: UUID, wanted: SignaturePatch, expected: Expected, *, by: Caller
) -> tuple[SignatureOut, int]:
    """Correct some fields. Raises NotFound, StaleVersion, Invalid."""
    changes = wanted.changes
    async with db.transaction(by=by, to="change a signature", about=agreement) as tx:
        row = await signature_to_edit(tx, agreement, key, by)
        expected.must_match(row.version)
        must_not_clear(changes, REQUIRED)
        before = signature_out(row, by)
        with tx.no_autoflush:
            await _describe(tx, row, changes, by)
        if signature_out(row, by) != before:
            row.version += 1
        tx.note(signature=str(key), fields=sorted(changes))
    return signature_out(row, by), row.version


async def remove_signature(db: Database, agreement: UUID, key: UUID, expected: Expected, *, by: Caller) -> None:
    """Take out a signature that was recorded by mistake."""
    async with db.transaction(by=by, to="remove a signature", about=agreement) as tx:
        row = await signature_to_edit(tx, agreement, key, by)
        expected.must_match(row.version)
        tx.note(signature=str(key))
        await tx.delete(row)


def signature_out(row: Signature, caller: Caller) -> SignatureOut:
    """The signature as this caller may see it."""
    return SignatureOut(
        id=row.id, agreement=row.agreement_id, signatory=row.signatory if sees_signatories(caller) else None,
        post=row.post, community=row.community_code, organization=row.organization_id,
        organization_name=row.organization.name if row.organization else None, signed_on=row.signed_on, demo=row.demo,
    )  # fmt: skip


def location_of(agreement: UUID, key: UUID) -> dict[str, str]:
    return {"Location": f"/api/v1/registry/agreements/{agreement}/signatures/{key}"}


async def _describe(tx: WriteSession, row: Signature, changes: dict[str, Any], by: Caller) -> None:
    for field in ("signatory", "post", "signed_on"):
        if field in changes:
            setattr(row, field, changes[field])
    if "community" in changes:
        code = changes["community"]
        community = await community_named(tx, code, by) if code is not None else None
        row.community_code = code
        row.demo = row.demo or (community is not None and community.demo)
    if "organization" in changes:
        key = changes["organization"]
        row.organization = await organization_named(tx, key, by) if key is not None else None
        row.organization_id = key
        row.demo = row.demo or (row.organization is not None and row.organization.demo)
    if row.community_code is None and row.organization_id is None:
        raise Invalid.at("/community", "or /organization is required: for whom was it signed?", "missing")
    if row.signed_on > today():
        raise Invalid.at("/signed_on", "must not be in the future")
