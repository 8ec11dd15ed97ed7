"""A version of the model as the body that stores it, its parts by code, and what a form changes in them. No I/O."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from services.survey.schemas.models import ModelOut
from shared.languages import LANGUAGES

Body = dict[str, Any]
Kind = Literal["pillar", "point", "measure"]
INSIDE: Mapping[str, str] = {"pillar": "points", "point": "measures"}
GENERAL, SCALE = "general", "scale"


@dataclass(frozen=True)
class Part:
    """A pillar, point or measure of a body, where it stands, and what it stands in."""

    kind: Kind
    value: Body
    siblings: list[Body]
    index: int
    parents: tuple[Body, ...]

    @property
    def code(self) -> str:
        return str(self.value["code"])


def body_of(model: ModelOut) -> Body:
    """What `PUT /models/{version}` takes to store the version as it is."""
    told = model.model_dump(mode="json", by_alias=True)
    return {
        **{name: told[name] for name in ("version", "kind", "status", "names", "coverage_threshold", "based_on")},
        "scale": {"levels": [_only(one, "value", "labels") for one in told["scale"]["levels"]]},
        "bands": [_only(one, "level", "from", "to", "labels") for one in told["bands"]],
        "pillars": [
            {
                **_named(pillar),
                "points": [
                    {**_named(q), "measures": [_named(m) | _only(m, "guidance", "levels") for m in q["measures"]]}
                    for q in pillar["points"]
                ],
            }
            for pillar in told["pillars"]
        ],
    }


def _only(told: Mapping[str, Any], *names: str) -> Body:
    return {name: told[name] for name in names}


def _named(told: Mapping[str, Any]) -> Body:
    return _only(told, "code", "names", "weight", "confidence")


def parts_of(body: Body) -> Iterator[Part]:
    """Every pillar, point and measure, in the order of the version."""
    for i, pillar in enumerate(body["pillars"]):
        yield Part("pillar", pillar, body["pillars"], i, ())
        for j, point in enumerate(pillar["points"]):
            yield Part("point", point, pillar["points"], j, (pillar,))
            for k, measure in enumerate(point["measures"]):
                yield Part("measure", measure, point["measures"], k, (pillar, point))


def part_with(body: Body, code: str) -> Part | None:
    return next((part for part in parts_of(body) if part.code == code), None)


def part_at(body: Body, pointer: str) -> str:
    """The code of the innermost part that a JSON pointer leads into, `scale` or `general` otherwise.

    >>> point = {"code": "P1.1", "measures": []}
    >>> part_at({"pillars": [{"code": "P1", "points": [point]}]}, "/pillars/0/points/0/names")
    'P1.1'
    >>> part_at({"pillars": []}, "/bands/0/from")
    'scale'
    """
    steps = pointer.split("/")[1:]
    if steps and steps[0] in ("scale", "bands"):
        return SCALE
    found, here = GENERAL, body.get("pillars", [])
    for name, index in zip(steps[::2], steps[1::2], strict=False):
        if name not in ("pillars", "points", "measures") or not index.isdigit() or int(index) >= len(here):
            break
        part = here[int(index)]
        found, here = str(part["code"]), part.get("points", part.get("measures", []))
    return found


def own_side(body: Body, name: str) -> Any:
    """What the page of a part edits: two people who edit different parts are in nobody's way."""
    if name == GENERAL:
        return {field: body[field] for field in ("names", "status", "coverage_threshold")}
    if name == SCALE:
        return {"scale": body["scale"], "bands": body["bands"]}
    part = part_with(body, name)
    if part is None or part.kind == "measure":
        return None if part is None else part.value
    below = part.value[INSIDE[part.kind]]
    shown = [one["code"] if part.kind == "pillar" else _named(one) for one in below]
    return {**_named(part.value), "below": shown}


def digest(side: Any) -> str:
    """By which a form tells what it was filled in from."""
    text = json.dumps(side, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def new_part(kind: Kind, code: str, name: str, language: str) -> Body:
    """An empty pillar, point or measure."""
    told: Body = {"code": code, "names": {language: name}, "weight": 1.0, "confidence": None}
    if kind in INSIDE:
        return told | {INSIDE[kind]: []}
    return told | {"guidance": None, "levels": []}


def free_code(body: Body, kind: Kind, parent: Body | None) -> str:
    """A code that nothing has yet: `P2.4` after `P2.3`, `M2.3.c` after `M2.3.b`.

    >>> point = {"code": "P1.1", "measures": [{"code": "M1.1.a"}]}
    >>> free_code({"pillars": [{"code": "P1", "points": [point]}]}, "measure", point)
    'M1.1.b'
    """
    taken = {part.code for part in parts_of(body)}
    if kind == "measure" and parent is not None:
        stem = "M" + str(parent["code"]).removeprefix("P")
        options = [f"{stem}.{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]
    else:
        stem = f"{parent['code']}." if parent is not None else "P"
        options = [f"{stem}{number}" for number in range(1, 100)]
    used = parent[INSIDE["pillar" if kind == "point" else "point"]] if parent is not None else body["pillars"]
    return next((code for code in options[len(used) :] if code not in taken), "")


def shift(part: Part, by: int) -> bool:
    """Put a part before or behind its neighbour; False where there is none."""
    other = part.index + by
    if not 0 <= other < len(part.siblings):
        return False
    part.siblings[part.index], part.siblings[other] = part.siblings[other], part.siblings[part.index]
    return True


def weight_text(value: float) -> str:
    """Without a tail of zeros, and without losing anything.

    >>> weight_text(1.0), weight_text(0.1), weight_text(1 / 3)
    ('1', '0.1', '0.3333333333333333')
    """
    return str(int(value)) if value == int(value) else repr(value)


def number_in(text: str) -> float | None:
    """A number above 0 with a decimal point or comma; None for everything else.

    >>> number_in("1,5"), number_in("0.25"), number_in("0"), number_in("-1"), number_in("nan"), number_in("1e400")
    (1.5, 0.25, None, None, None, None)
    """
    plain = text.strip().replace(",", ".", 1)
    whole, _, fraction = plain.partition(".")
    if not (plain.isascii() and len(plain) < 25 and (whole + fraction).isdigit()):
        return None
    found = float(plain)
    return found if 0 < found <= 1_000_000 else None


def texts_in(fields: Mapping[str, str], prefix: str) -> dict[str, str]:
    """The languages of a text that a form has something in."""
    told = {language: fields.get(f"{prefix}.{language}", "").strip() for language in LANGUAGES}
    return {language: text for language, text in told.items() if text}


def names_in(fields: Mapping[str, str], prefix: str) -> dict[str, str]:
    """A text of one line, however many it was typed in."""
    return {language: " ".join(text.split()) for language, text in texts_in(fields, prefix).items()}


def fields_of(prefix: str, texts: Mapping[str, str] | None) -> dict[str, str]:
    """A text by language as a form's fields."""
    return {f"{prefix}.{language}": (texts or {}).get(language, "") for language in LANGUAGES}
