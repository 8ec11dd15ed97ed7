"""What people do with versions of the model; one transaction each."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.instrument import Instrument
from services.survey.models.checks import content_of, errors_in, missing_languages
from services.survey.schemas.models import (
    BandOut,
    MeasureOut,
    ModelIn,
    ModelOut,
    PillarOut,
    PointOut,
    ScaleLevelOut,
    ScaleOut,
)  # fmt: skip
from services.survey.tables import Model
from shared import idempotency
from shared.callers import Caller
from shared.database import Database, ReadSession, WriteSession
from shared.languages import LANGUAGES, pick
from shared.problems import Conflict, Invalid, NotFound
from shared.tags import Expected

SHOWN_FOR = 300  # seconds that the public may keep the list and a version


def visible(caller: Caller) -> ColumnElement[bool]:
    """Published versions for everybody; drafts for the secretariat."""
    return or_(Model.published_at.is_not(None), literal(caller.is_secretariat))


async def model_to_see(db: ReadSession, version: str, caller: Caller) -> Model:
    found: Model | None = await db.scalar(select(Model).where(Model.version == version, visible(caller)))
    if found is None:
        raise NotFound("This version of the model")
    return found


async def instrument_of(db: AsyncSession, version: str) -> Instrument:
    """The rules' view of a stored version."""
    content = await db.scalar(select(Model.content).where(Model.version == version))
    if content is None:
        raise NotFound("This version of the model")
    return Instrument.of(version, content)


async def add_model(db: Database, wanted: ModelIn, language: str, *, by: Caller) -> tuple[ModelOut, int]:
    """Add a version as a draft. Raises Invalid, and Conflict for a version that is there."""
    async with db.transaction(by=by, to="add a version of the model", about=wanted.version) as tx:
        if await tx.get(Model, wanted.version) is not None:
            raise Conflict("This version is there already; a version never changes its meaning.")
        row = Model(version=wanted.version, edition=1, demo=by.demo, published_at=None)
        _set(row, wanted, language)
        tx.add(row)
        await tx.flush()
        out = model_out(row, language)
        idempotency.will_answer(out, headers={"Location": f"/api/v1/survey/models/{row.version}"})
    return out, row.edition


async def replace_model(
    db: Database, version: str, wanted: ModelIn, expected: Expected, language: str, *, by: Caller
) -> tuple[ModelOut, int]:
    """Change a draft. Raises Conflict for a published version."""
    if wanted.version != version:
        raise Invalid.at("/version", "must be the one in the path")
    async with db.transaction(by=by, to="change a version of the model", about=version) as tx:
        row = await _draft(tx, version)
        expected.must_match(row.edition)
        _set(row, wanted, language)
        row.edition += 1
        await tx.flush()
    return model_out(row, language), row.edition


async def publish_model(db: Database, version: str, language: str, *, by: Caller) -> tuple[ModelOut, int]:
    """Fix a version for ever, so that campaigns can use it. Raises Conflict when it is published."""
    async with db.transaction(by=by, to="publish a version of the model", about=version) as tx:
        row = await _draft(tx, version)
        row.published_at = datetime.now(UTC)
        row.edition += 1
        await tx.flush()
        out = model_out(row, language)
        idempotency.will_answer(out, status=200)
    return out, row.edition


async def _draft(tx: WriteSession, version: str) -> Model:
    row: Model | None = await tx.scalar(select(Model).where(Model.version == version).with_for_update())
    if row is None:
        raise NotFound("This version of the model")
    if row.published_at is not None:
        raise Conflict("This version is published and never changes; add a new version.")
    return row


def _set(row: Model, wanted: ModelIn, language: str) -> None:
    errors = errors_in(wanted)
    if errors:
        raise Invalid(errors=errors[:100])
    given = wanted.names.model_dump(exclude_none=True) if wanted.names else {}
    row.kind, row.status = wanted.kind, wanted.status
    row.names = given or ({language: wanted.name} if wanted.name else {})
    row.content = content_of(wanted)
    row.missing_languages = missing_languages(row.content)


def model_out(row: Model, language: str) -> ModelOut:
    """A version for a reader of this language."""
    content: Mapping[str, Any] = row.content
    return ModelOut(
        version=row.version, kind=row.kind, state="published" if row.published_at else "draft",
        status=row.status,
        names=row.names, name=pick(row.names, language) or row.version,
        languages=[known for known in LANGUAGES if known not in row.missing_languages],
        missing_languages=row.missing_languages,
        scale=ScaleOut(
            levels=[
                ScaleLevelOut(value=v["value"], labels=v["labels"], label=pick(v["labels"], language))
                for v in content["scale"]["levels"]
            ]
        ),
        bands=[
            BandOut(
                level=b["level"], start=b["from"], end=b["to"], labels=b["labels"], label=pick(b["labels"], language)
            )
            for b in content["bands"]
        ],
        coverage_threshold=content["coverage_threshold"],
        pillars=[_pillar_out(pillar, language) for pillar in content["pillars"]],
        published_at=row.published_at, demo=row.demo,
    )  # fmt: skip


def _pillar_out(pillar: Mapping[str, Any], language: str) -> PillarOut:
    return PillarOut(
        **_named(pillar, language),
        points=[
            PointOut(
                **_named(point, language),
                measures=[
                    MeasureOut(**_named(measure, language), guidance=measure["guidance"])
                    for measure in point["measures"]
                ],
            )
            for point in pillar["points"]
        ],
    )


def _named(part: Mapping[str, Any], language: str) -> dict[str, Any]:
    return {
        "code": part["code"], "names": part["names"], "name": pick(part["names"], language),
        "weight": part["weight"], "confidence": part["confidence"],
    }  # fmt: skip
