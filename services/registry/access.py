"""Who may see and change what in the registry: one condition per resource, and the doors to its rows.

The directory is public: communities, organisations, who is a member of what with which post, activities, agreements and
for whom they were signed. People's names and addresses are not: those of a community's members and contacts are for its
own people and the secretariat; the names of signatories, who signed for everybody to see, are for the whole Network.
"""

from typing import NewType
from uuid import UUID

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import joinedload, selectinload

from services.registry.tables import Activity, Agreement, Community, Membership, Organization, Signature
from shared.callers import Caller
from shared.database import ReadSession, WriteSession
from shared.problems import FieldError, Invalid, NotAllowed, NotFound

CommunityToEdit = NewType("CommunityToEdit", Community)
CommunityToStaff = NewType("CommunityToStaff", Community)
OrganizationToEdit = NewType("OrganizationToEdit", Organization)
MembershipToEdit = NewType("MembershipToEdit", Membership)
ActivityToEdit = NewType("ActivityToEdit", Activity)
AgreementToEdit = NewType("AgreementToEdit", Agreement)
SignatureToEdit = NewType("SignatureToEdit", Signature)

COORDINATORS_FIELDS = frozenset({"name", "website", "description", "contacts"})
"""What a coordinator may change on the card of the own community."""


def visible(caller: Caller) -> ColumnElement[bool]:
    """Communities that this caller may know of: all that were not deleted; the directory is public."""
    return Community.deleted_at.is_(None)


def visible_organizations(caller: Caller) -> ColumnElement[bool]:
    """Organisations that this caller may know of: all."""
    return true()


def visible_activities(caller: Caller) -> ColumnElement[bool]:
    """Activities that this caller may know of: all, also those of a community that has left; they happened."""
    return true()


def visible_agreements(caller: Caller) -> ColumnElement[bool]:
    """Agreements, and their signatures, that this caller may know of: all."""
    return true()


def sees_people(caller: Caller, community: str) -> bool:
    """Whether people's names and addresses in this community are shown: its own people and the secretariat."""
    return caller.is_secretariat or community in caller.communities


def sees_signatories(caller: Caller) -> bool:
    """Whether the names of those who signed are shown: to the Network."""
    return caller.belongs_to_network


async def community_to_see(db: ReadSession, code: str, caller: Caller) -> Community:
    found: Community | None = await db.scalar(
        select(Community).where(Community.code == code, visible(caller)).options(selectinload(Community.ports))
    )
    if found is None:
        raise NotFound("This community")
    return found


async def community_to_edit(tx: WriteSession, code: str, caller: Caller, fields: frozenset[str]) -> CommunityToEdit:
    """The row, locked, for a caller who may change these fields. Raises NotFound, NotAllowed with pointers."""
    found: Community | None = await tx.scalar(
        select(Community)
        .where(Community.code == code, visible(caller))
        .options(selectinload(Community.ports))
        .with_for_update(of=Community)
    )
    if found is None:
        raise NotFound("This community")
    if caller.is_secretariat:
        return CommunityToEdit(found)
    if not caller.coordinates(code):
        raise NotAllowed("Only its coordinator and the secretariat change a community.")
    refused = sorted(fields - COORDINATORS_FIELDS)
    if refused:
        raise NotAllowed(
            "Only the secretariat changes these fields.",
            errors=[FieldError(f"/{field}", "is changed by the secretariat only", "not_allowed") for field in refused],
        )
    return CommunityToEdit(found)


async def community_to_staff(tx: WriteSession, code: str, caller: Caller) -> CommunityToStaff:
    """The row, held against removal, for a caller who may change its members. Raises NotFound, NotAllowed."""
    found: Community | None = await tx.scalar(
        select(Community).where(Community.code == code, visible(caller)).with_for_update(read=True, of=Community)
    )
    if found is None:
        raise NotFound("This community")
    if not (caller.is_secretariat or caller.coordinates(code)):
        raise NotAllowed("Only its coordinator and the secretariat change a community's members.")
    return CommunityToStaff(found)


async def community_named(tx: WriteSession, code: str, caller: Caller, at: str = "/community") -> Community:
    """A community that a body names, held against removal. Raises Invalid at its pointer."""
    found: Community | None = await tx.scalar(
        select(Community).where(Community.code == code, visible(caller)).with_for_update(read=True, of=Community)
    )
    if found is None:
        raise Invalid.at(at, "names no community", "unknown")
    return found


async def organization_named(tx: WriteSession, key: UUID, caller: Caller, at: str = "/organization") -> Organization:
    """An organisation that a body names, held against removal. Raises Invalid at its pointer."""
    found: Organization | None = await tx.scalar(
        select(Organization)
        .where(Organization.id == key, visible_organizations(caller))
        .with_for_update(read=True, key_share=True)
    )
    if found is None:
        raise Invalid.at(at, "names no organisation", "unknown")
    return found


async def organization_to_see(db: ReadSession, key: UUID, caller: Caller) -> Organization:
    found: Organization | None = await db.scalar(
        select(Organization).where(Organization.id == key, visible_organizations(caller))
    )
    if found is None:
        raise NotFound("This organisation")
    return found


async def organization_to_edit(tx: WriteSession, key: UUID, caller: Caller) -> OrganizationToEdit:
    """The row, locked: for the secretariat, and for the coordinator of the only community that it is or was a member
    of, so that nobody changes what another community relies on. Raises NotFound, NotAllowed."""
    found: Organization | None = await tx.scalar(
        select(Organization)
        .where(Organization.id == key, visible_organizations(caller))
        .with_for_update(of=Organization)
    )
    if found is None:
        raise NotFound("This organisation")
    if caller.is_secretariat:
        return OrganizationToEdit(found)
    codes = set(await tx.scalars(select(Membership.community_code).where(Membership.organization_id == key).distinct()))
    if not codes or not all(caller.coordinates(code) for code in codes):
        raise NotAllowed("A coordinator changes an organisation that is a member of the own community and of no other.")
    return OrganizationToEdit(found)


async def membership_to_see(db: ReadSession, code: str, key: UUID, caller: Caller) -> Membership:
    found: Membership | None = await db.scalar(
        select(Membership)
        .join(Community, Community.code == Membership.community_code)
        .where(Membership.id == key, Membership.community_code == code, visible(caller))
        .options(joinedload(Membership.organization))
    )
    if found is None:
        raise NotFound("This member")
    return found


async def membership_to_edit(tx: WriteSession, code: str, key: UUID, caller: Caller) -> MembershipToEdit:
    """The row, locked, for the community's coordinator and the secretariat. Raises NotFound, NotAllowed."""
    await community_to_staff(tx, code, caller)
    found: Membership | None = await tx.scalar(
        select(Membership)
        .where(Membership.id == key, Membership.community_code == code)
        .options(selectinload(Membership.organization))
        .with_for_update(of=Membership)
    )
    if found is None:
        raise NotFound("This member")
    return MembershipToEdit(found)


async def activity_to_see(db: ReadSession, key: UUID, caller: Caller) -> Activity:
    found: Activity | None = await db.scalar(select(Activity).where(Activity.id == key, visible_activities(caller)))
    if found is None:
        raise NotFound("This activity")
    return found


async def activity_to_edit(tx: WriteSession, key: UUID, caller: Caller) -> ActivityToEdit:
    """The row, locked, for the secretariat. Raises NotFound, NotAllowed."""
    found: Activity | None = await tx.scalar(
        select(Activity).where(Activity.id == key, visible_activities(caller)).with_for_update()
    )
    if found is None:
        raise NotFound("This activity")
    _must_be_secretariat(caller)
    return ActivityToEdit(found)


async def agreement_to_see(db: ReadSession, key: UUID, caller: Caller) -> Agreement:
    found: Agreement | None = await db.scalar(select(Agreement).where(Agreement.id == key, visible_agreements(caller)))
    if found is None:
        raise NotFound("This agreement")
    return found


async def agreement_to_edit(tx: WriteSession, key: UUID, caller: Caller) -> AgreementToEdit:
    """The row, locked, for the secretariat. Raises NotFound, NotAllowed."""
    found: Agreement | None = await tx.scalar(
        select(Agreement).where(Agreement.id == key, visible_agreements(caller)).with_for_update()
    )
    if found is None:
        raise NotFound("This agreement")
    _must_be_secretariat(caller)
    return AgreementToEdit(found)


async def signature_to_see(db: ReadSession, agreement: UUID, key: UUID, caller: Caller) -> Signature:
    await agreement_to_see(db, agreement, caller)
    found: Signature | None = await db.scalar(
        select(Signature)
        .where(Signature.id == key, Signature.agreement_id == agreement)
        .options(joinedload(Signature.organization))
    )
    if found is None:
        raise NotFound("This signature")
    return found


async def signature_to_edit(tx: WriteSession, agreement: UUID, key: UUID, caller: Caller) -> SignatureToEdit:
    """The row and its agreement, locked, for the secretariat. Raises NotFound, NotAllowed."""
    await agreement_to_edit(tx, agreement, caller)
    found: Signature | None = await tx.scalar(
        select(Signature)
        .where(Signature.id == key, Signature.agreement_id == agreement)
        .options(selectinload(Signature.organization))
        .with_for_update(of=Signature)
    )
    if found is None:
        raise NotFound("This signature")
    return SignatureToEdit(found)


def _must_be_secretariat(caller: Caller) -> None:
    if not caller.is_secretariat:
        raise NotAllowed("Only the secretariat may do this.")
