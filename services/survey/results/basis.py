"""Everything that a result was computed from, so that anybody can compute it again."""

from collections.abc import Mapping
from typing import Any

from services.survey import scoring
from services.survey.access import reviews
from services.survey.instrument import Instrument, names_in
from services.survey.models.operations import model_to_see
from services.survey.results.operations import find_result
from services.survey.results.queries import Found
from services.survey.schemas.basis import BandBasis, MeasureBasis, PillarBasis, PointBasis, ResultBasisOut
from services.survey.tables import Model
from shared.callers import Caller
from shared.database import Database
from shared.languages import pick


async def read_result_basis(
    db: Database, community: str, year: int | None, revision: int | None, language: str, *, by: Caller
) -> ResultBasisOut:
    """A result with its weights, and for reviewers what was said. Raises NotFound as the result itself does."""
    async with db.reading(snapshot=True) as reading:
        found = await find_result(reading, community, year, revision, by=by)
        model = await model_to_see(reading, found[0].model_version, by)
    return basis_of_result(found, model, language, with_answers=reviews(by, community))


def basis_of_result(found: Found, model: Model, language: str, *, with_answers: bool) -> ResultBasisOut:
    """What a stored result rests on, with the names of its model."""
    snapshot, assessment, community = found
    result: Mapping[str, Any] = snapshot.result
    instrument = Instrument.of(model.version, model.content)
    names = names_in(model.content, language)
    bounds = scoring.bounds_by_code(instrument, stored_score(instrument, result))
    weights = {code: measure.weight for code, measure in instrument.measures.items()}
    for pillar in instrument.pillars:
        weights[pillar.code] = pillar.weight
        weights |= {point.code: point.weight for point in pillar.points}

    def named(part: Mapping[str, Any]) -> dict[str, Any]:
        return {"code": part["code"], "name": names[part["code"]], "weight": weights[part["code"]]}

    def bounded(part: Mapping[str, Any]) -> dict[str, Any]:
        worst, best = bounds[part["code"]]
        return {**named(part), "score": part["score"], "level": part["level"], "worst": worst, "best": best}

    return ResultBasisOut(
        community=community.code, name=pick(community.names, language), year=snapshot.year,
        revision=snapshot.revision,
        state="published" if snapshot.occasion == "published" else assessment.state,
        overall=result["overall"], level=result["level"], worst=bounds["overall"][0], best=bounds["overall"][1],
        pillars=[
            PillarBasis(
                **bounded(pillar),
                points=[
                    PointBasis(
                        **bounded(point), coverage=point["coverage"],
                        measures=[MeasureBasis(**{**measure, **named(measure)}) for measure in point["measures"]],
                    )
                    for point in pillar["points"]
                ],
            )
            for pillar in result["pillars"]
        ],
        top=instrument.top, coverage_threshold=instrument.coverage_threshold,
        bands=[
            BandBasis(level=band["level"], label=pick(band["labels"], language), start=band["from"])
            for band in model.content["bands"]
        ],
        model_version=model.version, model_status=model.status, rule_version=snapshot.rule_version,
        computed_at=snapshot.computed_at, answers_hash=snapshot.answers_hash,
        basis=snapshot.basis if with_answers else None, demo=snapshot.demo,
    )  # fmt: skip


def stored_score(instrument: Instrument, result: Mapping[str, Any]) -> scoring.Score:
    """The score of a stored result, put together again from its measures."""
    stored = {m["code"]: m for pillar in result["pillars"] for point in pillar["points"] for m in point["measures"]}
    return scoring.score_of_measures(
        instrument,
        {
            code: scoring.MeasureScore(
                code, measure.weight, stored[code]["value"], stored[code]["score"], stored[code]["applicable"],
                stored[code]["source"], stored[code]["respondents"], stored[code]["groups"],
            )
            for code, measure in instrument.measures.items()
        },
    )  # fmt: skip
