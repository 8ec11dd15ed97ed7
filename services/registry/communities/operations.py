"""What people do with communities; one transaction each."""

from datetime import UTC, datetime
from typing import Any

from services.registry.access import community_to_edit, sees_people
from services.registry.communities.queries import members_counts, search_text
from services.registry.days import today
from services.registry.patches import must_not_clear
from services.registry.places import is_country, location_errors
from services.registry.schemas import (
    CommunityIn,
    CommunityOut,
    CommunityPatch,
    ContactOut,
    LocationOut,
    PortIn,
    PortOut,
    StageIn,
    StageOut,
)  # fmt: skip
from services.registry.tables import Community, Port, StageChange
from services.registry.words import is_leap, is_one_step_up
from shared import idempotency
from shared.callers import Caller
from shared.database import Database, Job, WriteSession
from shared.languages import pick
from shared.problems import Conflict, FieldError, Invalid, NotAllowed
from shared.tags import Expected

REQUIRED = ("name", "country", "kind")


async def add_community(db: Database, wanted: CommunityIn, language: str, *, by: Caller) -> tuple[CommunityOut, int]:
    """Add a community to the Network. Raises Invalid, and Conflict for a code that is or was in use."""
    async with db.transaction(by=by, to="add a community", about=wanted.code) as tx:
        if await tx.get(Community, wanted.code) is not None:
            raise Conflict("This code is or was in use, and codes are never used twice.")
        community = Community(
            code=wanted.code, names={language: wanted.name}, country=wanted.country, kind=wanted.kind,
            phase=wanted.phase, stage=wanted.stage, website=wanted.website,
            descriptions={language: wanted.description} if wanted.description else {},
            contacts=[contact.model_dump() for contact in wanted.contacts], languages=wanted.languages,
            size_class=wanted.size_class, version=1, demo=by.demo, stage_since=None, ports=[],
        )  # fmt: skip
        _set_ports(community, wanted.ports)
        if wanted.location is not None:
            _set_location(community, wanted.location.model_dump())
        else:
            _set_location(community, _place_of_primary(community))
        _must_be_possible(community)
        community.search = search_text(community)
        tx.add(community)
        await tx.flush()
        tx.add(StageChange(community_code=community.code, stage=community.stage, recorded_by=by.id, demo=by.demo))
        _announce(tx, community)
        out = community_out(community, 0, by, language)
        where = {"Location": f"/api/v1/registry/communities/{community.code}"}
        idempotency.will_answer(out, headers=where, version=1)
    return out, 1


async def change_community(
    db: Database, code: str, wanted: CommunityPatch, expected: Expected, language: str, *, by: Caller
) -> tuple[CommunityOut, int]:
    """Change some fields of a card. Raises NotFound, NotAllowed, StaleVersion, Invalid."""
    changes = wanted.changes
    async with db.transaction(by=by, to="change a community", about=code) as tx:
        community = await community_to_edit(tx, code, by, frozenset(changes))
        expected.must_match(community.version)
        must_not_clear(changes, REQUIRED)
        before = _state(community)
        with tx.no_autoflush:
            await _apply(tx, community, changes, wanted, language)
            _must_be_possible(community)
        if _state(community) != before:
            community.version += 1
            community.search = search_text(community)
            tx.note(fields=sorted(changes))
            _announce(tx, community)
        counts = await members_counts(tx, [code])
    return community_out(community, counts.get(code, 0), by, language), community.version


async def remove_community(db: Database, code: str, expected: Expected, *, by: Caller) -> None:
    """Take a community out of the directory; its history and its code stay."""
    async with db.transaction(by=by, to="remove a community", about=code) as tx:
        community = await community_to_edit(tx, code, by, frozenset())
        if not by.is_secretariat:
            raise NotAllowed("Only the secretariat removes a community.")
        expected.must_match(community.version)
        community.deleted_at = datetime.now(UTC)
        community.version += 1
        _announce(tx, community)


async def move_to_stage(db: Database, code: str, wanted: StageIn, *, by: Caller) -> StageOut:
    """Record a step in the life cycle: one forward, or back or to `dormant` with a reason."""
    async with db.transaction(by=by, to="move to a stage", about=code) as tx:
        community = await community_to_edit(tx, code, by, frozenset())
        if not by.is_secretariat:
            raise NotAllowed("Only the secretariat records the stage of a community.")
        if wanted.stage == community.stage:
            raise Conflict(f"The community is at {wanted.stage} already.")
        if is_leap(community.stage, wanted.stage):
            raise Conflict(f"From {community.stage} a community moves one stage forward at a time.")
        if not is_one_step_up(community.stage, wanted.stage) and not (wanted.reason or "").strip():
            raise Invalid.at("/reason", "is required for a step back, to dormant or out of it", "missing")
        if wanted.date is not None and wanted.date > today():
            raise Invalid.at("/date", "must not be in the future")
        if wanted.date is not None and community.stage_since is not None and wanted.date < community.stage_since:
            raise Invalid.at("/date", f"must not be before the present stage began ({community.stage_since})")
        change = StageChange(
            community_code=code, stage=wanted.stage, date=wanted.date or today(), note=wanted.note,
            reason=wanted.reason, recorded_by=by.id, recorded_at=datetime.now(UTC), demo=by.demo,
        )  # fmt: skip
        tx.add(change)
        community.stage, community.stage_since = wanted.stage, change.date
        community.version += 1
        await tx.flush()
        _announce(tx, community)
        out = stage_out(change)
        idempotency.will_answer(out)
    return out


def stage_out(row: StageChange) -> StageOut:
    return StageOut(
        id=row.id, stage=row.stage, date=row.date, note=row.note, reason=row.reason, recorded_at=row.recorded_at
    )


def community_out(community: Community, members: int, caller: Caller, language: str) -> CommunityOut:
    """The card as this caller may see it, in this language."""
    contacts: list[dict[str, Any]] = community.contacts
    return CommunityOut(
        code=community.code, name=pick(community.names, language), names=community.names, country=community.country,
        kind=community.kind,
        ports=[
            PortOut(unlocode=p.unlocode, name=p.name, lat=p.lat, lon=p.lon, role=p.role, inferred=p.inferred)
            for p in community.ports
        ],
        location=LocationOut(lat=community.lat, lon=community.lon)
        if community.lat is not None and community.lon is not None
        else None,
        phase=community.phase, stage=community.stage, stage_since=community.stage_since, website=community.website,
        description=pick(community.descriptions, language) or None,
        contacts=[ContactOut.model_validate(contact) for contact in contacts]
        if sees_people(caller, community.code)
        else None,
        size_class=community.size_class, languages=community.languages, members_count=members, demo=community.demo,
    )  # fmt: skip


async def _apply(
    tx: WriteSession, community: Community, changes: dict[str, Any], wanted: CommunityPatch, language: str
) -> None:
    """A singular text is set in one language; null takes it away in all, for nobody sees in which ones it is."""
    for field in ("country", "kind", "phase", "website", "size_class"):
        if field in changes:
            setattr(community, field, changes[field])
    if "languages" in changes:
        community.languages = wanted.languages or []
    if "name" in changes:
        community.names = {**community.names, language: changes["name"]}
    if "description" in changes:
        text = changes["description"]
        community.descriptions = {**community.descriptions, language: text} if text else {}
    if "contacts" in changes:
        community.contacts = [contact.model_dump() for contact in wanted.contacts or []]
    follows = _place(community) in (None, _place_of_primary(community))
    if "ports" in changes:
        await _replace_ports(tx, community, wanted.ports or [])
    if "location" in changes:
        _set_location(community, wanted.location.model_dump() if wanted.location else None)
    elif "ports" in changes and follows:
        _set_location(community, _place_of_primary(community))


async def _replace_ports(tx: WriteSession, community: Community, wanted: list[PortIn]) -> None:
    """Two steps, so that at no moment two ports are the primary one."""
    for port in community.ports:
        port.role = "secondary"
    await tx.flush()
    _set_ports(community, wanted)


def _set_ports(community: Community, wanted: list[PortIn]) -> None:
    known = {port.unlocode: port for port in community.ports}
    community.ports = []
    for port in wanted:
        row = known.get(port.unlocode) or Port(unlocode=port.unlocode, inferred=False)
        row.name, row.lat, row.lon, row.role = port.name, port.lat, port.lon, port.role
        community.ports.append(row)


def _place(community: Community) -> dict[str, float] | None:
    if community.lat is None or community.lon is None:
        return None
    return {"lat": community.lat, "lon": community.lon}


def _place_of_primary(community: Community) -> dict[str, float] | None:
    """Where a community is when nothing else is said: at its primary port; a country is nowhere in particular."""
    primary = next((port for port in community.ports if port.role == "primary"), None)
    if primary is None or community.kind != "port" or primary.lat is None or primary.lon is None:
        return None
    return {"lat": primary.lat, "lon": primary.lon}


def _set_location(community: Community, location: dict[str, float] | None) -> None:
    community.lat = location["lat"] if location else None
    community.lon = location["lon"] if location else None


def _must_be_possible(community: Community) -> None:
    """What one field alone cannot tell, and ports in their order. Raises Invalid with every pointer at once."""
    errors: list[FieldError] = []
    if not is_country(community.country):
        errors.append(FieldError("/country", "must be an ISO 3166-1 alpha-2 code", "country"))
    place = _place(community)
    if community.lat is not None and community.lon is not None and place != _place_of_primary(community):
        errors += location_errors(community.country, community.lat, community.lon, "/location")
    seen: set[str] = set()
    for index, port in enumerate(community.ports):
        if port.unlocode in seen:
            errors.append(FieldError(f"/ports/{index}/unlocode", "occurs twice", "doubled"))
        seen.add(port.unlocode)
        if not port.unlocode.startswith(community.country):
            errors.append(FieldError(f"/ports/{index}/unlocode", f"must begin with {community.country}"))
        if (port.lat is None) != (port.lon is None):
            errors.append(FieldError(f"/ports/{index}/lat", "latitude and longitude go together"))
        elif port.lat is not None and port.lon is not None:
            errors += location_errors(community.country, port.lat, port.lon, f"/ports/{index}/lat")
    if sum(port.role == "primary" for port in community.ports) > 1:
        errors.append(FieldError("/ports", "has more than one primary port"))
    if errors:
        raise Invalid(errors=errors)
    community.ports.sort(key=lambda port: (port.role, port.unlocode))  # as they are read


def _state(community: Community) -> tuple[Any, ...]:
    ports = sorted((p.unlocode, p.name, p.lat, p.lon, p.role) for p in community.ports)
    return (
        community.names, community.country, community.kind, community.phase, community.website, community.descriptions,
        community.contacts, community.languages, community.size_class, community.lat, community.lon, ports,
    )  # fmt: skip


def _announce(tx: WriteSession, community: Community) -> None:
    """Tell the services that keep what they need of a community."""
    tx.announce(Job("community_changed", {"code": community.code}))
