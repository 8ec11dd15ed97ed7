"""The Reference Model as the survey's pages walk it: measures in order, with the pillar and point they belong to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.portal.charts.profile import Band, Profile, ProfilePillar, ProfilePoint
from services.portal.visits import Visit
from services.survey.schemas.answers import AnswerOut, SaidOut
from services.survey.schemas.models import MeasureOut, ModelOut
from services.survey.schemas.results import ResultOut

REMEMBERED = 32
_kept: dict[tuple[str, str], "Instrument"] = {}


@dataclass(frozen=True)
class LevelHelp:
    """What one level means for one measure, in the reader's language where it is there."""

    value: int
    label: str
    guidance: str | None
    examples: str | None


@dataclass(frozen=True)
class Measure:
    """`number` counts from 1 through the whole instrument."""

    code: str
    name: str
    guidance: str | None
    number: int
    pillar: str
    pillar_name: str
    point: str
    point_name: str
    levels: tuple[LevelHelp, ...] = ()


@dataclass(frozen=True)
class Group:
    """A point or a pillar with what is below it."""

    code: str
    name: str
    groups: tuple["Group", ...]
    measures: tuple[Measure, ...]


@dataclass(frozen=True)
class Instrument:
    version: str
    status: str
    pillars: tuple[Group, ...]
    measures: tuple[Measure, ...]
    levels: tuple[Mapping[str, Any], ...]
    bands: tuple[Band, ...]

    def at(self, code: str) -> Measure | None:
        return next((measure for measure in self.measures if measure.code == code), None)

    def before(self, measure: Measure) -> Measure | None:
        return self.measures[measure.number - 2] if measure.number > 1 else None

    def after(self, measure: Measure) -> Measure | None:
        return self.measures[measure.number] if measure.number < len(self.measures) else None

    def label(self, level: int | None) -> str:
        return next((str(one["label"]) for one in self.levels if one["value"] == level), "")


async def instrument_of(visit: Visit, version: str) -> Instrument:
    """A version of the model in the reader's language. A published one never changes, so it is read once."""
    key = (version, visit.language)
    found = _kept.get(key)
    if found is None:
        model = await visit.survey.model(version)
        found = instrument_from(model, visit.language)
        if model.state == "published":
            if len(_kept) >= REMEMBERED:
                _kept.clear()
            _kept[key] = found
    return found


def said_in(texts: Mapping[str, str] | None, language: str) -> str | None:
    """A text in the reader's language, else in any."""
    return (texts or {}).get(language) or next(iter((texts or {}).values()), None)


def levels_of(measure: MeasureOut, model: ModelOut, language: str) -> tuple[LevelHelp, ...]:
    """The levels about which the measure says more than the scale does."""
    labels = {level.value: level.label for level in model.scale.levels}
    return tuple(
        LevelHelp(
            one.value, labels.get(one.value, ""), said_in(one.guidance, language), said_in(one.examples, language)
        )
        for one in measure.levels
    )


def instrument_from(model: ModelOut, language: str) -> Instrument:
    pillars: list[Group] = []
    everything: list[Measure] = []
    for pillar in model.pillars:
        points: list[Group] = []
        for point in pillar.points:
            measures: list[Measure] = []
            for one in point.measures:
                guidance = said_in(one.guidance, language)
                number = len(everything) + 1
                measure = Measure(
                    one.code, one.name, guidance, number, pillar.code, pillar.name, point.code, point.name,
                    levels_of(one, model, language),
                )  # fmt: skip
                measures.append(measure)
                everything.append(measure)
            points.append(Group(point.code, point.name, (), tuple(measures)))
        inside = tuple(measure for point in points for measure in point.measures)
        pillars.append(Group(pillar.code, pillar.name, tuple(points), inside))
    return Instrument(
        version=model.version, status=model.status, pillars=tuple(pillars), measures=tuple(everything),
        levels=tuple({"value": level.value, "label": level.label} for level in model.scale.levels),
        bands=tuple(Band(band.level, band.start, band.label) for band in model.bands),
    )  # fmt: skip


def chosen(said: AnswerOut | SaidOut | None) -> str | None:
    """The radio button of an answer: a level as text, or the flag."""
    if said is None:
        return None
    return said.flag or (None if said.level is None else str(said.level))


def degree(said: Any) -> int | str | None:
    """What `ui.degree_chip` shows of an answer or agreement: a level, a flag, or nothing."""
    if said is None:
        return None
    flag: str | None = said.flag
    level: int | None = said.level
    return flag or level


def profile_of(result: ResultOut, instrument: Instrument, key: str, title: str) -> Profile:
    """A score as radar and bars draw it."""
    scores = {point.code: point.score for pillar in result.pillars for point in pillar.points}
    by_pillar = {pillar.code: pillar.score for pillar in result.pillars}
    pillars = tuple(
        ProfilePillar(
            pillar.code, pillar.name,
            tuple(ProfilePoint(point.code, point.name, scores.get(point.code)) for point in pillar.groups),
            score=by_pillar.get(pillar.code),
        )
        for pillar in instrument.pillars
    )  # fmt: skip
    return Profile(key, title, pillars, str(result.year), bands=instrument.bands)


def names_of(instrument: Instrument) -> Mapping[str, str]:
    return {measure.code: measure.name for measure in instrument.measures}
