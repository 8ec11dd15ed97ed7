"""The words of access: which roles there are, in which kind of scope, and who hands them out."""

import re

from shared.callers import NETWORK, Caller

ROLES: dict[str, str] = {
    "secretariat": "network",
    "coordinator": "community",
    "respondent": "community",
    "data_provider": "community",
    "chair": "committee",
    "member": "committee",
    "observer": "committee",
}
"""Role → the kind of scope that it is held in."""

HANDS_OUT = {"coordinator": "community", "chair": "committee"}
"""Besides the secretariat: a coordinator every role of the own community, a chair every role of the own committee."""

STAKEHOLDER_GROUPS = (
    "port_authority", "maritime_authority", "customs", "inspection_agency", "security", "national_government",
    "local_government", "terminal_operator", "nautical_services", "shipping", "freight_forwarder", "customs_broker",
    "road_carrier", "rail_operator", "depot", "cargo_owner", "university", "technology_provider", "labour", "other",
)  # fmt: skip

SCOPE = re.compile(r"(community|committee):([a-z0-9]+(?:-[a-z0-9]+)*)")


def kind_of(scope: str) -> str | None:
    """`network`, `community` or `committee`; None for what is no scope."""
    if scope == NETWORK:
        return NETWORK
    match = SCOPE.fullmatch(scope)
    return match[1] if match and len(scope) <= 100 else None


def may_hand_out(caller: Caller, scope: str) -> bool:
    """Whether this caller may give and take roles in this scope."""
    if caller.is_secretariat:
        return True
    return any(g.scope == scope and HANDS_OUT.get(g.role) == kind_of(scope) for g in caller.grants)


def scopes_handed_out(caller: Caller) -> frozenset[str]:
    """The scopes in which this caller, when not of the secretariat, manages people."""
    return frozenset(g.scope for g in caller.grants if g.role in HANDS_OUT)
