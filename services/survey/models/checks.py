"""Whether a version of the model can be asked and scored, and which texts it lacks. No I/O."""

from collections.abc import Iterator
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
                            {**_named(m), "guidance": (_texts(m.guidance) or None) if m.guidance else None}
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


def errors_in(wanted: ModelIn) -> list[FieldError]:
    """Everything that keeps this version from being used; empty when it can be."""
    content = content_of(wanted)
    return [
        *_wrong_counts(wanted), *_wrong_codes(wanted), *_wrong_scale(wanted), *_wrong_bands(wanted),
        *_wrong_texts(content, wanted.languages),
    ]  # fmt: skip


def _wrong_counts(wanted: ModelIn) -> Iterator[FieldError]:
    if wanted.kind != REFERENCE:
        return
    if len(wanted.pillars) != PILLARS:
        yield FieldError("/pillars", f"must be {PILLARS} for a model of kind reference, not {len(wanted.pillars)}")
    points = sum(len(pillar.points) for pillar in wanted.pillars)
    if points != POINTS:
        yield FieldError("/pillars", f"must have {POINTS} points in all for a model of kind reference, not {points}")


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
    for index, level in enumerate(wanted.scale.levels):
        if level.value != index:
            yield FieldError(f"/scale/levels/{index}/value", f"must be {index}: levels count from 0 without a gap")


def _wrong_bands(wanted: ModelIn) -> Iterator[FieldError]:
    reached: float = 0.0
    for index, band in enumerate(wanted.bands):
        if band.start != reached:
            trouble = "an overlap" if band.start < reached else "a gap"
            yield FieldError(f"/bands/{index}/from", f"must be {reached:g}: there is {trouble} before it")
        if band.end <= band.start:
            yield FieldError(f"/bands/{index}/to", "must be above `from`")
        if index and band.level <= wanted.bands[index - 1].level:
            yield FieldError(f"/bands/{index}/level", "must be above the level of the band before it")
        reached = band.end
    if reached != 100:
        yield FieldError(f"/bands/{len(wanted.bands) - 1}/to", "must be 100: bands cover 0 to 100")


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
