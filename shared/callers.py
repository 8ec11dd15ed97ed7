"""Who is asking: the caller that a verified internal token speaks of, and the types that routes ask for."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

from fastapi import Depends, Request

from shared.problems import NotAllowed, NotSignedIn

CallerKind = Literal["public", "user", "client", "service"]
NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role in a scope: `network`, `community:<code>` or `committee:<slug>`."""

    role: str
    scope: str
    stakeholder_group: str | None = None


@dataclass(frozen=True)
class Caller:
    """The public, a person, an API client or a service of the platform; immutable for one request."""

    kind: CallerKind
    id: str
    name: str = ""
    username: str = ""
    email: str = ""
    locale: str = ""
    csrf: str = ""
    grants: tuple[Grant, ...] = ()
    scopes: frozenset[str] = frozenset()
    demo: bool = False
    """Made up by `portsnet demo`: what such a caller makes is marked as demonstration data."""

    @cached_property
    def is_signed_in(self) -> bool:
        return self.kind != "public"

    @cached_property
    def is_secretariat(self) -> bool:
        """The secretariat, or the platform itself at work in the background."""
        return self.kind == "service" or any(g.role == "secretariat" for g in self.grants)

    @cached_property
    def belongs_to_network(self) -> bool:
        """May see what is shared within the Network: any person with a grant, any API client."""
        return self.kind in ("client", "service") or bool(self.grants)

    def scopes_of(self, *roles: str, within: str) -> frozenset[str]:
        """Names in the scopes of one kind: `scopes_of("coordinator", within="community")` → `{"mx-manzanillo"}`.

        Without roles, of any role.
        """
        prefix = f"{within}:"
        return frozenset(
            g.scope.removeprefix(prefix)
            for g in self.grants
            if g.scope.startswith(prefix) and (not roles or g.role in roles)
        )

    def holds(self, *roles: str, scope: str) -> bool:
        """Has one of these roles in exactly this scope."""
        return any(g.scope == scope and g.role in roles for g in self.grants)

    @cached_property
    def communities(self) -> frozenset[str]:
        return self.scopes_of(within="community")

    @cached_property
    def committees(self) -> frozenset[str]:
        return self.scopes_of(within="committee")

    def coordinates(self, community: str) -> bool:
        return self.holds("coordinator", scope=f"community:{community}")


PUBLIC = Caller(kind="public", id="public")


# Dependencies are coroutines: the framework would run plain functions in a thread, which costs more than they do.


async def caller_of(request: Request) -> Caller:
    """Whoever the verified token speaks of. Services put it into the request before a route runs."""
    found: Caller = request.state.caller
    return found


async def signed_in(request: Request) -> Caller:
    caller: Caller = request.state.caller
    if not caller.is_signed_in:
        raise NotSignedIn
    return caller


async def secretariat(request: Request) -> Caller:
    caller = await signed_in(request)
    if not caller.is_secretariat:
        raise NotAllowed("Only the secretariat may do this.")
    return caller


async def of_the_platform(request: Request) -> Caller:
    caller = await signed_in(request)
    if caller.kind != "service":
        raise NotAllowed("Only services of the platform may do this.")
    return caller


Anyone = Annotated[Caller, Depends(caller_of)]
"""The public included; what it shows depends on who asks."""
Member = Annotated[Caller, Depends(signed_in)]
"""Signed in, or 401 before the route begins."""
Secretariat = Annotated[Caller, Depends(secretariat)]
Service = Annotated[Caller, Depends(of_the_platform)]
