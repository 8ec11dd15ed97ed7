"""Saving a part of one's own answers: at once where it is as usual, else by a statement that takes the locks, one that
reads what is stored, and one that writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Boolean, DateTime, Integer, Text, bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.survey.access import Respondent, respondent_by_grant, respondent_of
from services.survey.answers.at_once import Asked, remember, save_at_once
from services.survey.answers.checks import Said, digest_of, errors_in, merged, stored
from services.survey.campaigns.state import state_of, takes_answers
from services.survey.evidence.operations import foreign_evidence
from services.survey.instrument import Instrument
from services.survey.models.operations import instrument_of, remembered_instrument
from services.survey.schemas.answers import AnswerIn, AnswersIn, ConflictOut, SavedAnswer, SavedOut
from services.survey.tables import (
    Answer,
    Assessment,
    Campaign,
    KeptAside,
    Model,
    Participation,
    Receipt,
)  # fmt: skip
from services.survey.words import AssessmentKey
from shared.callers import Caller
from shared.database import Database, WriteSession
from shared.ids import uuid7
from shared.problems import Conflict, Invalid, NotFound

_WRITING = text("""
WITH said AS (
    SELECT * FROM jsonb_to_recordset(:said)
        AS said (measure text, revision integer, level integer, flag text, comment text, evidence jsonb)
), present AS (
    INSERT INTO survey.answers (year, community_code, respondent_id, measure, revision, level, flag, comment, evidence,
        stakeholder_group, updated_at, demo)
    SELECT :year, :community, :respondent, said.*, :stakeholder_group, :now, :demo FROM said
    ON CONFLICT (year, community_code, respondent_id, measure) DO UPDATE
    SET revision = excluded.revision, level = excluded.level, flag = excluded.flag, comment = excluded.comment,
        evidence = excluded.evidence, stakeholder_group = excluded.stakeholder_group, updated_at = excluded.updated_at
), every AS (
    INSERT INTO survey.answer_revisions (year, community_code, respondent_id, measure, revision, level, flag, comment,
        evidence, stakeholder_group, saved_at, demo)
    SELECT :year, :community, :respondent, said.*, :stakeholder_group, :now, :demo FROM said
), settled AS (
    UPDATE survey.answers_kept_aside SET settled_at = :now
    WHERE year = :year AND community_code = :community AND respondent_id = :respondent AND settled_at IS NULL
        AND measure IN (SELECT jsonb_array_elements_text(:settled))
), told AS (
    INSERT INTO survey.receipts (year, community_code, respondent_id, client_id, client_seq, body_hash, told, demo)
    SELECT :year, :community, :respondent, receipt.*, :demo FROM jsonb_to_recordset(:receipts)
        AS receipt (client_id text, client_seq integer, body_hash text, told jsonb)
)
INSERT INTO survey.events (id, year, community_code, at, actor_id, actor_name, action, details, demo)
SELECT event.id, :year, :community, :now, :respondent, :name, 'answered', event.details, :demo
FROM jsonb_to_recordset(:events) AS event (id uuid, details jsonb)
""").bindparams(
    *(bindparam(name, type_=JSONB) for name in ("said", "settled", "receipts", "events")),
    *(bindparam(name, type_=Text) for name in ("community", "respondent", "stakeholder_group", "name")),
    bindparam("year", type_=Integer),
    bindparam("now", type_=DateTime(timezone=True)),
    bindparam("demo", type_=Boolean),
)
"""Stores answers, every value they ever had, what is settled by them, what was told, and who did it. Rows come as JSON
(`said`, `receipts`, `events`: lists of objects), so that it is the same statement however many."""


_YEAR: Any = bindparam("year")
_COMMUNITY: Any = bindparam("community")
_RESPONDENT: Any = bindparam("respondent")
_LOCKED = (
    select(Campaign, Assessment, Model.published_at)
    .join(Model, Model.version == Campaign.model_version)
    .join(Assessment, Assessment.year == Campaign.year)
    .join(
        Participation,
        (Participation.year == Assessment.year) & (Participation.community_code == Assessment.community_code),
    )
    .where(
        Campaign.year == _YEAR, Assessment.community_code == _COMMUNITY, Participation.respondent_id == _RESPONDENT
    )
    .suffix_with("FOR SHARE OF campaigns FOR UPDATE OF participations FOR SHARE OF assessments")
)  # fmt: skip
"""The campaign, the assessment and since when its model is published; locked, with the respondent's own row.

Closing the campaign waits for this save, or this save for the closing. The assessment is shared among respondents, so
that they do not wait for each other. One save of a respondent at a time: several devices, or a repeat after a cut
connection, wait.
"""
_UNDER_WAY = _LOCKED.where(Campaign.opened_at.is_not(None), Assessment.state != "not_started")
"""The same for a respondent of the community by grant, who may see it once the campaign was opened."""
_ANSWERS = select(
    Answer.measure, Answer.revision, Answer.level, Answer.flag, Answer.comment, Answer.evidence
).where(
    Answer.year == _YEAR, Answer.community_code == _COMMUNITY, Answer.respondent_id == _RESPONDENT,
    Answer.measure.in_(bindparam("measures", expanding=True)),
)  # fmt: skip


@dataclass
class Sitting:
    """One respondent's save under way."""

    tx: WriteSession
    key: AssessmentKey
    respondent: Respondent
    campaign: Campaign
    assessment: Assessment
    published_at: datetime | None
    instrument: Instrument
    now: datetime
    demo: bool
    said: dict[str, tuple[int, Said]] = field(default_factory=dict)
    """What to store: revision and value by measure."""
    settled: list[str] = field(default_factory=list)

    @property
    def whose(self) -> dict[str, object]:
        return {
            "year": self.key.year, "community_code": self.key.community, "respondent_id": self.respondent.id
        }  # fmt: skip


async def save_answers(
    db: Database, key: AssessmentKey, wanted: AnswersIn, zone: ZoneInfo, *, by: Caller
) -> SavedOut:  # fmt: skip
    """Save a part of the caller's answers: all that is valid and not overtaken, or nothing when something is invalid.

    Raises NotFound, NotAllowed, Invalid with pointers, Conflict when answers are not taken.
    """
    at_once = await save_at_once(db, key, wanted, zone, by=by)
    if at_once is not None:
        return at_once
    async with db.transaction(by=by, to="save answers", about=key) as tx:
        sitting = await _sat_down(tx, key, by)
        rows = await _answers_to(sitting, wanted)
        errors = errors_in(wanted, sitting.instrument, rows.keys())
        errors += await foreign_evidence(
            tx, key.community, [
                (f"/answers/{place}/evidence/{index}", one)
                for place, answer in enumerate(wanted.answers)
                for index, one in enumerate(answer.evidence or ())
            ],
        )  # fmt: skip
        if errors:
            raise Invalid(errors=errors[:100])
        before = await _told_before(sitting, wanted)
        if before is not None:
            return before
        _must_take_answers(sitting, zone)
        out = await _compared(sitting, wanted.answers, rows)
        await _write(sitting, wanted, out, by)
        tx.note(saved=len(sitting.said), conflicts=len(out.conflicts))
    if sitting.published_at is not None:
        remember(db, key.year, Asked(sitting.campaign.model_version, sitting.published_at))
    return out


async def _sat_down(tx: WriteSession, key: AssessmentKey, by: Caller) -> Sitting:
    """Raises NotFound, NotAllowed."""
    found = None
    whose = {"year": key.year, "community": key.community, "respondent": by.id}
    respondent = respondent_by_grant(key, by)
    if respondent is not None:
        found = (await tx.execute(_UNDER_WAY, whose)).one_or_none()
    if found is None:
        respondent = await respondent_of(tx, key, by)
        await _begin(tx, key, respondent, by)
        found = (await tx.execute(_LOCKED, whose)).one_or_none()
    if found is None or respondent is None:
        raise NotFound("This assessment")
    campaign, assessment, published_at = found
    return Sitting(
        tx, key, respondent, campaign, assessment, published_at,
        instrument=remembered_instrument(campaign.model_version, published_at)
        or await instrument_of(tx, campaign.model_version),
        now=datetime.now(UTC),
        demo=by.demo or assessment.demo,
    )  # fmt: skip


async def _begin(tx: WriteSession, key: AssessmentKey, respondent: Respondent, by: Caller) -> None:
    """The first save of a respondent. That of the first respondent holds the assessment alone, to change its state.

    Alone is FOR NO KEY UPDATE: the foreign keys of the rows of others who begin hold a KEY SHARE on this row.
    """
    await tx.execute(select(Campaign.year).where(Campaign.year == key.year).with_for_update(read=True))
    whose = {"year": key.year, "community_code": key.community, "respondent_id": respondent.id}
    await tx.execute(
        insert(Participation).values(whose | {"name": respondent.name, "demo": by.demo}).on_conflict_do_nothing()
    )
    await tx.execute(select(Participation.respondent_id).filter_by(**whose).with_for_update())
    here = select(Assessment.state).where(Assessment.year == key.year, Assessment.community_code == key.community)
    if await tx.scalar(here) == "not_started":
        await tx.execute(here.with_for_update(key_share=True))


def _must_take_answers(sitting: Sitting, zone: ZoneInfo) -> None:
    if takes_answers(sitting.campaign, sitting.assessment, sitting.now, zone):
        return
    found = state_of(sitting.campaign, sitting.now, zone)
    if found != "open":
        raise Conflict(f"The campaign is {found}; it takes no answers.")
    raise Conflict(f"The assessment is {sitting.assessment.state}; it takes no more answers.")


async def _answers_to(sitting: Sitting, wanted: AnswersIn) -> dict[str, Any]:
    """What is stored of the measures that are answered now."""
    connection = await sitting.tx.connection()
    rows = await connection.execute(
        _ANSWERS,
        {
            "year": sitting.key.year, "community": sitting.key.community, "respondent": sitting.respondent.id,
            "measures": [answer.measure for answer in wanted.answers],
        },
    )  # fmt: skip
    return {row.measure: row for row in rows}


async def _told_before(sitting: Sitting, wanted: AnswersIn) -> SavedOut | None:
    """What this numbered call was told when it came the first time. Raises Invalid when it said something else."""
    if wanted.client_id is None or wanted.client_seq is None:
        return None
    receipt = await sitting.tx.get(Receipt, (*sitting.whose.values(), wanted.client_id, wanted.client_seq))
    if receipt is None:
        return None
    if receipt.body_hash != digest_of(wanted):
        raise Invalid.at("/client_seq", "was used before with other answers", "client_seq")
    return SavedOut.model_validate(receipt.told)


async def _compared(sitting: Sitting, wanted: Sequence[AnswerIn], rows: Mapping[str, Any]) -> SavedOut:
    """What is to be stored, and what the caller is told of it."""
    out = SavedOut(saved=[], conflicts=[])
    for answer in wanted:
        row = rows.get(answer.measure)
        theirs = stored(row) if row is not None else None
        mine = merged(answer, theirs)
        revision = row.revision if row is not None else 0
        is_latest = (answer.base_revision or 0) == revision
        if mine == theirs:
            out.saved.append(SavedAnswer(measure=answer.measure, revision=revision, unchanged=True))
        elif is_latest:
            sitting.said[answer.measure] = revision + 1, mine
            out.saved.append(SavedAnswer(measure=answer.measure, revision=revision + 1, unchanged=False))
        else:
            await _keep_aside(sitting, answer, mine)
            told = theirs.out() if theirs else None
            out.conflicts.append(ConflictOut(measure=answer.measure, mine=mine.out(), theirs=told, revision=revision))
        if is_latest:  # somebody who saves on top of it has seen it: what was kept aside is decided
            sitting.settled.append(answer.measure)
    return out


async def _keep_aside(sitting: Sitting, answer: AnswerIn, mine: Said) -> None:
    """Keep what came too late, once however often it comes."""
    waiting = await sitting.tx.scalars(
        select(KeptAside).filter_by(**sitting.whose, measure=answer.measure, settled_at=None)
    )
    if any(stored(row) == mine for row in waiting):
        return
    sitting.tx.add(
        KeptAside(
            **sitting.whose, **mine.columns(), measure=answer.measure,
            stakeholder_group=sitting.respondent.stakeholder_group, base_revision=answer.base_revision or 0,
            received_at=sitting.now, settled_at=None, demo=sitting.demo,
        )
    )  # fmt: skip


async def _write(sitting: Sitting, wanted: AnswersIn, out: SavedOut, by: Caller) -> None:
    group = sitting.respondent.stakeholder_group
    said = [{"measure": code, "revision": number} | one.columns() for code, (number, one) in sitting.said.items()]
    events = [{"id": str(uuid7()), "details": {"measures": list(sitting.said), "stakeholder_group": group}}]
    receipt = {
        "client_id": wanted.client_id, "client_seq": wanted.client_seq,
        "body_hash": digest_of(wanted), "told": out.model_dump(mode="json"),
    }  # fmt: skip
    receipts = [receipt] if wanted.client_id is not None else []
    if not (said or sitting.settled or receipts):
        return
    if said and sitting.assessment.state == "not_started":
        sitting.assessment.state = "in_progress"
    connection = await sitting.tx.connection()
    await connection.execute(
        _WRITING,
        {
            "year": sitting.key.year, "community": sitting.key.community, "respondent": sitting.respondent.id,
            "name": sitting.respondent.name, "stakeholder_group": group, "now": sitting.now, "demo": sitting.demo,
            "said": said, "settled": sitting.settled, "receipts": receipts,
            "events": events if said else [],
        },
    )  # fmt: skip
