"""Bodies that come as JSON from programs and as form fields from pages without JavaScript."""

import hmac
from dataclasses import dataclass
from typing import Generic, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from shared import idempotency, strict_json
from shared.bodies import read_body
from shared.ids import derived_key
from shared.problems import FieldError, Invalid, UnsupportedMediaType, pointer
from shared.text import forbidden_character, normal
from shared.validation import from_validation

Body = TypeVar("Body", bound=BaseModel)
LARGEST = 64 * 2**10
FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Sent(Generic[Body]):
    """A body and whether a form sent it; `fields` are the form's own, such as `next` and `csrf_token`."""

    body: Body
    is_form: bool
    fields: dict[str, str]


def is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM_TYPE


async def form_fields(request: Request, largest: int = LARGEST) -> dict[str, str]:
    """The fields of a form, in NFC. Raises Invalid for doubled fields and unstorable characters."""
    request._body = await read_body(request, largest)
    form = await request.form(max_fields=2000, max_files=0)
    fields: dict[str, str] = {}
    errors: list[FieldError] = []
    for name, value in form.multi_items():
        if not isinstance(value, str) or name in fields or forbidden_character(value):
            errors.append(FieldError(pointer(name), "is doubled or cannot be stored", "character"))
        else:
            fields[name] = normal(value.replace("\r\n", "\n"))
    if errors:
        raise Invalid(errors=errors)
    return fields


async def json_or_form(request: Request, model: type[Body], *, largest: int = LARGEST) -> Sent[Body]:
    """Read the body either way. Raises Malformed, Invalid, TooLarge or UnsupportedMediaType."""
    pending = idempotency.current()
    if pending is not None:  # keyed, because the body may hold a password
        key = derived_key(request.app.state.settings.secret, "idempotency")
        request._body = await read_body(request, largest)
        pending.body_hash = hmac.digest(key, request._body, "sha256")
    if is_form(request):
        fields = await form_fields(request, largest)
        known = {name: value for name, value in fields.items() if name in model.model_fields and value != ""}
        return Sent(validated(model, known), True, fields)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await read_body(request, largest)
    if media_type != "application/json" and body:
        raise UnsupportedMediaType("Send application/json.")
    return Sent(validated(model, strict_json.read(body) if body else {}), False, {})


def validated(model: type[Body], value: object) -> Body:
    """`value` as the model, or Invalid with pointers."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise from_validation([{**e, "loc": ("body", *e["loc"])} for e in error.errors()]) from None
