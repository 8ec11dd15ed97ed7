"""From what pydantic found to what a caller is told."""

from collections.abc import Sequence
from typing import Any

from shared.problems import FieldError, Invalid, NotFound, Problem, pointer


def from_validation(found: Sequence[Any]) -> Problem:
    """A 422 with a pointer for each wrong field; a path that cannot name anything is a 404."""
    errors: list[FieldError] = []
    for item in found:
        where, *steps = item["loc"]
        if where == "path":
            return NotFound()
        message = {
            "missing": "is required",
            "extra_forbidden": "is not a known field",
            "string_type": "must be text",
        }.get(item["type"]) or item["msg"].replace("Input should be", "must be").replace("Value error, ", "")
        errors.append(FieldError(pointer(*steps), message[:1].lower() + message[1:], item["type"]))
    return Invalid(errors=errors[:100])
