"""What the coordinator and the secretariat do with an assessment; one transaction each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from services.survey.access import AssessmentToChange, assessment_to_change, assessment_to_review, campaign_to_see
from services.survey.assessments.operations import record, told
from services.survey.assessments.standing import Standing, standing_of
from services.survey.models.operations import instrument_of
from services.survey.results.snapshots import keep_snapshot
from services.survey.review.agreements import keep_beside, minority_notes_in, records_in, rested_on
from services.survey.review.comments import send_comments, settle_all
from services.survey.review.news import announce_step
from services.survey.review.phases import must_be_in_the_communitys_hands
from services.survey.review.summary import Beside, Sort, agreed_out, answers_in, comments_on, summary_of
from services.survey.schemas.answers import AgreedIn, AgreedOut, RespondentAnswer, SummaryOut
from services.survey.schemas.campaigns import AssessmentOut, ReturnIn
from services.survey.tables import Agreement, Campaign
from services.survey.words import AssessmentKey
from shared import idempotency
from shared.answers import JSON
from shared.callers import Caller
from shared.database import Database, WriteSession
from shared.problems import Conflict, FieldError, Invalid, NotAllowed, NotFound, pointer
from shared.tags import Expected, tag


async def read_summary(db: Database, key: AssessmentKey, sort: Sort, *, by: Caller) -> tuple[SummaryOut, int]:
    """What respondents said, by measure; and the assessment's version. Raises NotFound, NotAllowed."""
    async with db.reading(snapshot=True) as reading:
        assessment = await assessment_to_review(reading, key, by)
        campaign = await campaign_to_see(reading, key.year, by)
        standing = await standing_of(reading, campaign, key.community)
        comments = await comments_on(reading, assessment)
        beside = Beside(await minority_notes_in(reading, key), await records_in(reading, key))
    return summary_of(assessment, standing, comments, sort, beside), assessment.version


async def read_answers(db: Database, key: AssessmentKey, measure: str | None, *, by: Caller) -> list[RespondentAnswer]:
    """Every answer with whose it is. Raises NotFound, NotAllowed."""
    async with db.reading(snapshot=True) as reading:
        assessment = await assessment_to_review(reading, key, by)
        campaign = await campaign_to_see(reading, key.year, by)
        instrument = await instrument_of(reading, campaign.model_version)
        rows = await answers_in(reading, assessment, list(instrument.measures))
    return [row for row in rows if measure is None or row.measure == measure]


async def agree_on_level(
    db: Database, key: AssessmentKey, measure: str, wanted: AgreedIn, expected: Expected, zone: ZoneInfo, language: str,
    *, by: Caller,
) -> AgreedOut:  # fmt: skip
    """Record what the community agreed on for a measure. The same again changes nothing.

    Raises NotFound (also for a measure that the model has not), NotAllowed, StaleVersion, Conflict, Invalid.
    """
    async with db.transaction(by=by, to="agree on a level", about=key) as tx:
        assessment = await assessment_to_change(tx, key, by)
        campaign = await campaign_to_see(tx, key.year, by)
        instrument = await instrument_of(tx, campaign.model_version)
        if measure not in instrument.measures:
            raise NotFound(f"The measure {measure[:40]}")
        _must_be_possible(wanted, instrument.top)
        expected.must_match(assessment.version)
        must_be_in_the_communitys_hands(assessment, campaign, zone)
        row = await tx.scalar(
            select(Agreement).where(
                Agreement.year == key.year, Agreement.community_code == key.community, Agreement.measure == measure
            )
        )
        before = (row.level, row.flag, row.note) if row else (None, None, None)
        after = (wanted.level, wanted.flag, (wanted.note or "").strip() or None)
        beside = await keep_beside(tx, assessment, measure, wanted, instrument.top, by=by)
        if before != after:
            if after == (None, None, None):
                await tx.delete(row)
                row = None
            else:
                if row is None:
                    row = Agreement(
                        year=key.year, community_code=key.community, measure=measure, demo=by.demo or assessment.demo
                    )
                    tx.add(row)
                row.level, row.flag, row.note = after
                row.agreed_by, row.agreed_at = by.id, datetime.now(UTC)
            if assessment.state == "not_started":
                assessment.state = "in_progress"
        if before != after or beside:
            assessment.version += 1
        if before != after:
            record(tx, assessment, "agreed", by, measure=measure, level=after[0], flag=after[1])
        await tx.flush()
        rests = rested_on((await records_in(tx, key)).get(measure), row)
        out = agreed_out(measure, row, "", rests, (await minority_notes_in(tx, key)).get(measure, []))
        etag = tag(assessment.version, out.model_dump_json().encode(), language, JSON)
    return out.model_copy(update={"etag": etag})


def _must_be_possible(wanted: AgreedIn, top: int) -> None:
    if wanted.level is not None and wanted.flag is not None:
        raise Invalid.at("/flag", "must be null when there is a level", "level_or_flag")
    if wanted.level is not None and not 0 <= wanted.level <= top:
        raise Invalid.at("/level", f"must be one of {', '.join(str(level) for level in range(top + 1))}", "level")


@dataclass(frozen=True)
class Step:
    """A step of the review that changes an assessment's state, and what else it needs."""

    to: str
    action: str
    check: Callable[[AssessmentToChange, Campaign, Standing, ZoneInfo], None]
    secretariat_only: bool = False
    keeps: str | None = None


async def take_step(
    db: Database, key: AssessmentKey, step: Step, zone: ZoneInfo, language: str, *, by: Caller,
    comments: ReturnIn | None = None,
) -> AssessmentOut:  # fmt: skip
    """Move an assessment on. Raises NotFound, NotAllowed, Conflict, Invalid."""
    async with db.transaction(by=by, to=step.action, about=key) as tx:
        assessment = await assessment_to_change(tx, key, by)
        if step.secretariat_only and not by.is_secretariat:
            raise NotAllowed("Only the secretariat reviews assessments.")
        campaign = await campaign_to_see(tx, key.year, by)
        standing = await standing_of(tx, campaign, key.community)
        step.check(assessment, campaign, standing, zone)
        now = datetime.now(UTC)
        details: dict[str, Any] = {}
        if comments is not None:
            _must_be_measures(comments, standing)
            details["comments"] = await send_comments(tx, assessment, comments, now, by=by)
            assessment.returned_comments = details["comments"]
        if step.to == "accepted":
            await settle_all(tx, assessment, now, by=by)
        if step.keeps is not None:
            snapshot = keep_snapshot(tx, assessment, standing, step.keeps, by=by)
            details |= {"revision": snapshot.revision, "answers_hash": snapshot.answers_hash}
            if step.keeps == "published":
                assessment.published_revision = snapshot.revision
        assessment.state = step.to
        setattr(assessment, f"{step.to}_at", now)
        assessment.version += 1
        record(tx, assessment, step.to, by, **details)
        announce_step(tx, assessment, step.to, by=by)
        tx.note(**{name: value for name, value in details.items() if name != "comments"})
        await tx.flush()
        return await _told(tx, assessment, zone, language, by)


async def _told(
    tx: WriteSession, assessment: AssessmentToChange, zone: ZoneInfo, language: str, by: Caller
) -> AssessmentOut:
    out = await told(tx, assessment, zone, language, by=by)
    idempotency.will_answer(out, status=200, headers={"ETag": out.etag})
    return out


def _must_be_measures(wanted: ReturnIn, standing: Standing) -> None:
    wrong = [
        FieldError(f"/comments/{index}/measure", "is no measure of this model", "unknown")
        for index, comment in enumerate(wanted.comments)
        if comment.measure is not None and comment.measure not in standing.instrument.measures
    ]
    if wrong:
        raise Invalid(errors=wrong)


def _can_be_submitted(
    assessment: AssessmentToChange, campaign: Campaign, standing: Standing, zone: ZoneInfo
) -> None:  # fmt: skip
    must_be_in_the_communitys_hands(assessment, campaign, zone)
    missing = standing.progress.missing
    if missing:
        raise Invalid(
            "Some measures have neither an agreed level nor an answer with a level.",
            errors=[
                FieldError(pointer(code), "needs an agreed level, or a level from a respondent", "missing")
                for code in missing
            ],
        )


def _must_be(*states: str, done: str) -> Callable[[AssessmentToChange, Campaign, Standing, ZoneInfo], None]:
    def check(assessment: AssessmentToChange, campaign: Campaign, standing: Standing, zone: ZoneInfo) -> None:
        if assessment.state not in states:
            raise Conflict(f"The assessment is {assessment.state}; only one that is {' or '.join(states)} is {done}.")

    return check


SUBMIT = Step("submitted", "submit an assessment", _can_be_submitted, keeps="submitted")
RETURN = Step(
    "returned", "return an assessment", _must_be("submitted", "accepted", "published", done="returned"),
    secretariat_only=True,
)  # fmt: skip
ACCEPT = Step(
    "accepted", "accept an assessment", _must_be("submitted", done="accepted"), secretariat_only=True,
    keeps="accepted",
)  # fmt: skip
PUBLISH = Step("published", "publish a result", _must_be("accepted", done="published"), keeps="published")
