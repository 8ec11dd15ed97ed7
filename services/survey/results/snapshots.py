"""Scores told and kept: the score as it stands, and its snapshots, which never change."""

from datetime import UTC, datetime
from typing import Any

from services.survey import scoring
from services.survey.assessments.standing import Standing
from services.survey.schemas.results import MeasureResult, PillarResult, PointResult, ResultOut
from services.survey.tables import Assessment, Community, Snapshot
from shared.callers import Caller
from shared.database import WriteSession
from shared.languages import pick


def computed(standing: Standing) -> dict[str, Any]:
    """The result of a standing, as it is stored and told, but for whose it is."""
    score = standing.score
    return {
        "overall": score.overall,
        "level": score.level,
        "worst": standing.bounds[0],
        "best": standing.bounds[1],
        "respondents": standing.raters,
        "groups": standing.rating_groups,
        "pillars": [_pillar(pillar).model_dump() for pillar in score.pillars],
        "model_version": standing.instrument.version,
        "rule_version": scoring.RULE_VERSION,
        "answers_hash": scoring.answers_hash(standing.basis),
    }


def _pillar(pillar: scoring.PillarScore) -> PillarResult:
    return PillarResult(
        code=pillar.code, score=pillar.score, level=pillar.level, points=[_point(point) for point in pillar.points]
    )


def _point(point: scoring.PointScore) -> PointResult:
    return PointResult(
        code=point.code, score=point.score, level=point.level, coverage=point.coverage,
        measures=[
            MeasureResult(
                code=m.code, value=m.value, score=m.score, source=m.source, respondents=m.respondents,
                groups=m.groups, applicable=m.applicable,
            )
            for m in point.measures
        ],
    )  # fmt: skip


def keep_snapshot(
    tx: WriteSession, assessment: Assessment, standing: Standing, occasion: str, *, by: Caller
) -> Snapshot:
    """Store the score as it is now as the assessment's next revision. The assessment must be locked."""
    assessment.latest_revision += 1
    result = computed(standing)
    row = Snapshot(
        year=assessment.year, community_code=assessment.community_code, revision=assessment.latest_revision,
        occasion=occasion, model_version=result["model_version"], rule_version=result["rule_version"],
        answers_hash=result["answers_hash"], result=result, basis=standing.basis, computed_at=datetime.now(UTC),
        demo=by.demo or assessment.demo,
    )  # fmt: skip
    tx.add(row)
    return row


def result_of_snapshot(
    row: Snapshot, assessment: Assessment, community: Community, language: str, *, keep_pillar: str | None = None
) -> ResultOut:
    """A stored result. It is `published` when it is the public one, whatever has begun to be corrected since."""
    state = "published" if row.occasion == "published" else assessment.state
    return _result(
        row.result, assessment, community, language, state=state, revision=row.revision,
        computed_at=row.computed_at, demo=row.demo, keep_pillar=keep_pillar,
    )  # fmt: skip


def result_now(standing: Standing, assessment: Assessment, community: Community, language: str) -> ResultOut:
    """The result as things stand."""
    return _result(
        computed(standing), assessment, community, language, state=assessment.state, revision=None,
        computed_at=datetime.now(UTC), demo=assessment.demo, keep_pillar=None,
    )  # fmt: skip


def _result(
    result: dict[str, Any], assessment: Assessment, community: Community, language: str, *, state: str,
    revision: int | None, computed_at: datetime, demo: bool, keep_pillar: str | None,
) -> ResultOut:  # fmt: skip
    pillars = [p for p in result["pillars"] if keep_pillar is None or p["code"] == keep_pillar]
    return ResultOut.model_validate(
        result
        | {
            "community": community.code, "name": pick(community.names, language), "country": community.country,
            "kind": community.kind, "phase": community.phase, "size_class": community.size_class,
            "year": assessment.year, "state": state, "revision": revision, "pillars": pillars,
            "computed_at": computed_at, "demo": demo, "imported": None,
        }
    )  # fmt: skip
