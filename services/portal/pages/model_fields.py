"""The fields of the pages of a model's editor: what is written into them, and what is read out of them. No I/O.

A field is called as the JSON pointer inside its part, with dots: `names.pt`, `measures.0.weight`, `bands.2.from`.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from services.portal.pages.model_body import (
    GENERAL,
    SCALE,
    Body,
    Part,
    fields_of,
    names_in,
    number_in,
    part_with,
    texts_in,
    weight_text,
)
from services.portal.translations import N_
from shared.problems import FieldError

WEIGHT = N_("Escriba un número mayor que 0, como 1 o 1.5.")
THRESHOLD = N_("Escriba un porcentaje mayor que 0 y hasta 100.")
BOUND = N_("Escriba un número de 0 a 100.")
TOO_LONG = N_("Es demasiado largo.")
LOOK = N_("Revise este dato.")
LINE = N_("Tiene un salto de línea o un signo que no se puede guardar.")


class WrongFields(Exception):
    """Fields that cannot be read, with what to do about each."""

    def __init__(self, messages: Mapping[str, str]) -> None:
        super().__init__(", ".join(messages))
        self.messages = dict(messages)


def wrong_message(error: FieldError) -> str:
    """What to do about a value that the survey refused."""
    if error.code in ("string_too_long", "too_long"):
        return TOO_LONG
    if error.code in ("character", "string_pattern_mismatch", "line"):
        return LINE
    return LOOK


def field_of(name: str, body: Body, pointer: str) -> str:
    """The field of a page that a pointer into the whole version means."""
    steps = pointer.removeprefix("/").replace("/", ".")
    if name in (GENERAL, SCALE):
        return steps.removeprefix("scale.")
    part = part_with(body, name)
    return steps.removeprefix(place_of(body, part) + ".") if part is not None else steps


def place_of(body: Body, wanted: Part) -> str:
    """`pillars.0.points.1`."""
    chain = [*wanted.parents, wanted.value]
    steps, here = [], body["pillars"]
    for name, one in zip(("pillars", "points", "measures"), chain, strict=False):
        steps += [name, str(next(i for i, other in enumerate(here) if other is one))]
        here = one.get("points", one.get("measures", []))
    return ".".join(steps)


def fields_of_side(name: str, body: Body) -> dict[str, str]:
    """What stands in the fields of a page."""
    if name == GENERAL:
        share = body["coverage_threshold"] * 100
        told = {"status": body["status"], "coverage_threshold": weight_text(round(share, 10))}
        return fields_of("names", body["names"]) | told
    if name == SCALE:
        return _fields_of_scale(body)
    part = part_with(body, name)
    return {} if part is None else _fields_of_part(part)


def _fields_of_scale(body: Body) -> dict[str, str]:
    found: dict[str, str] = {}
    for i, level in enumerate(body["scale"]["levels"]):
        found |= fields_of(f"levels.{i}.labels", level["labels"])
    for i, band in enumerate(body["bands"]):
        found |= fields_of(f"bands.{i}.labels", band["labels"]) | {f"bands.{i}.from": weight_text(band["from"])}
    return found


def _fields_of_part(part: Part) -> dict[str, str]:
    found = _named(part.value, "")
    if part.kind == "point":
        for i, measure in enumerate(part.value["measures"]):
            found |= _named(measure, f"measures.{i}.")
    if part.kind == "measure":
        found |= fields_of("guidance", part.value["guidance"])
        for level in part.value["levels"]:
            for field in ("guidance", "examples"):
                found |= fields_of(f"levels.{level['value']}.{field}", level[field])
    return found


def _named(part: Mapping[str, Any], prefix: str) -> dict[str, str]:
    told = {f"{prefix}weight": weight_text(part["weight"]), f"{prefix}confidence": part["confidence"] or ""}
    return fields_of(f"{prefix}names", part["names"]) | told


def read_side(name: str, body: Body, fields: Mapping[str, str]) -> None:
    """Write what a page's fields say into the body. Raises WrongFields."""
    wrong: dict[str, str] = {}
    if name == GENERAL:
        body["names"] = names_in(fields, "names")
        body["status"] = "official" if fields.get("status") == "official" else "reconstruction"
        share = number_in(fields.get("coverage_threshold", ""))
        if share is None or share > 100:
            wrong["coverage_threshold"] = THRESHOLD
        elif abs(share / 100 - body["coverage_threshold"]) > 1e-12:  # two thirds stay two thirds
            body["coverage_threshold"] = share / 100
    elif name == SCALE:
        _read_scale(body, fields, wrong)
    else:
        part = part_with(body, name)
        if part is not None:
            _read_part(part, len(body["scale"]["levels"]), fields, wrong)
    if wrong:
        raise WrongFields(wrong)


def _read_scale(body: Body, fields: Mapping[str, str], wrong: dict[str, str]) -> None:
    """The row behind the last one adds when it is filled in; a row without any text goes."""
    rows = [names_in(fields, f"levels.{i}.labels") for i in range(len(body["scale"]["levels"]) + 1)]
    body["scale"]["levels"] = [{"value": value, "labels": labels} for value, labels in enumerate(filter(None, rows))]
    bands: list[Body] = []
    for i in range(len(body["bands"]) + 1):
        labels = names_in(fields, f"bands.{i}.labels")
        if not labels:
            continue
        start = _bound(fields.get(f"bands.{i}.from", ""))
        if start is None:
            wrong[f"bands.{i}.from"] = BOUND
        bands.append({"level": len(bands) + 1, "from": start or 0.0, "to": 100.0, "labels": labels})
    for band, after in pairwise(bands):
        band["to"] = after["from"]
    body["bands"] = bands


def _bound(text: str) -> float | None:
    found = 0.0 if text.strip().replace(",", ".") in ("0", "0.0") else number_in(text)
    return found if found is not None and found <= 100 else None


def _read_part(part: Part, levels: int, fields: Mapping[str, str], wrong: dict[str, str]) -> None:
    _read_named(part.value, "", fields, wrong)
    if part.kind == "point":
        for i, measure in enumerate(part.value["measures"]):
            _read_named(measure, f"measures.{i}.", fields, wrong)
    if part.kind == "measure":
        part.value["guidance"] = texts_in(fields, "guidance") or None
        said = [
            {
                "value": value,
                **{field: texts_in(fields, f"levels.{value}.{field}") or None for field in ("guidance", "examples")},
            }
            for value in range(levels)
        ]
        part.value["levels"] = [one for one in said if one["guidance"] or one["examples"]]


def _read_named(part: Body, prefix: str, fields: Mapping[str, str], wrong: dict[str, str]) -> None:
    part["names"] = names_in(fields, f"{prefix}names")
    weight = number_in(fields.get(f"{prefix}weight", ""))
    if weight is None:
        wrong[f"{prefix}weight"] = WEIGHT
    else:
        part["weight"] = weight
    confidence = fields.get(f"{prefix}confidence")
    if confidence is not None:
        part["confidence"] = confidence or None
