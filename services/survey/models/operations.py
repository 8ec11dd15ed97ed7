"""What people do with versions of the model; one transaction each."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.instrument import Instrument
from services.survey.models.checks import (
    content_of,
    elements_in,
    errors_in,
    missing_languages,
    missing_texts,
    taken_codes,
)
from services.survey.models.crosswalk_rows import publish_crosswalks
from services.survey.models.differences import differences
from services.survey.schemas.models import (
    BandOut,
    MeasureLevelOut,
    MeasureOut,
    ModelIn,
    ModelOut,
    PillarOut,
    PointOut,
    ScaleLevelOut,
    ScaleOut,
)
from services.survey.schemas.versions import CheckOut, DifferencesOut, MissingText, SettingChange, as_errors
from services.survey.tables import Model
from shared import idempotency
from shared.callers import Caller
from shared.database import Database, WriteSession
from shared.languages import LANGUAGES, pick
from shared.problems import Conflict, FieldError, Invalid, NotFound, pointer
from shared.tags import Expected

SHOWN_FOR = 300  # seconds that the public may keep the list and a version
REMEMBERED = 50
_remembered: dict[tuple[str, datetime], Instrument] = {}


def visible(caller: Caller) -> ColumnElement[bool]:
    """Published versions for everybody; drafts for the secretariat."""
    return or_(Model.published_at.is_not(None), literal(caller.is_secretariat))


async def model_to_see(db: AsyncSession, version: str, caller: Caller) -> Model:
    found: Model | None = await db.scalar(select(Model).where(Model.version == version, visible(caller)))
    if found is None:
        raise NotFound("This version of the model")
    return found


def remembered_instrument(version: str, published_at: datetime | None) -> Instrument | None:
    """The rules' view of a published version, which never changes, if it was read before."""
    return _remembered.get((version, published_at)) if published_at is not None else None


async def instrument_of(db: AsyncSession, version: str) -> Instrument:
    """The rules' view of a stored version."""
    published_at = await db.scalar(select(Model.published_at).where(Model.version == version))
    known = remembered_instrument(version, published_at)
    if known is not None:
        return known
    content = await db.scalar(select(Model.content).where(Model.version == version))
    if content is None:
        raise NotFound("This version of the model")
    instrument = Instrument.of(version, content)
    if published_at is not None:
        if len(_remembered) >= REMEMBERED:
            _remembered.clear()
        _remembered[version, published_at] = instrument
    return instrument


async def add_model(
    db: Database, wanted: ModelIn, language: str, *, unfinished: bool = False, by: Caller
) -> tuple[ModelOut, int]:
    """Add a version as a draft. Raises Invalid, and Conflict for a version that is there.

    An unfinished one may still have errors; they are told by `check_model` and stop its publication.
    """
    async with db.transaction(by=by, to="add a version of the model", about=wanted.version) as tx:
        if await tx.get(Model, wanted.version) is not None:
            raise Conflict("This version is there already; a version never changes its meaning.")
        row = Model(version=wanted.version, edition=1, demo=by.demo, published_at=None)
        await set_content(tx, row, wanted, language, unfinished=unfinished)
        tx.add(row)
        await tx.flush()
        out = model_out(row, language)
        where = {"Location": f"/api/v1/survey/models/{row.version}"}
        idempotency.will_answer(out, headers=where, version=row.edition)
    return out, row.edition


async def replace_model(
    db: Database, version: str, wanted: ModelIn, expected: Expected, language: str, *, unfinished: bool = False,
    by: Caller,
) -> tuple[ModelOut, int]:  # fmt: skip
    """Change a draft. Raises Conflict for a published version."""
    if wanted.version != version:
        raise Invalid.at("/version", "must be the one in the path")
    async with db.transaction(by=by, to="change a version of the model", about=version) as tx:
        row = await draft_to_change(tx, version)
        expected.must_match(row.edition)
        await set_content(tx, row, wanted, language, unfinished=unfinished)
        row.edition += 1
        await tx.flush()
    return model_out(row, language), row.edition


async def remove_draft(db: Database, version: str, expected: Expected, *, by: Caller) -> None:
    """Throw a draft away with its crosswalks. Raises Conflict for a published version."""
    async with db.transaction(by=by, to="delete a draft of the model", about=version) as tx:
        row = await draft_to_change(tx, version)
        expected.must_match(row.edition)
        tx.note(names=row.names, content=row.content)
        await tx.delete(row)


async def publish_model(
    db: Database, version: str, expected: Expected | None, language: str, *, by: Caller
) -> tuple[ModelOut, int]:
    """Fix a version for ever, so that campaigns can use it, and with it the crosswalks that lead to it.

    Raises Conflict when it is published, StaleVersion, and Invalid for whatever keeps it from being used. Where nobody
    made a crosswalk from the version before, what equal codes say is kept as one.
    """
    async with db.transaction(by=by, to="publish a version of the model", about=version) as tx:
        kind = await tx.scalar(select(Model.kind).where(Model.version == version))
        # Locked together and in one order: of two versions that claim a code, the second one sees the first.
        await tx.execute(select(Model.version).where(Model.kind == kind).order_by(Model.version).with_for_update())
        row = await draft_to_change(tx, version)
        if expected is not None:
            expected.must_match(row.edition)
        published = await published_versions(tx, row.kind, but=version)
        errors = [*errors_in(as_input(row)), *taken_codes(row.content, [(p.version, p.content) for p in published])]
        if errors:
            raise Invalid(errors=errors[:100])
        row.published_at = datetime.now(UTC)
        row.edition += 1
        await publish_crosswalks(tx, row, published, by=by)
        await tx.flush()
        out = model_out(row, language)
        idempotency.will_answer(out, status=200, version=row.edition)
    return out, row.edition


async def check_model(db: Database, version: str, *, by: Caller) -> CheckOut:
    """What still keeps a version from being published, and which texts it lacks. Raises NotFound."""
    async with db.reading() as reading:
        row = await model_to_see(reading, version, by)
        errors = [] if row.published_at else await errors_of(reading, row)
    return check_of(row, errors)


async def errors_of(db: AsyncSession, row: Model) -> list[FieldError]:
    """What keeps a draft from being published."""
    published = await published_versions(db, row.kind, but=row.version)
    return [*errors_in(as_input(row)), *taken_codes(row.content, [(p.version, p.content) for p in published])]


def check_of(row: Model, errors: Sequence[FieldError]) -> CheckOut:
    return CheckOut(
        version=row.version, can_be_published=not errors and row.published_at is None, errors=as_errors([*errors]),
        missing=missing_of(row),
    )  # fmt: skip


def missing_of(row: Model) -> list[MissingText]:
    codes = {at: part["code"] for at, _, part in elements_in(row.content)}
    return [
        MissingText(
            pointer=pointer(*at), languages=languages, needed=needed,
            code=next((codes[at[:n]] for n in range(len(at), 0, -1) if at[:n] in codes), None),
        )
        for at, languages, needed in missing_texts(row.content)
    ]  # fmt: skip


async def read_differences(db: Database, before: str, after: str, *, by: Caller) -> DifferencesOut:
    """What one version has otherwise than another. Raises NotFound for either."""
    async with db.reading() as reading:
        old, new = await model_to_see(reading, before, by), await model_to_see(reading, after, by)
    return differences_of(old, new)


def differences_of(old: Model, new: Model) -> DifferencesOut:
    settings = [
        SettingChange(setting=name, before=getattr(old, name), after=getattr(new, name))
        for name in ("kind", "status")
        if getattr(old, name) != getattr(new, name)
    ]
    settings += [
        SettingChange(setting=f"names.{code}", before=old.names.get(code), after=new.names.get(code))
        for code in LANGUAGES
        if old.names.get(code) != new.names.get(code)
    ]
    return differences(old.content, new.content, versions=(old.version, new.version), settings=settings)


async def published_versions(db: AsyncSession, kind: str, *, but: str | None = None) -> Sequence[Model]:
    """The published versions of a kind, the oldest first."""
    return (
        await db.scalars(
            select(Model)
            .where(Model.kind == kind, Model.published_at.is_not(None), Model.version != but)
            .order_by(Model.published_at, Model.version)
        )
    ).all()


async def draft_to_change(tx: WriteSession, version: str) -> Model:
    """The row, locked. Raises NotFound, and Conflict for a published version."""
    row: Model | None = await tx.scalar(select(Model).where(Model.version == version).with_for_update())
    if row is None:
        raise NotFound("This version of the model")
    if row.published_at is not None:
        raise Conflict("This version is published and never changes; add a new version.")
    return row


async def set_content(tx: AsyncSession, row: Model, wanted: ModelIn, language: str, *, unfinished: bool) -> None:
    """Put what is wanted into a row. Raises Invalid, unless it may be unfinished."""
    if wanted.based_on is not None:
        known = await tx.scalar(select(Model.version).where(Model.version == wanted.based_on))
        if known is None or wanted.based_on == wanted.version:
            raise Invalid.at("/based_on", "must be another version that is there")
    fill(row, wanted, language)
    if not unfinished:
        errors = errors_in(wanted)
        if not errors:
            published = await published_versions(tx, row.kind, but=row.version)
            errors = [*taken_codes(row.content, [(one.version, one.content) for one in published])]
        if errors:
            raise Invalid(errors=errors[:100])


def fill(row: Model, wanted: ModelIn, language: str) -> None:
    given = wanted.names.model_dump(exclude_none=True) if wanted.names else {}
    row.kind, row.status, row.based_on = wanted.kind, wanted.status, wanted.based_on
    row.names = given or ({language: wanted.name} if wanted.name else {})
    row.content = content_of(wanted)
    row.missing_languages = missing_languages(row.content)


def as_input(row: Model) -> ModelIn:
    """A stored version as the body that would store it again."""
    return ModelIn.model_validate(
        {"version": row.version, "kind": row.kind, "status": row.status, "names": row.names, **row.content}
    )


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
        based_on=row.based_on, published_at=row.published_at, demo=row.demo,
    )  # fmt: skip


def _pillar_out(pillar: Mapping[str, Any], language: str) -> PillarOut:
    return PillarOut(
        **_named(pillar, language),
        points=[
            PointOut(
                **_named(point, language),
                measures=[
                    MeasureOut(
                        **_named(measure, language),
                        guidance=measure["guidance"],
                        levels=[MeasureLevelOut(**level) for level in measure.get("levels") or ()],
                    )
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
