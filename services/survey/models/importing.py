"""A version of the model brought in from a file: read apart, looked at, then stored as a draft."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.models import operations
from services.survey.models.files import Draft, FileTrouble
from services.survey.models.workbook import LARGEST as LARGEST_WORKBOOK
from services.survey.models.xlsform_reading import read_xlsform
from services.survey.models.yaml_reading import LARGEST as LARGEST_YAML
from services.survey.models.yaml_reading import read_yaml
from services.survey.schemas.models import ModelIn
from services.survey.schemas.versions import ModelImportOut, as_errors
from services.survey.tables import Model
from shared import idempotency
from shared.apart import TooMuch, run_apart
from shared.callers import Caller
from shared.database import Database
from shared.formats import MEDIA_TYPES
from shared.problems import Conflict, FieldError, Invalid, TooLarge, UnsupportedMediaType, VersionMissing
from shared.tags import Expected
from shared.validation import from_validation

XLSX = MEDIA_TYPES["xlsx"]
YAML = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml")
LARGEST = max(LARGEST_WORKBOOK, LARGEST_YAML)
SECONDS, MEMORY = 30, 400 * 2**20


@dataclass(frozen=True)
class Wanted:
    """What a file asks for, and where each of its fields stood."""

    model: ModelIn
    draft: Draft


async def read_file(content: bytes, media_type: str, file_name: str = "") -> Wanted:
    """The version in a file. Raises Invalid with sheet and row or line, TooLarge, UnsupportedMediaType."""
    is_book = media_type == XLSX or (media_type not in YAML and file_name.lower().endswith(".xlsx"))
    is_yaml = media_type in YAML or (not is_book and file_name.lower().endswith((".yaml", ".yml")))
    if not (is_book or is_yaml):
        raise UnsupportedMediaType(f"Send an XLSForm workbook ({XLSX}) or YAML ({YAML[0]}).")
    largest = LARGEST_WORKBOOK if is_book else LARGEST_YAML
    if len(content) > largest:
        raise TooLarge(f"The file may have at most {largest} bytes.")
    work = partial(read_xlsform, content) if is_book else partial(read_yaml, content)
    try:
        draft = await run_apart(work, memory=MEMORY, seconds=SECONDS)
    except FileTrouble as trouble:
        errors = [FieldError(one.pointer, one.message, "file") for one in trouble.troubles]
        raise Invalid("The file cannot be read.", errors=errors) from None
    except TooMuch:
        raise Invalid.at("", "takes more memory or time to read than a version of the model can need", "file") from None
    return Wanted(validated(draft), draft)


def validated(draft: Draft) -> ModelIn:
    """What was read as the body of a version. Raises Invalid with the places in the file."""
    try:
        return ModelIn.model_validate(draft.body)
    except ValidationError as error:
        found = from_validation([{**one, "loc": ("body", *one["loc"])} for one in error.errors()])
        raise Invalid(errors=placed(found.errors, draft)) from None


def placed(errors: Any, draft: Draft) -> list[FieldError]:
    """Errors that say where in the file they are."""
    told = []
    for error in errors:
        place = draft.place_of(error.pointer)
        told.append(FieldError(error.pointer, f"{place}: {error.message}" if place else error.message, error.code))
    return told[:100]


async def preview_import(db: Database, wanted: Wanted, language: str, *, by: Caller) -> ModelImportOut:
    """What the file would make and change, without storing anything. Raises Conflict for a published version."""
    async with db.reading() as reading:
        found = await reading.get(Model, wanted.model.version)
        must_be_no_published_one(found)
        row = Model(version=wanted.model.version, edition=1, demo=by.demo, published_at=None)
        operations.fill(row, wanted.model, language)
        return await _told(reading, wanted, row, found, language, stored=False)


async def store_import(
    db: Database, wanted: Wanted, expected: Expected | None, language: str, *, unfinished: bool, by: Caller
) -> tuple[ModelImportOut, int]:
    """Store the file's version as a draft, a new one or in the place of one that is there.

    Raises Invalid with the places in the file, Conflict for a published version, VersionMissing and StaleVersion when
    it would replace a draft that the caller has not read.
    """
    async with db.transaction(by=by, to="import a version of the model", about=wanted.model.version) as tx:
        found: Model | None = await tx.scalar(
            select(Model).where(Model.version == wanted.model.version).with_for_update()
        )  # fmt: skip
        must_be_no_published_one(found)
        row = Model(version=wanted.model.version, edition=1, demo=by.demo, published_at=None)
        try:
            await operations.set_content(tx, row, wanted.model, language, unfinished=unfinished)
        except Invalid as problem:
            raise Invalid(errors=placed(problem.errors, wanted.draft)) from None
        out = await _told(tx, wanted, row, found, language, stored=True)
        if found is None:
            tx.add(row)
            await tx.flush()
            edition = row.edition
        else:
            if expected is None:
                raise VersionMissing
            expected.must_match(found.edition)
            await operations.set_content(tx, found, wanted.model, language, unfinished=True)
            found.edition += 1
            edition = found.edition
        await tx.flush()
        where = {"Location": f"/api/v1/survey/models/{row.version}"}
        idempotency.will_answer(out, headers=where, version=edition)
    return out, edition


def must_be_no_published_one(found: Model | None) -> None:
    if found is not None and found.published_at is not None:
        raise Conflict(f"Version {found.version} is published and never changes; give the file a new version.")


async def _told(
    db: AsyncSession, wanted: Wanted, row: Model, found: Model | None, language: str, *, stored: bool
) -> ModelImportOut:  # fmt: skip
    errors = placed(await operations.errors_of(db, row), wanted.draft)
    base = found or await _base_of(db, row)
    return ModelImportOut(
        stored=stored,
        exists="draft" if found is not None else None,
        etag_needed=found is not None,
        model=operations.model_out(row, language),
        compared_with=base.version if base is not None else None,
        differences=operations.differences_of(base, row) if base is not None else None,
        errors=as_errors(errors),
        missing=operations.missing_of(row),
    )


async def _base_of(db: AsyncSession, row: Model) -> Model | None:
    if row.based_on is not None:
        based: Model | None = await db.get(Model, row.based_on)
        if based is not None:
            return based
    published = await operations.published_versions(db, row.kind)
    return published[-1] if published else None
