"""The usual save in one statement: one answer, on top of what is stored, while the assessment is under way.

It happens at every click of every respondent. Where anything is not usual, it changes nothing and says so; `saving.py`
then goes step by step, and tells what is wrong.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from sqlalchemy import Boolean, Date, DateTime, Integer, Text, TextClause, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError

from services.survey.access import Respondent, respondent_by_grant
from services.survey.answers.checks import digest_of, errors_in
from services.survey.campaigns.state import OPEN_IN_SQL
from services.survey.models.operations import remembered_instrument
from services.survey.schemas.answers import AnswerIn, AnswersIn, SavedAnswer, SavedOut
from services.survey.words import AssessmentKey
from shared import idempotency
from shared.callers import Caller
from shared.database import Database, audit_row
from shared.ids import uuid7

FIRST = """
    INSERT INTO survey.answers (year, community_code, respondent_id, measure, revision, level, flag, comment,
        stakeholder_group, updated_at, demo)
    SELECT :year, :community, :respondent, :measure, 1, :level, :flag, :comment, :stakeholder_group, :now,
        :demo OR place.demo FROM place
    ON CONFLICT DO NOTHING
"""
NEXT = """
    UPDATE survey.answers SET revision = revision + 1, level = :level, flag = :flag, updated_at = :now,
        comment = CASE WHEN :says_comment THEN :comment ELSE comment END, stakeholder_group = :stakeholder_group
    FROM place
    WHERE year = :year AND community_code = :community AND respondent_id = :respondent AND measure = :measure
        AND revision = :base AND (level, flag, comment) IS DISTINCT FROM
            (:level, :flag, CASE WHEN :says_comment THEN :comment ELSE comment END)
"""
WHOLE = """
WITH place AS MATERIALIZED (
    SELECT assessments.demo
    FROM survey.campaigns
    JOIN survey.models ON models.version = campaigns.model_version
    JOIN survey.assessments USING (year)
    JOIN survey.participations USING (year, community_code)
    WHERE year = :year AND community_code = :community AND respondent_id = :respondent
        AND models.version = :model AND models.published_at = :published_at
        AND assessments.state IN ('in_progress', 'returned') AND {open}
    FOR SHARE OF campaigns FOR UPDATE OF participations FOR SHARE OF assessments
), present AS (
    {store}
    RETURNING answers.measure, answers.revision, answers.level, answers.flag, answers.comment, answers.evidence
), every AS (
    INSERT INTO survey.answer_revisions (year, community_code, respondent_id, measure, revision, level, flag, comment,
        evidence, stakeholder_group, saved_at, demo)
    SELECT :year, :community, :respondent, present.*, :stakeholder_group, :now, :demo OR place.demo FROM present, place
), settled AS (
    UPDATE survey.answers_kept_aside SET settled_at = :now FROM present
    WHERE year = :year AND community_code = :community AND respondent_id = :respondent
        AND answers_kept_aside.measure = present.measure AND settled_at IS NULL
), told AS (
    INSERT INTO survey.receipts (year, community_code, respondent_id, client_id, client_seq, body_hash, told, demo)
    SELECT :year, :community, :respondent, :client_id, :client_seq, :body_hash, :told, :demo OR place.demo
    FROM present, place WHERE :client_id IS NOT NULL
), happened AS (
    INSERT INTO survey.events (id, year, community_code, at, actor_id, actor_name, action, details, demo)
    SELECT :event, :year, :community, :now, :respondent, :name, 'answered', :details, :demo OR place.demo
    FROM present, place
), audited AS (
    INSERT INTO survey.audit (id, at, actor, actor_name, action, about, details, request_id)
    SELECT :id, :at, :actor, :actor_name, :action, :about, :audited, :request_id FROM present
)
SELECT revision FROM present
"""
_TYPES: dict[str, Any] = {
    **dict.fromkeys(("year", "base", "level", "client_seq"), Integer),
    **dict.fromkeys(("says_comment", "demo"), Boolean),
    **dict.fromkeys(("now", "at", "published_at"), DateTime(timezone=True)),
    **dict.fromkeys(("told", "details", "audited"), JSONB),
    **dict.fromkeys(("event", "id"), Uuid), "today": Date,
    **dict.fromkeys(
        ("community", "respondent", "measure", "flag", "comment", "stakeholder_group", "name", "model", "client_id",
         "body_hash", "actor", "actor_name", "action", "about", "request_id"), Text,
    ),
}  # fmt: skip


def _statement(store: str) -> TextClause:
    whole = WHOLE.format(open=OPEN_IN_SQL, store=store)
    made = text(whole)
    return made.bindparams(*(bindparam(name, type_=kind) for name, kind in _TYPES.items() if f":{name}" in whole))


_FIRST, _NEXT = _statement(FIRST), _statement(NEXT)


@dataclass(frozen=True)
class Asked:
    """The version of the model that a year's campaign asks."""

    version: str
    published_at: datetime


_asked: WeakKeyDictionary[Database, dict[int, Asked]] = WeakKeyDictionary()


def remember(db: Database, year: int, asked: Asked) -> None:
    """What a campaign was seen to ask. The statement looks again, so that what is not so any more does no harm."""
    _asked.setdefault(db, {})[year] = asked


async def save_at_once(
    db: Database, key: AssessmentKey, wanted: AnswersIn, zone: ZoneInfo, *, by: Caller
) -> SavedOut | None:
    """What was saved, or None when nothing was because something about it is not usual."""
    asked = _asked.get(db, {}).get(key.year)
    respondent = respondent_by_grant(key, by)
    if asked is None or respondent is None or not _is_usual(wanted, asked):
        return None
    (answer,) = wanted.answers
    out = SavedOut(
        saved=[SavedAnswer(measure=answer.measure, revision=(answer.base_revision or 0) + 1, unchanged=False)],
        conflicts=[],
    )
    values = _values(key, respondent, asked, wanted, answer, out, zone, by)
    try:
        async with db.statements.connect() as connection:
            stored = (await connection.execute(_NEXT if answer.base_revision else _FIRST, values)).one_or_none()
    except IntegrityError:  # such as a number of the device that was used before
        return None
    return out if stored is not None else None


def _is_usual(wanted: AnswersIn, asked: Asked) -> bool:
    instrument = remembered_instrument(asked.version, asked.published_at)
    if instrument is None or len(wanted.answers) != 1 or idempotency.current() is not None:
        return False
    (answer,) = wanted.answers
    return not answer.evidence and "evidence" not in answer.model_fields_set and not errors_in(wanted, instrument, ())


def _values(
    key: AssessmentKey, respondent: Respondent, asked: Asked, wanted: AnswersIn, answer: AnswerIn, out: SavedOut,
    zone: ZoneInfo, by: Caller,
) -> dict[str, Any]:  # fmt: skip
    now = datetime.now(UTC)
    group = respondent.stakeholder_group
    audited = audit_row(by, "save answers", str(key), {"saved": 1, "conflicts": 0})
    return {
        **audited, "audited": audited["details"],
        "year": key.year, "community": key.community, "respondent": respondent.id, "name": respondent.name,
        "stakeholder_group": group, "demo": by.demo, "now": now, "today": now.astimezone(zone).date(),
        "model": asked.version, "published_at": asked.published_at,
        "measure": answer.measure, "base": answer.base_revision, "level": answer.level, "flag": answer.flag,
        "comment": (answer.comment or "").strip() or None, "says_comment": "comment" in answer.model_fields_set,
        "client_id": wanted.client_id, "client_seq": wanted.client_seq,
        "body_hash": digest_of(wanted) if wanted.client_id is not None else None, "told": out.model_dump(mode="json"),
        "event": uuid7(), "details": {"measures": [answer.measure], "stakeholder_group": group},
    }  # fmt: skip
