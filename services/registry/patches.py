"""What a PATCH may not do to any resource of the registry."""

from collections.abc import Collection, Mapping
from typing import Any

from shared.problems import FieldError, Invalid


def must_not_clear(changes: Mapping[str, Any], required: Collection[str]) -> None:
    """Raises Invalid naming every required field that a patch would clear."""
    errors = [
        FieldError(f"/{field}", "cannot be cleared", "required")
        for field in required
        if field in changes and changes[field] is None
    ]
    if errors:
        raise Invalid(errors=errors)
