"""What the secretariat does with peer groups; one transaction each."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from services.indicators.peer_groups.groups import Group, curated, names_of
from services.indicators.schemas import PeerGroupIn, PeerGroupOut, PeerGroupPatch
from services.indicators.tables import Community, PeerGroup
from shared import idempotency
from shared.callers import Caller
from shared.database import Database, ReadSession, WriteSession
from shared.languages import pick
from shared.problems import Conflict, FieldError, Invalid, NotFound
from shared.tags import Expected


async def add_group(db: Database, wanted: PeerGroupIn, language: str, *, by: Caller) -> tuple[PeerGroupOut, int]:
    """Put a group together. Raises Invalid, and Conflict for a name that is taken."""
    _must_be_one_kind(wanted.communities is not None, wanted.attributes is not None)
    if wanted.slug == "all":
        raise Invalid.at("/slug", "is the name of a built-in group", "doubled")
    async with db.transaction(by=by, to="add a peer group", about=wanted.slug) as tx:
        if await tx.get(PeerGroup, wanted.slug) is not None:
            raise Conflict("There is a peer group of this name already.")
        row = PeerGroup(
            slug=wanted.slug, names={language: wanted.name}, version=1, demo=by.demo,
            descriptions={language: wanted.description} if wanted.description else {},
            communities=sorted(set(wanted.communities)) if wanted.communities is not None else None,
            attributes=wanted.attributes.model_dump(exclude_none=True) if wanted.attributes is not None else None,
        )  # fmt: skip
        await _must_be_possible(tx, row)
        tx.add(row)
        await tx.flush()
        out = group_out(row, await _communities(tx), language)
        idempotency.will_answer(out, headers={"Location": address_of(row.slug)}, version=1)
    return out, 1


async def change_group(
    db: Database, slug: str, wanted: PeerGroupPatch, expected: Expected, language: str, *, by: Caller
) -> tuple[PeerGroupOut, int]:
    """Change name, description or who is in it. Raises NotFound, StaleVersion, Invalid."""
    changes = wanted.changes
    if "name" in changes and wanted.name is None:
        raise Invalid.at("/name", "cannot be cleared", "required")
    async with db.transaction(by=by, to="change a peer group", about=slug) as tx:
        row = await _group_to_change(tx, slug)
        expected.must_match(row.version)
        before = (row.names, row.descriptions, row.communities, row.attributes)
        _apply(row, changes, wanted, language)
        _must_be_one_kind(row.communities is not None, row.attributes is not None)
        await _must_be_possible(tx, row)
        if before != (row.names, row.descriptions, row.communities, row.attributes):
            row.version += 1
            tx.note(fields=sorted(changes))
        await tx.flush()
        out = group_out(row, await _communities(tx), language)
    return out, row.version


async def remove_group(db: Database, slug: str, expected: Expected, *, by: Caller) -> None:
    """Take a curated group away. Raises NotFound, StaleVersion."""
    async with db.transaction(by=by, to="remove a peer group", about=slug) as tx:
        row = await _group_to_change(tx, slug)
        expected.must_match(row.version)
        await tx.delete(row)


async def group_to_see(db: ReadSession, slug: str) -> PeerGroup:
    found: PeerGroup | None = await db.get(PeerGroup, slug)
    if found is None:
        raise NotFound("This peer group")
    return found


async def _group_to_change(tx: WriteSession, slug: str) -> PeerGroup:
    found: PeerGroup | None = await tx.scalar(select(PeerGroup).where(PeerGroup.slug == slug).with_for_update())
    if found is None:
        raise NotFound("This peer group")
    return found


def _apply(row: PeerGroup, changes: Mapping[str, Any], wanted: PeerGroupPatch, language: str) -> None:
    if wanted.name is not None:
        row.names = {**row.names, language: wanted.name}
    if "description" in changes:
        kept = {key: text for key, text in row.descriptions.items() if key != language}
        row.descriptions = {**kept, language: wanted.description} if wanted.description else kept
    if "communities" in changes:
        row.communities = sorted(set(wanted.communities)) if wanted.communities is not None else None
    if "attributes" in changes:
        given = wanted.attributes
        row.attributes = given.model_dump(exclude_none=True) if given is not None else None


def _must_be_one_kind(has_communities: bool, has_attributes: bool) -> None:
    if has_communities == has_attributes:
        message = (
            "or attributes is required, one of the two" if not has_communities else "and attributes exclude each other"
        )
        raise Invalid.at("/communities", message, "missing" if not has_communities else "doubled")


async def _must_be_possible(tx: WriteSession, row: PeerGroup) -> None:
    """Raises Invalid for communities that the Network does not have, and for attributes that say nothing."""
    if row.attributes is not None and not row.attributes:
        raise Invalid.at("/attributes", "must name at least one attribute", "missing")
    if row.communities is not None:
        known = await _communities(tx)
        unknown = [code for code in row.communities if code not in known]
        if unknown:
            message = f"names no community of the Network: {', '.join(unknown[:5])}"
            raise Invalid(errors=[FieldError("/communities", message, "unknown")])


async def _communities(db: ReadSession | WriteSession) -> dict[str, Community]:
    return {row.code: row for row in await db.scalars(select(Community).where(Community.active))}


def address_of(slug: str) -> str:
    return f"/api/v1/indicators/peer-groups/{slug}"


def group_out(row: PeerGroup, communities: Mapping[str, Community], language: str) -> PeerGroupOut:
    group = curated(row)
    return PeerGroupOut(
        slug=row.slug, name=pick(row.names, language), names=row.names,
        description=pick(row.descriptions, language) or None, built_in=False, attributes=row.attributes,
        communities=row.communities, members=_members(group, communities), demo=row.demo,
    )  # fmt: skip


def built_in_out(group: Group, communities: Mapping[str, Community], language: str) -> PeerGroupOut:
    names = names_of(group)
    return PeerGroupOut(
        slug=group.slug, name=pick(names, language), names=names, description=None, built_in=True,
        attributes={name: list(values) for name, values in group.attributes.items()}, communities=None,
        members=_members(group, communities), demo=False,
    )  # fmt: skip


def _members(group: Group, communities: Mapping[str, Community]) -> int:
    return sum(group.holds(code, community) for code, community in communities.items())
