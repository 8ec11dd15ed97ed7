"""Whether a version of the model can be asked and scored, and which texts it lacks. No I/O."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from services.survey.schemas.models import ModelIn
from shared.languages import LANGUAGES
from shared.problems import FieldError, pointer

REFERENCE = "reference"
PILLARS, POINTS = 4, 12
"""What a model of kind `reference` has, however its points spread over its pillars."""

Steps = tuple[str | int, ...]


def content_of(wanted: ModelIn) -> dict[str, Any]:
    """What is stored of a version: texts as maps with the languages that are there, weights and bounds as doubles."""
    return {
        "scale": {"levels": [{"value": v.value, "labels": _texts(v.labels)} for v in wanted.scale.levels]},
        "bands": [
            {"level": b.level, "from": float(b.start), "to": float(b.end), "labels": _texts(b.labels)}
            for b in wanted.bands
        ],
        "coverage_threshold": wanted.coverage_threshold,
        "pillars": [
            {
                **_named(pillar),
                "points": [
                    {
                        **_named(point),
                        "measures": [
                            {**_named(m), "guidance": _prose(m.guidance), "levels": _levels(m.levels)}
                            for m in point.measures
                        ],
                    }
                    for point in pillar.points
                ],
            }
            for pillar in wanted.pillars
        ],
    }


def _named(part: Any) -> dict[str, Any]:
    return {
        "code": part.code, "names": _texts(part.names), "weight": float(part.weight), "confidence": part.confidence
    }  # fmt: skip


def _texts(given: Any) -> dict[str, str]:
    return {language: text for language in LANGUAGES if (text := getattr(given, language))}


def _prose(given: Any) -> dict[str, str] | None:
    """A longer text by language with plain line ends; None when nothing is said."""
    if given is None:
        return None
    texts = {language: text.replace("\r\n", "\n").replace("\r", "\n") for language, text in _texts(given).items()}
    return texts or None


def _levels(given: Any) -> list[dict[str, Any]]:
    """The levels about which something is said, in the order of the scale."""
    found = [
        {"value": level.value, "guidance": _prose(level.guidance), "examples": _prose(level.examples)}
        for level in given or ()
    ]
    return sorted(
        (level for level in found if level["guidance"] or level["examples"]), key=lambda level: level["value"]
    )  # fmt: skip


def errors_in(wanted: ModelIn) -> list[FieldError]:
    """Everything that keeps this version from being used; empty when it can be."""
    content = content_of(wanted)
    return [
        *_wrong_counts(wanted), *_empty_parts(wanted), *_wrong_codes(wanted), *_wrong_scale(wanted),
        *_wrong_levels(wanted), *_wrong_bands(wanted), *_wrong_texts(content, wanted.languages),
    ]  # fmt: skip


def _wrong_counts(wanted: ModelIn) -> Iterator[FieldError]:
    if wanted.kind != REFERENCE:
        return
    if len(wanted.pillars) != PILLARS:
        yield FieldError(
            "/pillars", f"must be {PILLARS} for a model of kind reference, not {len(wanted.pillars)}", "pillars"
        )
    points = sum(len(pillar.points) for pillar in wanted.pillars)
    if points != POINTS:
        yield FieldError(
            "/pillars", f"must have {POINTS} points in all for a model of kind reference, not {points}", "points"
        )


def _empty_parts(wanted: ModelIn) -> Iterator[FieldError]:
    if not wanted.pillars:
        yield FieldError("/pillars", "must have at least one", "too_short")
    for i, pillar in enumerate(wanted.pillars):
        if not pillar.points:
            yield FieldError(pointer("pillars", i, "points"), "must have at least one", "too_short")
        for j, point in enumerate(pillar.points):
            if not point.measures:
                at = pointer("pillars", i, "points", j, "measures")
                yield FieldError(at, "must have at least one", "too_short")


def _wrong_codes(wanted: ModelIn) -> Iterator[FieldError]:
    seen: set[str] = set()
    for at, code in _codes(wanted):
        if code in seen:
            yield FieldError(pointer(*at, "code"), f"{code} occurs twice", "doubled")
        seen.add(code)


def _codes(wanted: ModelIn) -> Iterator[tuple[Steps, str]]:
    for i, pillar in enumerate(wanted.pillars):
        yield ("pillars", i), pillar.code
        for j, point in enumerate(pillar.points):
            yield ("pillars", i, "points", j), point.code
            for k, measure in enumerate(point.measures):
                yield ("pillars", i, "points", j, "measures", k), measure.code


def _wrong_scale(wanted: ModelIn) -> Iterator[FieldError]:
    if len(wanted.scale.levels) < 2:
        yield FieldError("/scale/levels", "must have at least two", "too_short")
    for index, level in enumerate(wanted.scale.levels):
        if level.value != index:
            yield FieldError(
                f"/scale/levels/{index}/value", f"must be {index}: levels count from 0 without a gap", "order"
            )


def _wrong_levels(wanted: ModelIn) -> Iterator[FieldError]:
    scale = {level.value for level in wanted.scale.levels}
    for i, pillar in enumerate(wanted.pillars):
        for j, point in enumerate(pillar.points):
            for k, measure in enumerate(point.measures):
                seen: set[int] = set()
                for n, level in enumerate(measure.levels or ()):
                    at = pointer("pillars", i, "points", j, "measures", k, "levels", n, "value")
                    if level.value not in scale:
                        yield FieldError(at, "must be a level of the scale", "not_in_scale")
                    if level.value in seen:
                        yield FieldError(at, f"{level.value} occurs twice", "doubled")
                    seen.add(level.value)


def _wrong_bands(wanted: ModelIn) -> Iterator[FieldError]:
    reached: float = 0.0
    if not wanted.bands:
        yield FieldError("/bands", "must have at least one", "too_short")
        return
    for index, band in enumerate(wanted.bands):
        if band.start != reached:
            trouble = "an overlap" if band.start < reached else "a gap"
            yield FieldError(f"/bands/{index}/from", f"must be {reached:g}: there is {trouble} before it", "bands")
        if band.end <= band.start:
            yield FieldError(f"/bands/{index}/to", "must be above `from`", "bands")
        if index and band.level <= wanted.bands[index - 1].level:
            yield FieldError(f"/bands/{index}/level", "must be above the level of the band before it", "bands")
        reached = band.end
    if reached != 100:
        yield FieldError(f"/bands/{len(wanted.bands) - 1}/to", "must be 100: bands cover 0 to 100", "bands")


def _wrong_texts(content: dict[str, Any], claimed: list[Any] | None) -> Iterator[FieldError]:
    for at, texts in texts_in(content):
        if not texts:
            yield FieldError(pointer(*at), "needs its text in at least one language", "language")
            continue
        for language in claimed or ():
            if language not in texts:
                yield FieldError(pointer(*at, language), f"is missing, and `languages` claims {language}", "language")


def texts_in(content: dict[str, Any]) -> Iterator[tuple[Steps, dict[str, str]]]:
    """Every text that a reader is shown, with where it stands; guidance may be missing and is left out."""
    for i, level in enumerate(content["scale"]["levels"]):
        yield ("scale", "levels", i, "labels"), level["labels"]
    for i, band in enumerate(content["bands"]):
        yield ("bands", i, "labels"), band["labels"]
    for i, pillar in enumerate(content["pillars"]):
        yield ("pillars", i, "names"), pillar["names"]
        for j, point in enumerate(pillar["points"]):
            yield ("pillars", i, "points", j, "names"), point["names"]
            for k, measure in enumerate(point["measures"]):
                yield ("pillars", i, "points", j, "measures", k, "names"), measure["names"]


def missing_languages(content: dict[str, Any]) -> dict[str, int]:
    """How many texts lack each language; languages that are complete are not in it."""
    counts = {
        language: sum(language not in texts for _, texts in texts_in(content)) for language in LANGUAGES
    }  # fmt: skip
    return {language: count for language, count in counts.items() if count}


def elements_in(content: Mapping[str, Any]) -> Iterator[tuple[Steps, str, Mapping[str, Any]]]:
    """Every pillar, point and measure with where it stands, in the order of the version."""
    for i, pillar in enumerate(content["pillars"]):
        yield ("pillars", i), "pillar", pillar
        for j, point in enumerate(pillar["points"]):
            yield ("pillars", i, "points", j), "point", point
            for k, measure in enumerate(point["measures"]):
                yield ("pillars", i, "points", j, "measures", k), "measure", measure


def taken_codes(content: Mapping[str, Any], published: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[FieldError]:
    """Codes that mean something else in a published version: codes are for ever.

    `published` are the versions of the same kind, the oldest first. A code that the newest of them has may be
    re-worded, but stays what it is (a measure is never a point). A code that was taken out of use comes back only as
    what it was, with one of its names unchanged.
    """
    once: dict[str, tuple[str, str, list[Mapping[str, str]]]] = {}
    newest: set[str] = set()
    for version, earlier in published:
        newest = set()
        for _, element, part in elements_in(earlier):
            newest.add(part["code"])
            _, _, names = once.get(part["code"], ("", "", []))
            once[part["code"]] = (element, version, [*names, part["names"]])
    for at, element, part in elements_in(content):
        if part["code"] not in once:
            continue
        was, version, names = once[part["code"]]
        if was != element:
            yield FieldError(
                pointer(*at, "code"), f"{part['code']} is a {was} in version {version}: give a new code", "taken"
            )
        elif part["code"] not in newest and not any(_shares_a_text(part["names"], one) for one in names):
            told = next(iter(names[-1].values()), "")
            yield FieldError(
                pointer(*at, "code"),
                f"{part['code']} was «{told}» in version {version}: give a new code, or bring back that name", "taken",
            )  # fmt: skip


def _shares_a_text(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    return any(other.get(language) == text for language, text in one.items())


def optional_texts_in(content: Mapping[str, Any]) -> Iterator[tuple[Steps, dict[str, str]]]:
    """Texts that may be left out as a whole; one that is there in some language should be there in all."""
    for at, element, part in elements_in(content):
        if element == "measure":
            if part["guidance"]:
                yield (*at, "guidance"), part["guidance"]
            for n, level in enumerate(part.get("levels") or ()):
                for field in ("guidance", "examples"):
                    if level[field]:
                        yield (*at, "levels", n, field), level[field]


def missing_texts(content: dict[str, Any]) -> Iterator[tuple[Steps, list[str], bool]]:
    """Where a text lacks which languages, and whether readers need it."""
    for needed, texts in ((True, texts_in(content)), (False, optional_texts_in(content))):
        for at, told in texts:
            missing = [language for language in LANGUAGES if language not in told]
            if missing:
                yield at, missing, needed
