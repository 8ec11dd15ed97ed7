"""What respondents said, measure by measure, as the workshop looks at it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from statistics import median
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey import scoring
from services.survey.assessments.standing import Standing
from services.survey.review.agreements import rested_on
from services.survey.review.flags import DISAGREEMENT_BELOW
from services.survey.schemas.answers import (
    AgreedOut,
    CommentOut,
    GroupSummary,
    MeasureSummary,
    RespondentAnswer,
    SummaryOut,
)  # fmt: skip
from services.survey.schemas.answers import Agreement as AgreementOut
from services.survey.schemas.reviewing import MinorityNoteOut
from services.survey.schemas.workshops import RestedOn
from services.survey.tables import Agreement, Answer, Assessment, Participation, WorkshopRecord

Sort = Literal["model", "consensus"]


def levels_of(answers: Sequence[scoring.Answer]) -> list[int]:
    return [answer.level for answer in answers if answer.level is not None]


def measures_in_disagreement(standing: Standing) -> list[str]:
    """Measures that respondents see differently and on which nothing is agreed yet, in the order of the model."""
    return [code for code in standing.instrument.measures if _in_disagreement(standing, code)]


def _in_disagreement(standing: Standing, code: str) -> bool:
    agreed = standing.agreed.get(code)
    if agreed is not None and (agreed.level is not None or agreed.flag is not None):
        return False
    found = scoring.consensus(levels_of(standing.answers.get(code, ())), standing.instrument.top)
    return found is not None and found < DISAGREEMENT_BELOW


@dataclass(frozen=True)
class Beside:
    """What stands beside the agreements, by measure: minority notes, and the newest record of a workshop."""

    notes: Mapping[str, list[MinorityNoteOut]]
    records: Mapping[str, WorkshopRecord]


def summary_of(
    assessment: Assessment, standing: Standing, comments: dict[str, list[CommentOut]], sort: Sort, beside: Beside
) -> SummaryOut:
    """By measure in the order of the model, or the least consensus first (without any level last)."""
    by_code = {measure.code: measure for measure in standing.score.measures()}
    measures = [
        _measure(standing, by_code[code], comments.get(code, []), beside) for code in standing.instrument.measures
    ]
    if sort == "consensus":
        measures.sort(key=lambda m: (m.consensus is None, m.consensus if m.consensus is not None else 0.0))
    return SummaryOut(
        year=assessment.year, community=assessment.community_code, state=assessment.state,
        respondents=standing.respondents, missing=list(standing.progress.missing), measures=measures,
        demo=assessment.demo,
    )  # fmt: skip


def _measure(
    standing: Standing, score: scoring.MeasureScore, comments: list[CommentOut], beside: Beside
) -> MeasureSummary:  # fmt: skip
    answers = standing.answers.get(score.code, [])
    levels = levels_of(answers)
    counts = Counter(levels)
    agreement = standing.agreements.get(score.code)
    top = standing.instrument.top
    return MeasureSummary(
        measure=score.code,
        groups=[_group(group, answers, top) for group in sorted({answer.stakeholder_group for answer in answers})],
        levels={str(level): counts[level] for level in range(top + 1)},
        not_applicable=sum(answer.flag == "not_applicable" for answer in answers),
        unknown=sum(answer.flag == "unknown" for answer in answers),
        mean=fsum(levels) / len(levels) if levels else None,
        consensus=scoring.consensus(levels, top),
        agreed=_agreement_out(agreement, rested_on(beside.records.get(score.code), agreement)),
        minority_notes=beside.notes.get(score.code, []),
        value=score.value,
        applicable=score.applicable,
        disagreement=_in_disagreement(standing, score.code),
        comments=comments,
    )


def _group(group: str, answers: Sequence[scoring.Answer], top: int) -> GroupSummary:
    own = [answer for answer in answers if answer.stakeholder_group == group]
    levels = levels_of(own)
    counts = Counter(levels)
    return GroupSummary(
        stakeholder_group=group, respondents=len(levels), median=float(median(levels)) if levels else None,
        levels={str(level): counts[level] for level in range(top + 1)},
        not_applicable=sum(answer.flag == "not_applicable" for answer in own),
        unknown=sum(answer.flag == "unknown" for answer in own),
    )  # fmt: skip


def _agreement_out(row: Agreement | None, rests: RestedOn | None) -> AgreementOut | None:
    if row is None:
        return None
    flag: Any = row.flag
    return AgreementOut(level=row.level, flag=flag, note=row.note, agreed_at=row.agreed_at, rested_on=rests)


def agreed_out(
    measure: str, row: Agreement | None, etag: str, rests: RestedOn | None, notes: list[MinorityNoteOut]
) -> AgreedOut:
    told = _agreement_out(row, rests)
    return AgreedOut(
        measure=measure, level=told.level if told else None, flag=told.flag if told else None,
        note=told.note if told else None, agreed_at=told.agreed_at if told else None, rested_on=rests,
        minority_notes=notes, etag=etag,
    )  # fmt: skip


async def comments_on(db: AsyncSession, assessment: Assessment) -> dict[str, list[CommentOut]]:
    """Respondents' comments by measure, with the group and without the name, oldest first."""
    rows = await db.scalars(
        select(Answer)
        .where(
            Answer.year == assessment.year, Answer.community_code == assessment.community_code,
            Answer.comment.is_not(None),
        )
        .order_by(Answer.updated_at, Answer.respondent_id)
    )  # fmt: skip
    found: dict[str, list[CommentOut]] = {}
    for row in rows:
        found.setdefault(row.measure, []).append(
            CommentOut(
                stakeholder_group=row.stakeholder_group, comment=row.comment, level=row.level, flag=row.flag,
                updated_at=row.updated_at,
            )
        )  # fmt: skip
    return found


async def answers_in(db: AsyncSession, assessment: Assessment, order: Sequence[str]) -> list[RespondentAnswer]:
    """Every answer with whose it is: by respondent, in the order of the model."""
    place = {code: index for index, code in enumerate(order)}
    here = (Answer.year == assessment.year) & (Answer.community_code == assessment.community_code)
    same = (
        (Participation.year == Answer.year)
        & (Participation.community_code == Answer.community_code)
        & (Participation.respondent_id == Answer.respondent_id)
    )
    rows = (await db.execute(select(Answer, Participation.name).join(Participation, same).where(here))).all()
    rows = sorted(rows, key=lambda row: (row[0].respondent_id, place.get(row[0].measure, len(place)), row[0].measure))
    return [
        RespondentAnswer(
            respondent=answer.respondent_id, name=name, stakeholder_group=answer.stakeholder_group,
            measure=answer.measure, level=answer.level, flag=answer.flag, comment=answer.comment,
            evidence=answer.evidence, revision=answer.revision, updated_at=answer.updated_at, demo=answer.demo,
        )
        for answer, name in rows
    ]  # fmt: skip
