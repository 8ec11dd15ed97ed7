"""The Reference Model from `data/reference_model.yaml`, as the first published version."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ValidationError
from sqlalchemy import select

from services.survey.models.checks import content_of, errors_in, missing_languages
from services.survey.schemas.models import ModelIn
from services.survey.tables import Model
from shared.callers import Caller
from shared.database import Database
from shared.languages import LANGUAGES
from shared.reference import ReferenceTrouble, load_yaml, trouble_at

FILE = Path(__file__).parent / "data" / "reference_model.yaml"
PLATFORM = Caller(kind="service", id="survey", name="survey")
CONFIDENCE = {"tc": "topic_confirmed", "inf": "inferred", "c": "confirmed"}


class NamedRow(BaseModel):
    id: str
    es: str
    en: str
    pt: str | None = None
    fr: str | None = None
    weight: float = 1.0


class PointRow(NamedRow):
    confidence: str


class MeasureRow(NamedRow):
    point: str
    c: Literal["tc", "inf", "c"]


class PillarRow(BaseModel):
    id: str
    name_es: str
    name_en: str
    name_pt: str | None = None
    name_fr: str | None = None
    theme_confidence: str
    weight: float = 1.0
    points: list[PointRow]


class LevelRow(BaseModel):
    value: int
    es: str
    en: str
    pt: str | None = None
    fr: str | None = None


class BandRow(BaseModel):
    level: int
    from_inclusive: float
    to_exclusive: float | None = None
    to_inclusive: float | None = None
    es: str
    en: str
    pt: str | None = None
    fr: str | None = None


class ScaleRow(BaseModel):
    levels: list[LevelRow]
    bands_percent: list[BandRow]


class ModelRow(BaseModel):
    version: str
    status: str
    name_es: str
    name_en: str
    name_pt: str | None = None
    name_fr: str | None = None
    languages: list[str]
    scale: ScaleRow


class ModelFile(BaseModel):
    model: ModelRow
    pillars: list[PillarRow]
    measures: list[MeasureRow]


def read(path: Path = FILE) -> ModelIn:
    """The file as a version of the model, checked whole. Raises ReferenceTrouble with file, line and reason."""
    found = load_yaml(path, ModelFile)
    points = {point.id for pillar in found.pillars for point in pillar.points}
    for index, row in enumerate(found.measures):
        if row.point not in points:
            raise trouble_at(path, ("measures", index, "point"), f"there is no point {row.point}")
    for language in found.model.languages:
        if language not in LANGUAGES:
            raise trouble_at(path, ("model", "languages"), f"{language} is no language of the platform")
    try:
        wanted = ModelIn.model_validate(_as_input(found))
    except ValidationError as error:
        first = error.errors()[0]
        raise ReferenceTrouble(path, None, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    wrong = errors_in(wanted)
    if wrong:
        raise ReferenceTrouble(path, None, f"{wrong[0].pointer} {wrong[0].message}")
    return wanted


async def seed(db: Database, path: Path = FILE) -> str | None:
    """Load the model when there is none yet; what was loaded, in words."""
    wanted = read(path)
    async with db.transaction(by=PLATFORM, to="load reference data", about=path.name) as tx:
        if await tx.scalar(select(Model.version).limit(1)) is not None:
            return None
        content = content_of(wanted)
        names = wanted.names.model_dump(exclude_none=True) if wanted.names else {}
        tx.add(
            Model(
                version=wanted.version, kind=wanted.kind, status=wanted.status, names=names, content=content,
                missing_languages=missing_languages(content), published_at=datetime.now(UTC), edition=1, demo=False,
            )
        )  # fmt: skip
    return f"the Reference Model {wanted.version}"


def _as_input(found: ModelFile) -> dict[str, Any]:
    model = found.model
    return {
        "version": model.version, "kind": "reference", "status": model.status,
        "names": _names(model),
        "languages": model.languages,
        "scale": {"levels": [{"value": row.value, "labels": _texts(row)} for row in model.scale.levels]},
        "bands": [
            {
                "level": row.level, "from": row.from_inclusive, "labels": _texts(row),
                "to": row.to_exclusive if row.to_exclusive is not None else row.to_inclusive,
            }
            for row in model.scale.bands_percent
        ],
        "pillars": [
            {
                "code": pillar.id, "names": _names(pillar), "weight": pillar.weight,
                "confidence": pillar.theme_confidence,
                "points": [
                    {
                        "code": point.id, "names": _texts(point), "weight": point.weight,
                        "confidence": point.confidence,
                        "measures": [
                            {
                                "code": row.id, "names": _texts(row), "weight": row.weight,
                                "confidence": CONFIDENCE[row.c],
                            }
                            for row in found.measures
                            if row.point == point.id
                        ],
                    }
                    for point in pillar.points
                ],
            }
            for pillar in found.pillars
        ],
    }  # fmt: skip


def _texts(row: NamedRow | LevelRow | BandRow) -> dict[str, str]:
    return _there({"es": row.es, "en": row.en, "pt": row.pt, "fr": row.fr})


def _names(row: ModelRow | PillarRow) -> dict[str, str]:
    return _there({"es": row.name_es, "en": row.name_en, "pt": row.name_pt, "fr": row.name_fr})


def _there(texts: dict[str, str | None]) -> dict[str, str]:
    return {language: text for language, text in texts.items() if text}
