"""A version of the Reference Model as the rules see it: codes, weights, scale and bands, without any text; and what
its parts are called."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from shared.languages import pick

DEFAULT_COVERAGE = 2 / 3


@dataclass(frozen=True, slots=True)
class Measure:
    code: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Point:
    """One of the points of analysis (12 in the reference model, unevenly spread over pillars as it pleases)."""

    code: str
    measures: tuple[Measure, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Pillar:
    code: str
    points: tuple[Point, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Band:
    """A maturity level: scores from `start` (inclusive) up to `end` (exclusive; inclusive for the last band)."""

    level: int
    start: float
    end: float


@dataclass(frozen=True)
class Instrument:
    """What a model version asks and how its answers weigh. Levels run from 0 to `top`."""

    version: str
    top: int
    bands: tuple[Band, ...]
    pillars: tuple[Pillar, ...]
    coverage_threshold: float = DEFAULT_COVERAGE

    @cached_property
    def measures(self) -> dict[str, Measure]:
        """Every measure by its code, in the order of the model."""
        return {measure.code: measure for measure in self._walk()}

    def _walk(self) -> Iterator[Measure]:
        for pillar in self.pillars:
            for point in pillar.points:
                yield from point.measures

    @classmethod
    def of(cls, version: str, content: Mapping[str, Any]) -> "Instrument":
        """The rules' view of a stored version, whose shape is that of `GET /models/{version}`."""
        return cls(
            version=version,
            top=max(level["value"] for level in content["scale"]["levels"]),
            bands=tuple(Band(band["level"], band["from"], band["to"]) for band in content["bands"]),
            coverage_threshold=content["coverage_threshold"],
            pillars=tuple(
                Pillar(
                    pillar["code"],
                    tuple(
                        Point(
                            point["code"],
                            tuple(Measure(measure["code"], measure["weight"]) for measure in point["measures"]),
                            point["weight"],
                        )
                        for point in pillar["points"]
                    ),
                    pillar["weight"],
                )
                for pillar in content["pillars"]
            ),
        )


def names_in(content: Mapping[str, Any], language: str) -> dict[str, str]:
    """What pillars, points and measures are called, by code."""
    found: dict[str, str] = {}
    for pillar in content["pillars"]:
        for part in (pillar, *pillar["points"]):
            found[part["code"]] = pick(part["names"], language)
        for point in pillar["points"]:
            found |= {measure["code"]: pick(measure["names"], language) for measure in point["measures"]}
    return found
