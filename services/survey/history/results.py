"""Earlier results out of the rows of a table: each checked against the model, then scored by its rules. No I/O."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.survey import scoring
from services.survey.history.table import Fault, Line, number_in, shown
from services.survey.instrument import Instrument, Point
from services.survey.scoring import MeasureScore, level_of, score_point, weighted_mean

NOT_APPLICABLE = {"not_applicable", "not applicable", "no aplica", "não se aplica", "sans objet"}
AGREES = 0.05
"""How far a point's score may be from what its measures give before somebody should look: it was rounded once."""
FIRST_YEAR = 2000
Key = tuple[str, int]


@dataclass
class Told:
    """What the rows say of one community and year: points' scores, measures' levels (None: not applicable)."""

    first_row: int
    scores: dict[str, float] = field(default_factory=dict)
    levels: dict[str, float | None] = field(default_factory=dict)
    rows: int = 0


@dataclass
class Reading:
    told: dict[Key, Told] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)


def read_lines(lines: Iterable[Line], model: Instrument, communities: Iterable[str], this_year: int) -> Reading:
    """What each row says, by community and year; rows that say nothing usable are faults."""
    reading, known = Reading(), frozenset(communities)
    points = {point.code for pillar in model.pillars for point in pillar.points}
    seen: dict[tuple[str, int, str], int] = {}
    for line in lines:
        before = len(reading.faults)
        community = line.cells["community"].lower()
        if community not in known:
            _fault(
                reading,
                line,
                "community",
                "community",
                "is no community of the Network; use its code, such as mx-manzanillo",
            )
        year_text = line.cells["year"]
        year = int(year_text) if len(year_text) == 4 and year_text.isascii() and year_text.isdigit() else 0
        if not FIRST_YEAR <= year <= this_year:
            _fault(reading, line, "year", "year", f"must be a year of four figures from {FIRST_YEAR} to {this_year}")
        code = line.cells["code"]
        if code not in points and code not in model.measures:
            _fault(reading, line, "code", "unknown_code", f"is no point or measure of {model.version}")
        elif (first := seen.setdefault((community, year, code), line.number)) != line.number:
            _fault(reading, line, "code", "doubled", f"says {community}, {year}, {code} again, as row {first} does")
        score, level = line.cells.get("score", ""), line.cells.get("level", "")
        value = _value(reading, line, code, score, level, is_point=code in points, top=model.top)
        if len(reading.faults) > before:
            continue
        told = reading.told.setdefault((community, year), Told(line.number))
        told.rows += 1
        if code in points:
            assert value is not None
            told.scores[code] = value
        else:
            told.levels[code] = value
    return reading


def _fault(reading: Reading, line: Line, column: str, code: str, reason: str) -> None:
    reading.faults.append(Fault(line.number, column, shown(line.cells.get(column, "")), reason, code))


def _value(
    reading: Reading, line: Line, code: str, score: str, level: str, *, is_point: bool, top: int
) -> float | None:  # fmt: skip
    """The score of a point or the level of a measure; None when it does not apply or is wrong."""
    wanted, other, text = ("score", level, score) if is_point else ("level", score, level)
    kind = "point" if is_point else "measure"
    if other:
        column = "level" if is_point else "score"
        _fault(
            reading, line, column, f"{kind}_column", f"{code} is a {kind}: give its {wanted} and leave {column} empty"
        )
        return None
    if not text:
        _fault(
            reading, line, wanted, "empty", f"is empty: {code} is a {kind}; leave the row out where nothing is known"
        )
        return None
    if not is_point and text.lower() in NOT_APPLICABLE:
        return None
    number, highest = number_in(text), 100 if is_point else top
    if number is None:
        _fault(
            reading,
            line,
            wanted,
            "number",
            "is no number such as 62.5 or 62,5; leave the row out where nothing is known",
        )
    elif number > highest:
        _fault(reading, line, wanted, "range", f"must be from 0 to {highest}")
    return number


def result_of(told: Told, model: Instrument) -> dict[str, Any]:
    """The result as it is stored: points as the file gives them, else out of their measures; the rest by the rules."""
    pillars: list[dict[str, Any]] = []
    for pillar in model.pillars:
        points: list[dict[str, Any]] = [_point(point, told, model) for point in pillar.points]
        counted: list[tuple[float, float | None]] = [
            (point.weight, one["score"])
            for point, one in zip(pillar.points, points, strict=True)
            if one["score"] is not None or not _is_out(point, told)
        ]
        score = _mean(counted)
        pillars.append({"code": pillar.code, "score": score, "level": level_of(score, model.bands), "points": points})
    applicable: list[tuple[float, float | None]] = [
        (pillar.weight, one["score"])
        for pillar, one in zip(model.pillars, pillars, strict=True)
        if one["score"] is not None or not all(_is_out(point, told) for point in pillar.points)
    ]
    overall = _mean(applicable)
    basis = {"imported": {"scores": told.scores, "levels": told.levels}, "model_version": model.version}
    return {
        "overall": overall, "level": level_of(overall, model.bands), "worst": None, "best": None, "respondents": 0,
        "groups": 0, "pillars": pillars, "model_version": model.version, "rule_version": scoring.RULE_VERSION,
        "answers_hash": scoring.answers_hash(basis),
    }  # fmt: skip


def _is_out(point: Point, told: Told) -> bool:
    """Whether every measure of a point is said not to apply, and no score of the point is there."""
    out = [measure.code in told.levels and told.levels[measure.code] is None for measure in point.measures]
    return bool(out) and all(out) and point.code not in told.scores


def _mean(pairs: list[tuple[float, float | None]]) -> float | None:
    known = [(weight, score) for weight, score in pairs if score is not None]
    return weighted_mean(known) if known and len(known) == len(pairs) else None


def _point(point: Point, told: Told, model: Instrument) -> dict[str, Any]:
    scored = from_measures(point, told, model)
    score = told.scores.get(point.code, scored.score)
    said = any(measure.code in told.levels for measure in point.measures)
    return {
        "code": point.code, "score": score, "level": level_of(score, model.bands),
        "coverage": scored.coverage if said else None,
        "measures": [
            {
                "code": m.code, "value": m.value, "score": m.score, "source": "imported", "respondents": 0,
                "groups": 0, "applicable": m.applicable,
            }
            for m in scored.measures
        ],
    }  # fmt: skip


def from_measures(point: Point, told: Told, model: Instrument) -> scoring.PointScore:
    """The point's score out of the levels that the file has of its measures."""
    measures = []
    for measure in point.measures:
        level = told.levels.get(measure.code)
        applicable = measure.code not in told.levels or level is not None
        score = None if level is None else 100 * level / model.top
        measures.append(MeasureScore(measure.code, measure.weight, level, score, applicable, "agreed", 0, 0))
    return score_point(point, measures, model)


def odd_points(told: Mapping[Key, Told], model: Instrument) -> list[Fault]:
    """Points whose given score is not what their measures give: the given one is kept, and somebody should look."""
    found = []
    for (community, year), one in told.items():
        for point in (point for pillar in model.pillars for point in pillar.points):
            scored = from_measures(point, one, model).score
            given = one.scores.get(point.code)
            if given is not None and scored is not None and abs(given - scored) > AGREES:
                reason = f"{community}, {year}, {point.code}: its measures give {scored:.4g}; the score given is kept"
                found.append(Fault(one.first_row, "score", f"{given:g}", reason, "differs"))
    return found
