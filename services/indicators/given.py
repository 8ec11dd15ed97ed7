"""Numbers as a caller gave them: a value stands for what its digits say, 33.3 for 33.25 to 33.35."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from services.indicators.observations.values import LARGEST


def _given(value: Any) -> Any:
    if value is None or isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("number", "must be a number")
    if not -LARGEST <= value <= LARGEST:
        raise PydanticCustomError("number", "must lie between -1e15 and 1e15")
    return Decimal(value if isinstance(value, int) else repr(value))


Given = Annotated[Decimal, BeforeValidator(_given), WithJsonSchema({"type": "number"})]
"""A number with the digits that the caller gave."""
