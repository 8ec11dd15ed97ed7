"""Giving evidence, finding it again the next year, taking it back."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.access import assessment_to_see, belongs_to
from services.survey.evidence.receiving import FORGET, LATER, GivenFile
from services.survey.schemas.evidence import EvidenceLinkIn, EvidenceOut
from services.survey.tables import Answer, AnswerRevision, Assessment, Evidence, KeptAside, Report
from services.survey.words import IN_THE_COMMUNITYS_HANDS, AssessmentKey
from shared import idempotency
from shared.callers import Caller
from shared.database import Database, Job
from shared.jobs import Handler
from shared.objects import Objects
from shared.problems import Conflict, FieldError, NotAllowed, NotFound


def visible(caller: Caller) -> ColumnElement[bool]:
    """Evidence is the community's own: its people's and the secretariat's."""
    if caller.is_secretariat:
        return literal(True)
    return Evidence.community_code.in_(caller.communities)


async def list_evidence(db: Database, key: AssessmentKey, *, by: Caller) -> list[EvidenceOut]:
    """Everything that the community ever gave, the newest first, with which answers of this year name it.

    Raises NotFound, NotAllowed.
    """
    async with db.reading(snapshot=True) as reading:
        await assessment_to_see(reading, key, by)
        if not belongs_to(by, key.community):
            raise NotAllowed("Evidence is shown to the community and the secretariat.")
        rows = (
            await reading.scalars(
                select(Evidence)
                .where(visible(by), Evidence.community_code == key.community, Evidence.year <= key.year)
                .order_by(Evidence.created_at.desc(), Evidence.id.desc())
            )
        ).all()
        named = await _measures_naming(reading, key)
    return [_out(row, key.year, named.get(str(row.id), ())) for row in rows]


async def add_evidence(
    db: Database, key: AssessmentKey, wanted: EvidenceLinkIn | GivenFile, *, by: Caller
) -> EvidenceOut:
    """Raises NotFound, NotAllowed, Conflict when the assessment is not the community's to change."""
    async with db.transaction(by=by, to="give evidence", about=key) as tx:
        assessment = await assessment_to_see(tx, key, by)
        _must_give(by, assessment)
        row = Evidence(
            community_code=key.community, year=key.year, title=wanted.title, added_by=by.id,
            added_by_name=by.name or by.username or by.kind, created_at=datetime.now(UTC),
            url=None, sha256=None, size=None, media_type=None, file_name=None, demo=by.demo or assessment.demo,
        )  # fmt: skip
        if isinstance(wanted, GivenFile):
            row.sha256, row.size = wanted.kept.sha256, wanted.kept.size
            row.media_type, row.file_name = wanted.kind.media_type, wanted.name
        else:
            row.url = wanted.url
        tx.add(row)
        await tx.flush()
        out = _out(row, key.year, ())
        idempotency.will_answer(out, headers={"Location": f"/api/v1/survey/evidence/{row.id}"})
    return out


def _must_give(by: Caller, assessment: Assessment) -> None:
    scope = f"community:{assessment.community_code}"
    answers = any(grant.role in ("respondent", "coordinator") and grant.scope == scope for grant in by.grants)
    if not (answers or by.is_secretariat):
        raise NotAllowed("Respondents and the coordinator of this community give evidence.")
    if assessment.state not in IN_THE_COMMUNITYS_HANDS:
        raise Conflict(f"The assessment is {assessment.state}; it takes no evidence now.")


async def evidence_to_see(db: AsyncSession, evidence: UUID, by: Caller) -> Evidence:
    """Raises NotFound."""
    found: Evidence | None = await db.scalar(select(Evidence).where(Evidence.id == evidence, visible(by)))
    if found is None:
        raise NotFound("This evidence")
    return found


async def read_evidence(db: Database, evidence: UUID, *, by: Caller) -> tuple[EvidenceOut, Evidence]:
    """Raises NotFound."""
    async with db.reading() as reading:
        row = await evidence_to_see(reading, evidence, by)
        named = await _measures_naming(reading, AssessmentKey(row.year, row.community_code))
    return _out(row, row.year, named.get(str(row.id), ())), row


async def remove_evidence(db: Database, evidence: UUID, *, by: Caller) -> None:
    """Take back what no answer ever named. Raises NotFound, NotAllowed, Conflict."""
    async with db.transaction(by=by, to="take evidence back", about=evidence) as tx:
        row = await evidence_to_see(tx, evidence, by)
        if not (row.added_by == by.id or by.is_secretariat or by.coordinates(row.community_code)):
            raise NotAllowed("Only who gave it, the coordinator and the secretariat take it back.")
        for table in (AnswerRevision, KeptAside):
            named = table.evidence.contains([str(evidence)])
            if await tx.scalar(select(literal(1)).where(table.community_code == row.community_code, named).limit(1)):
                raise Conflict("An answer rests on it. Take it out of the answer; it stays for the record.")
        await tx.delete(row)
        if row.sha256 is not None:
            tx.announce(Job(FORGET, {"sha256": row.sha256}, delay=LATER))


def evidence_jobs(app: Any) -> dict[str, Handler]:
    """The handler by the job's name."""

    async def forget(payload: Mapping[str, Any]) -> None:
        before = datetime.now(UTC) - timedelta(seconds=LATER / 2)
        await forget_unless_named(
            app.state.database, app.state.objects, str(payload["sha256"]), unless_kept_after=before
        )

    return {FORGET: forget}


async def forget_unless_named(
    db: Database, objects: Objects, sha256: str, *, unless_kept_after: datetime | None = None
) -> None:
    """Remove bytes of the survey's store that neither evidence nor a report names."""
    async with db.reading() as reading:
        named = await reading.scalar(
            select(
                or_(
                    select(literal(1)).where(Evidence.sha256 == sha256).exists(),
                    select(literal(1)).where((Report.sha256 == sha256) | (Report.edition == sha256)).exists(),
                )
            )
        )
    if not named:
        await objects.forget(sha256, unless_kept_after=unless_kept_after)


async def foreign_evidence(db: AsyncSession, community: str, wanted: Sequence[tuple[str, UUID]]) -> list[FieldError]:
    """Evidence of another community that answers name, by pointer. Ids that are none of ours are documents of the
    workspace."""
    if not wanted:
        return []
    rows = await db.scalars(
        select(Evidence.id).where(Evidence.id.in_([one for _, one in wanted]), Evidence.community_code != community)
    )
    foreign = set(rows)
    return [FieldError(at, "is no evidence of this community", "unknown") for at, one in wanted if one in foreign]


async def _measures_naming(db: AsyncSession, key: AssessmentKey) -> dict[str, Collection[str]]:
    """Which measures' answers of this year name which evidence."""
    named = func.jsonb_array_elements_text(Answer.evidence).table_valued("value")
    rows = await db.execute(
        select(named.c.value, Answer.measure)
        .select_from(Answer)
        .join(named, literal(True))
        .where(Answer.year == key.year, Answer.community_code == key.community)
        .distinct()
        .order_by(Answer.measure)
    )
    found: dict[str, Collection[str]] = {}
    for evidence, measure in rows:
        found[evidence] = [*found.get(evidence, ()), measure]
    return found


def _out(row: Evidence, year: int, measures: Collection[str]) -> EvidenceOut:
    return EvidenceOut(
        id=row.id, community=row.community_code, kind="link" if row.url else "file", title=row.title,
        url=row.url or f"/api/v1/survey/evidence/{row.id}/content", file_name=row.file_name,
        media_type=row.media_type, size=row.size, sha256=row.sha256, year=row.year, reused=row.year < year,
        measures=list(measures), added_by_name=row.added_by_name, created_at=row.created_at, demo=row.demo,
    )  # fmt: skip
