"""What the secretariat does with agreements; one transaction each."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from services.registry.access import agreement_to_edit, visible_agreements
from services.registry.days import months_after, today
from services.registry.patches import must_not_clear
from services.registry.schemas import AgreementIn, AgreementOut, AgreementPatch
from services.registry.tables import Agreement, Signature
from shared import idempotency
from shared.callers import Caller
from shared.database import Database, ReadSession, WriteSession
from shared.languages import pick
from shared.problems import Conflict, Invalid
from shared.tags import Expected

REQUIRED = ("title", "kind", "opened_on")


def agreements(
    caller: Caller, *, kind: str | None = None, community: str | None = None, organization: UUID | None = None
) -> Select[Agreement]:
    """The agreements that a caller may see and asks for; `community` and `organization` are those signed for."""
    statement = select(Agreement).where(visible_agreements(caller))
    if kind is not None:
        statement = statement.where(Agreement.kind == kind)
    for column, value in ((Signature.community_code, community), (Signature.organization_id, organization)):
        if value is not None:
            statement = statement.where(Agreement.id.in_(select(Signature.agreement_id).where(column == value)))
    return statement


async def signatures_counts(db: ReadSession | WriteSession, keys: Sequence[UUID]) -> dict[UUID, int]:
    """How many signatures agreements have, by agreement."""
    rows = await db.execute(
        select(Signature.agreement_id, func.count())
        .where(Signature.agreement_id.in_(keys))
        .group_by(Signature.agreement_id)
    )
    return dict(rows.all())


async def add_agreement(db: Database, wanted: AgreementIn, language: str, *, by: Caller) -> tuple[AgreementOut, int]:
    """Open an agreement. Raises Invalid."""
    async with db.transaction(by=by, to="add an agreement", about=wanted.title) as tx:
        row = Agreement(titles={}, demo=by.demo, version=1)
        _describe(row, wanted.model_dump(), language)
        tx.add(row)
        await tx.flush()
        tx.about = str(row.id)
        out = agreement_out(row, 0, language)
        idempotency.will_answer(out, headers=location_of(row.id), version=1)
    return out, 1


async def change_agreement(
    db: Database, key: UUID, wanted: AgreementPatch, expected: Expected, language: str, *, by: Caller
) -> tuple[AgreementOut, int]:
    """Change some fields. Raises NotFound, StaleVersion, Invalid."""
    changes = wanted.changes
    async with db.transaction(by=by, to="change an agreement", about=key) as tx:
        row = await agreement_to_edit(tx, key, by)
        expected.must_match(row.version)
        must_not_clear(changes, REQUIRED)
        signatures = (await signatures_counts(tx, [key])).get(key, 0)
        before = agreement_out(row, signatures, language)
        _describe(row, changes, language)
        if agreement_out(row, signatures, language) != before:
            row.version += 1
            tx.note(fields=sorted(changes))
    return agreement_out(row, signatures, language), row.version


async def remove_agreement(db: Database, key: UUID, expected: Expected, *, by: Caller) -> None:
    """Remove an agreement that nobody has signed. Raises NotFound, StaleVersion, Conflict."""
    async with db.transaction(by=by, to="remove an agreement", about=key) as tx:
        row = await agreement_to_edit(tx, key, by)
        expected.must_match(row.version)
        if await signatures_counts(tx, [key]):
            raise Conflict("The agreement has signatures, and what was signed is kept.")
        await tx.delete(row)


def agreement_out(row: Agreement, signatures: int, language: str) -> AgreementOut:
    last = last_day(row)
    return AgreementOut(
        id=row.id, kind=row.kind, title=pick(row.titles, language), titles=row.titles, opened_on=row.opened_on,
        expires_on=last, duration_months=row.duration_months,
        in_force=row.opened_on <= today() and (last is None or today() <= last),
        document=row.document, signatures_count=signatures, demo=row.demo,
    )  # fmt: skip


def last_day(row: Agreement) -> date | None:
    """The last day on which an agreement holds: as given, else the anniversary after its months, else none."""
    if row.duration_months is not None:
        return months_after(row.opened_on, row.duration_months)
    return row.expires_on


def location_of(key: UUID) -> dict[str, str]:
    return {"Location": f"/api/v1/registry/agreements/{key}"}


def _describe(row: Agreement, changes: dict[str, Any], language: str) -> None:
    """Raises Invalid for an agreement with two ends, or one that ends before it begins."""
    for field in ("kind", "opened_on", "expires_on", "duration_months", "document"):
        if field in changes:
            setattr(row, field, changes[field])
    if changes.get("expires_on") is not None and "duration_months" not in changes:
        row.duration_months = None
    if changes.get("duration_months") is not None and "expires_on" not in changes:
        row.expires_on = None
    if "title" in changes:
        row.titles = {**row.titles, language: changes["title"]}
    if row.expires_on is not None and row.duration_months is not None:
        raise Invalid.at("/duration_months", "cannot be given together with expires_on", "doubled")
    if row.expires_on is not None and row.expires_on < row.opened_on:
        raise Invalid.at("/expires_on", f"must not be before the first day ({row.opened_on})", "order")
