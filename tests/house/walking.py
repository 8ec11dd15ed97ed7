"""Walking the application: every route of every part, as the framework will serve it."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, get_type_hints

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from deploy.local.composition import SERVICES
from gateway.app import SERVICE as GATEWAY

ADDRESSES = Path(__file__).with_name("addresses.txt")
OURS = ("services.", "gateway.", "shared.")


@dataclass(frozen=True)
class Address:
    """One method of one path."""

    part: str
    method: str
    path: str
    route: RouteContext

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def shape(self) -> str:
        """The address with its parameters' names left out: renaming one breaks nobody."""
        return shape(str(self))

    @property
    def is_inner(self) -> bool:
        """For the platform's own parts; the gateway lets nobody else through."""
        return self.path.startswith("/internal/")

    @property
    def is_api(self) -> bool:
        """Part of the documented API, not a page."""
        return self.path.startswith(("/api/v1/", "/auth/", "/oauth/"))

    @property
    def endpoint(self) -> Callable[..., Any]:
        assert self.route.endpoint is not None
        return self.route.endpoint

    @cached_property
    def dependencies(self) -> list[Callable[..., Any]]:
        """Everything that the route asks for before it runs, the deepest included."""

        def below(dependant: Dependant) -> Iterator[Callable[..., Any]]:
            for inner in dependant.dependencies:
                assert inner.call is not None
                yield inner.call
                yield from below(inner)

        return list(below(self.route.dependant))

    def gives(self, name: str) -> bool:
        """Whether something that the route asks for returns a thing of this type."""
        return any(getattr(get_type_hints(call).get("return"), "__name__", "") == name for call in self.dependencies)

    def mentions(self, word: str) -> bool:
        """Whether the route's function, or one of ours that it calls, has this word in its source."""
        return any(word in source for source in _sources(self.endpoint, set()))


def shape(address: str) -> str:
    """`GET /communities/{code}` → `GET /communities/{}`; what follows a parameter in the same step stays."""
    out, depth = "", 0
    for character in address:
        depth += character == "{"
        if depth == 0 or character in "{}":
            out += character
        depth -= character == "}"
    return out


def addresses() -> list[Address]:
    """Every address of every part, in a stable order."""
    found = [
        Address(part, method, route.path or "", route)
        for part, service in {"gateway": GATEWAY, **SERVICES}.items()
        for route in iter_route_contexts(service.application().routes)
        if isinstance(route.original_route, APIRoute)
        for method in sorted(route.methods or ())
    ]
    return sorted(found, key=lambda address: (address.path, address.method, address.part))


def listed() -> list[str]:
    """The public addresses that others may rely on."""
    lines = ADDRESSES.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _sources(function: Callable[..., Any], seen: set[object], depth: int = 0) -> Iterator[str]:
    function = inspect.unwrap(function)
    if function in seen or depth > 6 or not getattr(function, "__module__", "").startswith(OURS):
        return
    seen.add(function)
    source = textwrap.dedent(inspect.getsource(function))
    yield source
    known = inspect.getmodule(function).__dict__
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            called = _resolved(node.func, known)
            if inspect.isfunction(called) or inspect.isclass(called):
                yield from _sources(called, seen, depth + 1)


def _resolved(node: ast.expr, known: dict[str, Any]) -> object:
    """What a name, or a name in a module, stands for; None for what is only known when it runs."""
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _resolved(node.value, known)
        return getattr(owner, node.attr, None) if inspect.ismodule(owner) else None
    return None
