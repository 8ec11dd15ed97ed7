"""`/agreements`: memoranda and other agreements of the Network, and who signed them for whom."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from services.portal.pages.cooperation import STALE, TITLE, document_named
from services.portal.pages.places import any_demo
from services.portal.pages.reading import date_in, error_list, said_of, today
from services.portal.pages.tasks import id_of
from services.portal.translations import N_
from services.portal.visits import MemberVisit, Reader, Visit, page_router
from services.registry.schemas import AgreementOut, SignatureOut
from shared.problems import Conflict, Invalid, StaleVersion

router = page_router()
OPENED = N_("Escriba el día en que se abrió a la firma, de 1900 en adelante.")
ENDS = N_("Escriba un último día que no sea anterior al primero, o cuántos meses dura (de 1 a 600), no los dos.")
DOCUMENT = N_("Escriba la dirección del documento, que empiece por https://, o su identificador.")
SIGNATORY = N_("Escriba quién firmó, en hasta 300 caracteres.")
POST = N_("Abrévielo a menos de 300 caracteres.")
SIGNED = N_("Escriba el día de la firma, que no puede ser en el futuro.")
FOR_WHOM = N_("Elija por quién firmó: una comunidad, una organización o las dos.")
SIGNED_ALREADY = N_("No se quitó: el acuerdo tiene firmas, y lo firmado se guarda.")
SAID = {
    "title": TITLE, "opened_on": OPENED, "expires_on": ENDS, "duration_months": ENDS, "document": DOCUMENT,
    "signatory": SIGNATORY, "post": POST, "signed_on": SIGNED, "community": FOR_WHOM, "organization": FOR_WHOM,
}  # fmt: skip
KINDS: Mapping[str, str] = {
    "memorandum_of_understanding": N_("Memorando de entendimiento"),
    "technical_cooperation": N_("Cooperación técnica"),
    "charter": N_("Carta constitutiva"),
    "other": N_("Otro acuerdo"),
}


@router.get("/agreements")
async def show_agreements(visit: Reader) -> Response:
    """Every agreement, the newest first, with how many signed it."""
    return await list_page(visit)


async def list_page(
    visit: Visit, *, fields: Mapping[str, str] | None = None, errors: Sequence[tuple[str, str]] = (), status: int = 200
) -> Response:
    found = await visit.registry.agreements()
    return visit.page(
        "agreements.html", status=status, section="communities", agreements=found, kinds=KINDS,
        fields=dict(fields or {}), errors=error_list(errors), demo=visit.caller.demo or any_demo(found),
    )  # fmt: skip


@router.post("/agreements")
async def open_agreement(visit: MemberVisit) -> Response:
    """A new agreement, for the secretariat."""
    fields = await visit.form()
    visit.must_be_secretariat()
    body, wrong = agreement_in(fields)
    if wrong:
        return await list_page(visit, fields=fields, errors=wrong, status=422)
    try:
        made = await visit.registry.add_agreement(body)
    except Invalid as problem:
        return await list_page(visit, fields=fields, errors=said_of(problem, SAID, "title"), status=422)
    return visit.go(f"/agreements/{made.id}")


def agreement_in(fields: Mapping[str, str]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """An agreement as a form sends it, and what is wrong with it."""
    title, document = " ".join(fields.get("title", "").split()), fields.get("document", "").strip()
    opened, expires = date_in(fields.get("opened_on", "")), date_in(fields.get("expires_on", ""))
    months = fields.get("duration_months", "").strip()
    wrong: list[tuple[str, str]] = []
    if not title or len(title) > 300:
        wrong.append(("title", TITLE))
    if opened is None:
        wrong.append(("opened_on", OPENED))
    counted = int(months) if months.isascii() and months.isdigit() and 1 <= int(months[:4]) <= 600 else None
    late = expires is None and bool(fields.get("expires_on", "").strip())
    if late or (months and counted is None) or (expires and months) or (opened and expires and expires < opened):
        wrong.append(("expires_on", ENDS))
    kind = fields.get("kind", "")
    body: dict[str, Any] = {
        "title": title, "kind": kind if kind in KINDS else "other", "opened_on": opened, "expires_on": expires,
        "duration_months": counted, "document": document or None,
    }  # fmt: skip
    return body, wrong


@router.get("/agreements/{agreement}")
async def show_agreement(visit: Reader, agreement: str) -> Response:
    """One agreement and its signatures; who signed in person only for the Network."""
    return await agreement_page(visit, id_of(agreement))


async def agreement_page(
    visit: Visit, key: str, *, fields: Mapping[str, str] | None = None, form: str = "",
    errors: Sequence[tuple[str, str]] = (), refused: str | None = None, status: int = 200,
) -> Response:  # fmt: skip
    tagged, signatures, communities = await asyncio.gather(
        visit.registry.agreement_to_change(key), visit.registry.signatures(key), visit.registry.communities()
    )
    agreement: AgreementOut = tagged.item
    organizations = await visit.registry.organizations() if visit.caller.is_secretariat else []
    document = await document_named(visit, agreement.document) if agreement.document else None
    return visit.page(
        "agreement.html", status=status, section="communities", agreement=agreement, etag=tagged.etag,
        signatures=signatures, names={one.code: one.name for one in communities}, kinds=KINDS, document=document,
        communities=communities, organizations=organizations, fields=dict(fields or {}), form=form,
        errors=error_list(errors), refused=refused, today=today(visit).isoformat(),
        shows_people=any(one.signatory for one in signatures), kept=fields_of(agreement),
        demo=visit.caller.demo or any_demo(agreement, signatures),
    )  # fmt: skip


def fields_of(agreement: AgreementOut) -> dict[str, str]:
    """The agreement as its form has it; an end that follows from the months is told by the months alone."""
    by_months = agreement.duration_months is not None
    last = agreement.expires_on.isoformat() if agreement.expires_on is not None and not by_months else ""
    return {
        "title": agreement.title, "kind": agreement.kind, "opened_on": agreement.opened_on.isoformat(),
        "expires_on": last, "duration_months": str(agreement.duration_months) if by_months else "",
        "document": agreement.document or "",
    }  # fmt: skip


@router.post("/agreements/{agreement}")
async def change_agreement(visit: MemberVisit, agreement: str) -> Response:
    """Save what was edited; a title is that of the reader's language."""
    key, fields = id_of(agreement), await visit.form()
    visit.must_be_secretariat()
    body, wrong = agreement_in(fields)
    if wrong:
        return await agreement_page(visit, key, fields=fields, form="agreement", errors=wrong, status=422)
    try:
        await visit.registry.change_agreement(key, body, fields.get("etag", "") or '"0"')
    except StaleVersion:
        return await agreement_page(visit, key, fields=fields, form="agreement", refused=STALE, status=412)
    except Invalid as problem:
        return await agreement_page(
            visit, key, fields=fields, form="agreement", errors=said_of(problem, SAID, "title"), status=422
        )
    return visit.go(f"/agreements/{key}")


@router.post("/agreements/{agreement}/remove")
async def remove_agreement(visit: MemberVisit, agreement: str) -> Response:
    """Take away one that nobody signed."""
    key, fields = id_of(agreement), await visit.form()
    visit.must_be_secretariat()
    try:
        await visit.registry.remove_agreement(key, fields.get("etag", "") or '"0"')
    except StaleVersion:
        return await agreement_page(visit, key, refused=STALE, status=412)
    except Conflict:
        return await agreement_page(visit, key, refused=SIGNED_ALREADY, status=409)
    return visit.go("/agreements")


@router.post("/agreements/{agreement}/signatures")
async def record_signature(visit: MemberVisit, agreement: str) -> Response:
    """Who signed, when, and for whom."""
    key, fields = id_of(agreement), await visit.form()
    visit.must_be_secretariat()
    body, wrong = signature_in(fields)
    if wrong:
        return await agreement_page(visit, key, fields=fields, form="signature", errors=wrong, status=422)
    try:
        await visit.registry.add_signature(key, body)
    except Invalid as problem:
        return await agreement_page(
            visit, key, fields=fields, form="signature", errors=said_of(problem, SAID, "title"), status=422
        )
    return visit.go(f"/agreements/{key}#firmas")


def signature_in(fields: Mapping[str, str]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """A signature as a form sends it, and what is wrong with it."""
    signatory, post = (" ".join(fields.get(name, "").split()) for name in ("signatory", "post"))
    signed = date_in(fields.get("signed_on", ""))
    body: dict[str, Any] = {
        "signatory": signatory, "post": post or None, "signed_on": signed,
        "community": fields.get("community", "").strip() or None,
        "organization": fields.get("organization", "").strip() or None,
    }  # fmt: skip
    wrong: list[tuple[str, str]] = []
    if not signatory or len(signatory) > 300:
        wrong.append(("signatory", SIGNATORY))
    if len(post) > 300:
        wrong.append(("post", POST))
    if signed is None:
        wrong.append(("signed_on", SIGNED))
    if body["community"] is None and body["organization"] is None:
        wrong.append(("community", FOR_WHOM))
    return body, wrong


@router.get("/agreements/{agreement}/signatures/{signature}")
async def show_signature(visit: MemberVisit, agreement: str, signature: str) -> Response:
    """One signature, to correct it or take it out; for the secretariat."""
    return await signature_page(visit, id_of(agreement), id_of(signature))


async def signature_page(
    visit: Visit, key: str, signature: str, *, fields: Mapping[str, str] | None = None,
    errors: Sequence[tuple[str, str]] = (), refused: str | None = None, status: int = 200,
) -> Response:  # fmt: skip
    visit.must_be_secretariat()
    tagged, agreement, communities, organizations = await asyncio.gather(
        visit.registry.signature_to_change(key, signature), visit.registry.agreement_to_change(key),
        visit.registry.communities(), visit.registry.organizations(),
    )  # fmt: skip
    one: SignatureOut = tagged.item
    shown = dict(fields) if fields is not None else {
        "signatory": one.signatory or "", "post": one.post or "", "community": one.community or "",
        "organization": str(one.organization or ""), "signed_on": one.signed_on.isoformat(),
    }  # fmt: skip
    return visit.page(
        "agreement_signature.html", status=status, section="communities", agreement=agreement.item, signature=one,
        etag=tagged.etag, communities=communities, organizations=organizations, fields=shown,
        errors=error_list(errors), refused=refused, today=today(visit).isoformat(),
        demo=visit.caller.demo or one.demo,
    )  # fmt: skip


@router.post("/agreements/{agreement}/signatures/{signature}")
async def correct_signature(visit: MemberVisit, agreement: str, signature: str) -> Response:
    """Correct it, or with `remove` take it out."""
    key, which, fields = id_of(agreement), id_of(signature), await visit.form()
    visit.must_be_secretariat()
    etag = fields.get("etag", "") or '"0"'
    body, wrong = signature_in(fields)
    if wrong and not fields.get("remove"):
        return await signature_page(visit, key, which, fields=fields, errors=wrong, status=422)
    try:
        if fields.get("remove"):
            await visit.registry.remove_signature(key, which, etag)
        else:
            await visit.registry.change_signature(key, which, body, etag)
    except StaleVersion:
        return await signature_page(visit, key, which, fields=fields, refused=STALE, status=412)
    except Invalid as problem:
        return await signature_page(
            visit, key, which, fields=fields, errors=said_of(problem, SAID, "title"), status=422
        )
    return visit.go(f"/agreements/{key}#firmas")
