"""An assessment beside the year before, as the review looks at it."""

from collections.abc import Mapping
from math import fsum
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey import scoring
from services.survey.access import assessment_to_review, campaign_to_see
from services.survey.assessments.standing import Standing, standing_of
from services.survey.results import queries
from services.survey.review.agreements import minority_notes_in, records_in, rested_on
from services.survey.review.comments import comments_in
from services.survey.review.flags import Look, flags_of
from services.survey.review.summary import levels_of
from services.survey.schemas.reviewing import LastYearOfMeasure, ReviewMeasure, ReviewOut
from services.survey.tables import Answer, Snapshot
from services.survey.words import AssessmentKey
from shared.callers import Caller
from shared.database import Database


async def read_review(db: Database, key: AssessmentKey, *, by: Caller) -> ReviewOut:
    """Everything that the review looks at, by measure in the order of the model; for the coordinator, too.

    Raises NotFound, NotAllowed.
    """
    async with db.reading(snapshot=True) as reading:
        assessment = await assessment_to_review(reading, key, by)
        campaign = await campaign_to_see(reading, key.year, by)
        standing = await standing_of(reading, campaign, key.community)
        before = await earlier_result(reading, key, by)
        notes, records = await minority_notes_in(reading, key), await records_in(reading, key)
        comments = await comments_in(reading, key, drafts=by.is_secretariat)
        said = await _evidence_and_comments(reading, key)
    then = measures_then(before) if before is not None else {}
    by_code = {measure.code: measure for measure in standing.score.measures()}
    measures = []
    for code in standing.instrument.measures:
        agreement = standing.agreements.get(code)
        rests = rested_on(records.get(code), agreement)
        evidence, written = said.get(code, ([], 0))
        found = _measure(standing, by_code[code], then.get(code), evidence)
        measures.append(
            ReviewMeasure(
                **found, comments=written, votes=rests.votes.total if rests and rests.votes else None,
                present=len(rests.attendance) if rests else None, minority_notes=notes.get(code, []),
                review_comments=[comment for comment in comments if comment.measure == code],
            )
        )  # fmt: skip
    return ReviewOut(
        year=key.year, community=key.community, state=assessment.state, last_year=before.year if before else None,
        same_model=before.model_version == campaign.model_version if before else None,
        overall=standing.score.overall, last_overall=before.result["overall"] if before else None,
        measures=measures, comments=[comment for comment in comments if comment.measure is None],
        demo=assessment.demo,
    )  # fmt: skip


async def earlier_result(db: AsyncSession, key: AssessmentKey, caller: Caller) -> Snapshot | None:
    """The community's result of the newest year before this one that the caller may see."""
    statement = queries.results(caller, community=key.community).where(Snapshot.year < key.year)
    row = (await db.execute(statement.order_by(Snapshot.year.desc()).limit(1))).first()
    return row[0] if row is not None else None


def measures_then(before: Snapshot) -> Mapping[str, LastYearOfMeasure]:
    """An earlier result by the code of the measure: codes stay when texts change, so they are what years share."""
    agreed = {code: one.get("agreed") or {} for code, one in before.basis.get("measures", {}).items()}
    return {
        measure["code"]: LastYearOfMeasure(
            value=measure["value"], score=measure["score"], agreed=agreed.get(measure["code"], {}).get("level"),
            applicable=measure.get("applicable", True),
        )
        for pillar in before.result["pillars"]
        for point in pillar["points"]
        for measure in point["measures"]
    }  # fmt: skip


def _measure(
    standing: Standing, score: scoring.MeasureScore, then: LastYearOfMeasure | None, evidence: list[str]
) -> dict[str, Any]:
    answers = standing.answers.get(score.code, [])
    levels, medians = levels_of(answers), scoring.group_medians(answers)
    agreement = standing.agreements.get(score.code)
    is_agreed = agreement is not None and (agreement.level is not None or agreement.flag == "not_applicable")
    top = standing.instrument.top
    consensus = scoring.consensus(levels, top)
    before = then.value if then is not None else None
    look = Look(
        value=score.value, before=before, applicable=score.applicable, is_agreed=is_agreed,
        groups=fsum(medians.values()) / len(medians) if medians else None, consensus=consensus,
        respondents=len(levels), documents=len(evidence),
    )  # fmt: skip
    return {
        "measure": score.code, "value": score.value, "score": score.score, "applicable": score.applicable,
        "agreed": agreement.level if agreement else None, "agreed_flag": agreement.flag if agreement else None,
        "agreed_note": agreement.note if agreement else None, "medians": medians,
        "mean": fsum(levels) / len(levels) if levels else None, "consensus": consensus, "respondents": len(levels),
        "evidence": evidence, "last_year": then,
        "change": score.value - before if score.value is not None and before is not None else None,
        "flags": flags_of(look, top),
    }  # fmt: skip


async def _evidence_and_comments(db: AsyncSession, key: AssessmentKey) -> dict[str, tuple[list[str], int]]:
    """By measure: the documents that respondents named, each once, and how many comments they wrote."""
    rows = await db.execute(
        select(Answer.measure, Answer.evidence, Answer.comment)
        .where(Answer.year == key.year, Answer.community_code == key.community)
        .order_by(Answer.measure, Answer.updated_at, Answer.respondent_id)
    )
    found: dict[str, tuple[list[str], int]] = {}
    for measure, evidence, comment in rows:
        documents, written = found.get(measure, ([], 0))
        documents = documents + [one for one in evidence if one not in documents]
        found[measure] = (documents, written + (comment is not None))
    return found
