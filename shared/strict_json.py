"""JSON read strictly: what is doubled, unstorable or not JSON at all is refused where it stands."""

import json
from typing import Any, NoReturn

from shared.problems import FieldError, Invalid, Malformed, pointer
from shared.text import forbidden_character, normal

DEEPEST = 40
LONGEST_NUMBER = 400


class Doubled(dict[str, Any]):
    """An object in which a name occurs twice; remembers the first such name."""

    name: str


def read(body: bytes) -> Any:
    """The value in a UTF-8 JSON text, strings in NFC.

    Raises Malformed when it is not JSON (a byte order mark, NaN, a bad escape, nesting beyond 40 levels), Invalid
    with pointers for doubled names, numbers that overflow a double, and characters that cannot be stored.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"The body is not UTF-8 (byte {error.start}).") from None
    try:
        value = json.loads(
            text, object_pairs_hook=_pairs, parse_constant=_constant, parse_int=_integer, parse_float=_decimal
        )
    except RecursionError:
        raise Malformed("The JSON is nested too deeply.") from None
    except json.JSONDecodeError as error:
        raise Malformed(f"The body is not JSON: {error.msg} (line {error.lineno}, column {error.colno}).") from None
    errors: list[FieldError] = []
    checked = _checked(value, (), errors, 0)
    if errors:
        raise Invalid(errors=errors[:100])
    return checked


class _Overflow(float):
    """Stands where a number was that no double can hold."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    seen: set[str] = set()
    doubled = Doubled(plain)
    doubled.name = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
    return doubled


def _constant(name: str) -> NoReturn:
    raise Malformed(f"The body is not JSON: {name} is not a JSON value.")


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= LONGEST_NUMBER else _Overflow("inf")


def _decimal(digits: str) -> float:
    if len(digits) > LONGEST_NUMBER:
        return _Overflow("inf")
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        return _Overflow("inf")
    if number == 0 and any(c in "123456789" for c in digits.lower().split("e")[0]):
        return _Overflow("nan")
    return number + 0.0  # -0.0 becomes 0.0


def _checked(value: Any, at: tuple[str | int, ...], errors: list[FieldError], depth: int) -> Any:
    if depth > DEEPEST:
        raise Malformed(f"The JSON is nested deeper than {DEEPEST} levels.")
    if isinstance(value, str):
        if found := forbidden_character(value):
            errors.append(
                FieldError(pointer(*at), f"contains a character that cannot be stored ({found})", "character")
            )
        return normal(value)
    if isinstance(value, _Overflow):
        errors.append(FieldError(pointer(*at), "must be a number that fits a double", "number"))
        return 0.0
    if isinstance(value, dict):
        if isinstance(value, Doubled):
            errors.append(FieldError(pointer(*at, value.name), "occurs twice in this object", "doubled"))
        out: dict[str, Any] = {}
        for name, item in value.items():
            if found := forbidden_character(name):
                errors.append(FieldError(pointer(*at), f"a name contains {found}", "character"))
                continue
            out[normal(name)] = _checked(item, (*at, name), errors, depth + 1)
        return out
    if isinstance(value, list):
        return [_checked(item, (*at, index), errors, depth + 1) for index, item in enumerate(value)]
    return value
