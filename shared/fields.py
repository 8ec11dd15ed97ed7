"""What goes over the wire: strict inputs, complete outputs, and the field types that several services use."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints
from pydantic_core import PydanticCustomError

Item = TypeVar("Item", bound=BaseModel)


class Input(BaseModel):
    """A body that a caller sends: unknown fields and wrong types are refused (`true` is not 1, `"3"` is not 3)."""

    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)


class Patch(Input):
    """A JSON Merge Patch (RFC 7396): what is absent stays, null clears. Fields default to None and are optional."""

    @property
    def changes(self) -> dict[str, Any]:
        """What the caller sent, `None` where it sent null."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class Output(BaseModel):
    """An answer. Fields have no defaults, so that clients see them as always there."""

    model_config = ConfigDict(frozen=True)


def _iso_date(value: Any) -> Any:
    if isinstance(value, str):
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        raise PydanticCustomError("date", "must be a date as YYYY-MM-DD")
    return value


def _rfc3339(value: Any) -> Any:
    if isinstance(value, str):
        if re.fullmatch(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", value, re.ASCII):
            try:
                return datetime.fromisoformat(value.upper().replace("Z", "+00:00")).astimezone(UTC)
            except (ValueError, OverflowError):
                pass
        raise PydanticCustomError("time", "must be a time with its zone, such as 2026-03-01T12:00:00Z")
    return value


def _uuid(value: Any) -> Any:
    if isinstance(value, str):
        if re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", value, re.ASCII):
            return UUID(value)
        raise PydanticCustomError("uuid", "must be a UUID")
    return value


def _said(value: str) -> str:
    stripped = value.strip()
    if not stripped:
        raise PydanticCustomError("empty", "must not be empty")
    return stripped


def _web_address(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#@\\]+\.[^\s@\\]+", value) or len(value) > 500:
        raise PydanticCustomError("web_address", "must be a web address that starts with https:// or http://")
    return value


def _email(value: str) -> str:
    stripped = value.strip()
    if len(stripped) > 254 or not re.fullmatch(
        r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\.]+(\.[^\s@<>,;:\"()\[\]\\.]+)+", stripped
    ):
        raise PydanticCustomError("email", "must be an e-mail address")
    return stripped


def utc(value: datetime) -> str:
    """RFC 3339 in UTC with `Z`; microseconds only when there are any."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


Date = Annotated[date, BeforeValidator(_iso_date)]
Time = Annotated[datetime, BeforeValidator(_rfc3339), PlainSerializer(utc, return_type=str, when_used="json")]
Id = Annotated[UUID, BeforeValidator(_uuid)]
Line = Annotated[str, AfterValidator(_said), StringConstraints(max_length=300)]
"""One line of text: a name, a title; trimmed, not empty, at most 300 characters."""
Prose = Annotated[str, StringConstraints(max_length=20_000)]
"""Text of several lines, Markdown where the field says so; at most 20,000 characters."""
WebAddress = Annotated[str, AfterValidator(_web_address)]
Email = Annotated[str, AfterValidator(_email)]
Version = Annotated[int, Field(ge=1, le=2**31 - 1)]
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
Year = Annotated[int, Field(ge=2000, le=2100)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Language = Annotated[str, StringConstraints(pattern=r"^(es|en|pt|fr)$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]


class Page(Output, Generic[Item]):
    """Part of a list. `next` is the cursor of the following part, null at the end."""

    items: list[Item]
    next: str | None


class Counted(Page[Item]):
    """Part of a list that also tells how many there are in all."""

    total: int
