"""`/admin/people` and `/people`: who holds which role, open invitations, and inviting somebody."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from gateway.schemas import InvitationOut, RoleOut
from services.portal.pages.reading import day_in, error_list, wrong_fields
from services.portal.pages.tasks import id_of
from services.portal.pages.words import ROLES
from services.portal.translations import N_
from services.portal.visits import MemberVisit, Visit, page_router
from services.portal.vocabulary import GROUPS
from shared.callers import Caller
from shared.problems import Conflict, Invalid, NotAllowed, NotFound

router = page_router()
HANDS_OUT = {"coordinator": "community", "chair": "committee"}
ROLES_IN = {
    "network": ("secretariat",),
    "community": ("respondent", "coordinator", "data_provider"),
    "committee": ("member", "chair", "observer"),
}
LANGUAGES = {"es": "Español", "en": "English", "pt": "Português", "fr": "Français"}
EMAIL = N_("Escriba una dirección de correo completa, como nombre@organizacion.org.")
ROLE = N_("Elija la función que tendrá.")
GROUP = N_("Elija el grupo por el que responde la encuesta; es solo para quienes la responden.")
SCOPE = N_("Elija una comunidad o un comité que exista.")
LAST = N_("No se quitó: la Secretaría debe tener al menos una persona. Dé antes esa función a otra.")
USED = N_("No se anuló: esa invitación ya fue aceptada. Quite la función de la persona.")
SAID = {"email": EMAIL, "role": ROLE, "stakeholder_group": GROUP, "scope": SCOPE}


@dataclass(frozen=True)
class Scope:
    """Where roles are held: the Network, a community, a committee."""

    code: str
    name: str

    @property
    def kind(self) -> str:
        return self.code.partition(":")[0]


@dataclass(frozen=True)
class Place:
    """Where a page of people is, and what it manages."""

    base: str
    scopes: tuple[Scope, ...]
    scope: Scope | None

    def address(self, **more: str) -> str:
        query = ({"scope": self.scope.code} if self.scope else {}) | more
        return f"{self.base}?{urlencode(query)}" if query else self.base

    def name(self, code: str) -> str:
        return next((scope.name for scope in self.scopes if scope.code == code), code.partition(":")[2] or code)


def scopes_managed(caller: Caller) -> list[str]:
    """The scopes in which somebody who isn't of the secretariat manages people."""
    return sorted(
        grant.scope for grant in caller.grants if HANDS_OUT.get(grant.role) == grant.scope.partition(":")[0]
    )  # fmt: skip


async def place_of(visit: Visit, base: str, asked: str | None) -> Place:
    """Raises NotAllowed for whoever manages nobody, NotFound for a scope that is not theirs."""
    caller = visit.caller
    if base == "/admin/people" and not caller.is_secretariat:
        raise NotAllowed("Only the secretariat manages everybody.")
    managed = scopes_managed(caller)
    if not caller.is_secretariat and not managed:
        raise NotAllowed("Only those who manage people see this page.")
    communities, committees = await asyncio.gather(visit.registry.communities(), visit.workspace.committees())
    every = [
        Scope("network", N_("Toda la Red")),
        *(Scope(f"community:{one.code}", one.name) for one in sorted(communities, key=lambda one: one.name)),
        *(Scope(f"committee:{one.slug}", one.name) for one in committees),
    ]
    scopes = tuple(scope for scope in every if caller.is_secretariat or scope.code in managed)
    if asked is None or asked == "":
        return Place(base, scopes, scopes[0] if len(scopes) == 1 else None)
    found = next((scope for scope in scopes if scope.code == asked), None)
    if found is None:
        raise NotFound
    return Place(base, scopes, found)


@router.get("/admin/people")
async def show_everybody(visit: MemberVisit, scope: str | None = None) -> Response:
    """Everybody, for the secretariat."""
    return await people_page(visit, await place_of(visit, "/admin/people", scope))


@router.get("/people")
async def show_people(visit: MemberVisit, scope: str | None = None) -> Response:
    """One's own people, for coordinators and chairs."""
    return await people_page(visit, await place_of(visit, "/people", scope))


async def people_page(
    visit: Visit, place: Place, *, fields: Mapping[str, str] | None = None, errors: Sequence[dict[str, str]] = (),
    refused: str | None = None, status: int = 200,
) -> Response:  # fmt: skip
    code = place.scope.code if place.scope else None
    grants, invitations = await asyncio.gather(visit.identity.grants(code), visit.identity.invitations(code))
    managed = {scope.code for scope in place.scopes}
    held = [grant for grant in grants if grant.scope in managed or visit.caller.is_secretariat]
    kinds = sorted({scope.kind for scope in ([place.scope] if place.scope else place.scopes)})
    return visit.page(
        "people.html", status=status, section="desk", place=place, people=by_person(held), roles=ROLES,
        waiting=[one for one in invitations if is_open(one)], choices=[r for k in kinds for r in ROLES_IN[k]],
        day=day_in(visit), groups=GROUPS, languages=LANGUAGES, fields=fields or {}, errors=list(errors),
        refused=refused,
        demo=visit.caller.demo or any(grant.demo for grant in held),
    )  # fmt: skip


def is_open(invitation: InvitationOut) -> bool:
    return invitation.accepted_at is None and invitation.expires_at > datetime.now(UTC)


def by_person(grants: Sequence[RoleOut]) -> list[tuple[str, list[RoleOut]]]:
    """Each person with the roles, by name."""
    found: dict[Any, list[RoleOut]] = {}
    for grant in grants:
        found.setdefault(grant.user, []).append(grant)
    return sorted(((held[0].name, held) for held in found.values()), key=lambda pair: pair[0].casefold())


@router.post("/admin/people")
async def invite_anybody(visit: MemberVisit, scope: str | None = None) -> Response:
    """Invite somebody, for the secretariat."""
    return await invite(visit, "/admin/people", scope)


@router.post("/people")
async def invite_own(visit: MemberVisit, scope: str | None = None) -> Response:
    """Invite somebody into one's own community or committee."""
    return await invite(visit, "/people", scope)


async def invite(visit: Visit, base: str, asked: str | None) -> Response:
    place = await place_of(visit, base, asked)
    fields = await visit.form()
    wanted: dict[str, Any] = {
        "email": fields.get("email", "").strip(), "role": fields.get("role", ""), "locale": fields.get("locale", "es"),
        "scope": place.scope.code if place.scope else fields.get("scope", ""),
        "stakeholder_group": (fields.get("stakeholder_group") or None) if fields.get("role") == "respondent" else None,
    }  # fmt: skip
    if wanted["role"] == "secretariat" and not place.scope:
        wanted["scope"] = "network"
    try:
        made = await visit.identity.invite(wanted)
    except Invalid as problem:
        names = wrong_fields(problem)
        found = error_list((name, SAID[name]) for name in SAID if name in names) or error_list([("email", EMAIL)])
        return await people_page(visit, place, fields=fields, errors=found, status=422)
    return visit.go(place.address() + f"#invitacion-{made.id}")


@router.post("/admin/people/invitations/{invitation}")
@router.post("/people/invitations/{invitation}")
async def withdraw(visit: MemberVisit, invitation: str, scope: str | None = None) -> Response:
    """Make a link useless."""
    await visit.form()
    place = await place_of(visit, base_of(visit), scope)
    try:
        await visit.identity.withdraw_invitation(id_of(invitation))
    except Conflict:
        return await people_page(visit, place, refused=USED, status=409)
    return visit.go(place.address())


@router.post("/admin/people/roles/{grant}")
@router.post("/people/roles/{grant}")
async def take_role(visit: MemberVisit, grant: str, scope: str | None = None) -> Response:
    """Take a role away."""
    await visit.form()
    place = await place_of(visit, base_of(visit), scope)
    try:
        await visit.identity.take_role(id_of(grant))
    except Conflict:
        return await people_page(visit, place, refused=LAST, status=409)
    return visit.go(place.address())


def base_of(visit: Visit) -> str:
    return "/admin/people" if visit.request.url.path.startswith("/admin/") else "/people"
