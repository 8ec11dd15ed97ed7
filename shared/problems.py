"""Everything that can go wrong, and how it is told: RFC 9457 problem details, in one place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse, Response

PROBLEM_JSON = "application/problem+json"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: a JSON pointer (RFC 6901) to it, what was expected, a stable code."""

    pointer: str
    message: str
    code: str = "invalid"


class Problem(Exception):
    """A refusal that its reader can act on. Subclasses fix the status and the kind."""

    status = 500
    kind = "internal"
    title = "Something went wrong on our side"

    def __init__(
        self, detail: str | None = None, *, errors: Sequence[FieldError] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        self.detail = detail or self.title
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        super().__init__(self.detail)


class Malformed(Problem):
    status, kind, title = 400, "malformed", "The request cannot be read"


class NotSignedIn(Problem):
    """401. Says how to sign in."""

    status, kind, title = 401, "not-signed-in", "Sign in first"

    def __init__(self, detail: str | None = None, *, scheme: str = 'Bearer realm="portsnet"') -> None:
        super().__init__(detail, headers={"WWW-Authenticate": scheme})


class NotAllowed(Problem):
    """403: the caller is known and may know of the thing, but may not do this."""

    status, kind, title = 403, "not-allowed", "You may not do this"


class NotFound(Problem):
    """404: absent, or hidden from this caller; the answer is the same."""

    status, kind, title = 404, "not-found", "There is nothing here that you can see"

    def __init__(self, what: object = None) -> None:
        super().__init__(f"{what} was not found." if what else None)


class MethodNotAllowed(Problem):
    status, kind, title = 405, "method-not-allowed", "This cannot be done here"


class Conflict(Problem):
    status, kind, title = 409, "conflict", "This does not fit the present state"


class StaleVersion(Problem):
    status, kind, title = 412, "stale-version", "Somebody changed this since you read it"


class TooLarge(Problem):
    status, kind, title = 413, "too-large", "This is larger than accepted"


class UnsupportedMediaType(Problem):
    status, kind, title = 415, "unsupported-media-type", "This kind of content is not accepted here"


class RangeNotSatisfiable(Problem):
    status, kind, title = 416, "range-not-satisfiable", "The file has no such range"


class Invalid(Problem):
    """422: readable, but some values are not acceptable. Carries at least one pointer."""

    status, kind, title = 422, "invalid", "Some values are not acceptable"

    @classmethod
    def at(cls, pointer: str, message: str, code: str = "invalid") -> "Invalid":
        return cls(errors=[FieldError(pointer, message, code)])


class VersionMissing(Problem):
    status, kind, title = 428, "version-missing", "Send If-Match with the ETag that you read"


class TooManyRequests(Problem):
    """429 with `Retry-After` in whole seconds."""

    status, kind, title = 429, "too-many-requests", "Too many requests; wait a moment"

    def __init__(self, retry_after: int, detail: str | None = None) -> None:
        super().__init__(detail, headers={"Retry-After": str(max(1, retry_after))})


class BadUpstream(Problem):
    status, kind, title = 502, "bad-upstream", "A part of the platform answered wrongly"

    def __init__(self, detail: str | None = None, retry_after: int = 5) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


class Unavailable(Problem):
    status, kind, title = 503, "unavailable", "A part of the platform is not available now"

    def __init__(self, detail: str | None = None, retry_after: int = 5) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


class UpstreamTimeout(Problem):
    status, kind, title = 504, "upstream-timeout", "A part of the platform took too long"

    def __init__(self, detail: str | None = None, retry_after: int = 5) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


KINDS: dict[str, type[Problem]] = {
    kind.kind: kind
    for kind in (
        Problem, Malformed, NotSignedIn, NotAllowed, NotFound, MethodNotAllowed, Conflict, StaleVersion, TooLarge,
        UnsupportedMediaType, RangeNotSatisfiable, Invalid, VersionMissing, TooManyRequests, BadUpstream, Unavailable,
        UpstreamTimeout,
    )
}  # fmt: skip
BY_STATUS: dict[int, type[Problem]] = {kind.status: kind for kind in KINDS.values()}


def pointer(*steps: str | int) -> str:
    """A JSON pointer of these steps, escaped as RFC 6901 says."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)


def details(problem: Problem, instance: str) -> dict[str, Any]:
    """The members of a problem document."""
    body: dict[str, Any] = {
        "type": f"/problems/{problem.kind}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": instance,
    }
    if problem.errors:
        body["errors"] = [{"pointer": e.pointer, "message": e.message, "code": e.code} for e in problem.errors]
    return body


def as_response(problem: Problem, instance: str) -> Response:
    return JSONResponse(
        details(problem, instance),
        status_code=problem.status,
        headers={**problem.headers, "Cache-Control": "no-store"},
        media_type=PROBLEM_JSON,
    )


def of_status(status: int, detail: str | None = None, headers: Mapping[str, str] | None = None) -> Problem:
    """A problem for a bare HTTP status, such as one that the web framework raised."""
    kind = BY_STATUS.get(status)
    if kind is None:
        kind = Malformed if 400 <= status < 500 else Problem
    problem = kind.__new__(kind)
    Problem.__init__(problem, None if detail == HTTPStatus(status).phrase else detail, headers=headers)
    problem.status = status
    return problem


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route: what it may refuse with, for the API's documentation."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": BY_STATUS[status].title, "content": {PROBLEM_JSON: {"schema": schema}}}
        for status in statuses
    }


PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457 problem details.",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "message", "code"],
                "properties": {
                    "pointer": {"type": "string"},
                    "message": {"type": "string"},
                    "code": {"type": "string"},
                },
            },
        },
    },
}
