"""The catalogue of indicators and the reference series from `data/`; a changed definition becomes a new version."""

import csv
import hashlib
import io
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy import select

from services.indicators.partitions import keep_partitions
from services.indicators.tables import Indicator, ReferenceSeries, ReferenceValue
from services.indicators.words import Aggregation, Basis, Frequency, Interface, Polarity, Statistic
from shared.callers import Caller
from shared.database import Database, WriteSession
from shared.languages import LANGUAGES
from shared.reference import ReferenceTrouble, load_yaml, trouble_at
from shared.text import forbidden_character, normal, without_accents

FOLDER = Path(__file__).parent / "data"
PLATFORM = Caller(kind="service", id="indicators", name="indicators")
CODE = re.compile(r"[A-Z]{3}-[0-9]{2}")
UNLOCODE = re.compile(r"[A-Z]{2}[A-Z2-9]{3}")
FROM_FILE = "file"
NEEDED = ("port", "un_locode", "cppi_rank_2025", "cppi_score_2025", "berth_hours_share", "calls_in_sample")
Pair = Annotated[list[float], Field(min_length=2, max_length=2)]


class FormulaRow(BaseModel):
    statistic: Statistic
    numerator: str
    denominator: str | None


class IndicatorRow(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: str
    name_en: str
    name_es: str
    interface: Interface
    definition: str
    unit: str
    formula: FormulaRow
    polarity: Polarity
    frequency: Frequency
    plausible_range: Pair
    target_band: Pair | None = None
    source: str
    basis: Basis
    source_read: bool
    aggregation: Aggregation
    factor: float | None = None
    min_share: Annotated[float, Field(gt=0, le=1)] = 0.75


class CatalogueFile(BaseModel):
    indicators: list[IndicatorRow]


class TextsRow(BaseModel):
    model_config = ConfigDict(extra="forbid")

    names: dict[Literal["pt", "fr"], str]
    definitions: dict[Literal["es", "pt", "fr"], str]


class TextsFile(BaseModel):
    texts: dict[str, TextsRow]


class MeasureRow(BaseModel):
    model_config = ConfigDict(extra="forbid")

    field: str
    unit: str
    indicator: str | None
    factor: float | None


class SeriesRow(BaseModel):
    model_config = ConfigDict(extra="forbid")

    slug: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    file: str
    names: dict[str, str]
    notes: dict[str, str]
    source: str
    publisher: str
    edition: str
    licence: str
    licence_url: str
    attribution: str
    measures: list[MeasureRow]


class SeriesFile(BaseModel):
    series: list[SeriesRow]


def _absent(text: object) -> object:
    return None if text == "" else text


Missing = BeforeValidator(_absent)


class ValueRow(BaseModel):
    """A line of a series' file. A port that the edition knows but had no sample of has no figures at all."""

    port: Annotated[str, Field(min_length=1)]
    un_locode: str
    territory: str | None = None
    cppi_rank_2025: Annotated[Annotated[int, Field(ge=1)] | None, Missing]
    cppi_score_2025: Annotated[Annotated[float, Field(allow_inf_nan=False)] | None, Missing]
    berth_hours_share: Annotated[Annotated[float, Field(ge=0, le=1)] | None, Missing]
    calls_in_sample: Annotated[Annotated[int, Field(ge=1)] | None, Missing]

    @model_validator(mode="after")
    def is_whole(self) -> "ValueRow":
        figures = (self.cppi_rank_2025, self.cppi_score_2025, self.berth_hours_share, self.calls_in_sample)
        if len({figure is None for figure in figures}) > 1:
            raise ValueError("has some figures and lacks others")
        return self


def read_catalogue(path: Path = FOLDER / "indicators.yaml") -> list[IndicatorRow]:
    """The catalogue, checked whole. Raises ReferenceTrouble."""
    found = load_yaml(path, CatalogueFile).indicators
    codes: set[str] = set()
    for index, row in enumerate(found):
        at = ("indicators", index)
        if not CODE.fullmatch(row.code):
            raise trouble_at(path, (*at, "code"), f"{row.code} is no code such as VPA-01")
        if row.code in codes:
            raise trouble_at(path, (*at, "code"), f"{row.code} occurs twice")
        codes.add(row.code)
        for name, pair in (("plausible_range", row.plausible_range), ("target_band", row.target_band)):
            if pair is not None and not pair[0] < pair[1]:
                raise trouble_at(path, (*at, name), f"{row.code}: the lower end must be below the upper")
        if (row.polarity == "target_band") != (row.target_band is not None):
            raise trouble_at(path, (*at, "polarity"), f"{row.code}: a target band and its polarity go together")
        if (row.formula.denominator is None) != (row.factor is None):
            raise trouble_at(path, at, f"{row.code}: a denominator and a factor go together")
        if row.aggregation == "ratio" and row.factor is None:
            raise trouble_at(path, (*at, "aggregation"), f"{row.code}: a ratio needs a denominator")
    return found


def read_texts(codes: Collection[str], path: Path = FOLDER / "texts.yaml") -> dict[str, TextsRow]:
    """Names and definitions in the other languages, for every indicator. Raises ReferenceTrouble."""
    found = load_yaml(path, TextsFile).texts
    for code in codes:
        if code not in found:
            raise trouble_at(path, ("texts",), f"{code} is missing")
        for name, wanted in (("names", {"pt", "fr"}), ("definitions", {"es", "pt", "fr"})):
            if missing := sorted(wanted - {one for one, told in getattr(found[code], name).items() if told.strip()}):
                raise trouble_at(path, ("texts", code, name), f"{code}: {', '.join(missing)} is missing")
    return found


def read_series(
    path: Path = FOLDER / "reference_series" / "series.yaml",
) -> list[tuple[SeriesRow, list[ValueRow], str]]:
    """The reference series with their values and the digest of each file, checked whole. Raises ReferenceTrouble."""
    read: list[tuple[SeriesRow, list[ValueRow], str]] = []
    slugs: set[str] = set()
    for index, row in enumerate(load_yaml(path, SeriesFile).series):
        if row.slug in slugs:
            raise trouble_at(path, ("series", index, "slug"), f"{row.slug} occurs twice")
        slugs.add(row.slug)
        for name, texts in (("names", row.names), ("notes", row.notes)):
            if missing := [language for language in LANGUAGES if not texts.get(language)]:
                raise trouble_at(path, ("series", index, name), f"{row.slug}: {', '.join(missing)} is missing")
        values, digest = _read_values(path.parent / row.file)
        read.append((row, values, digest))
    return read


def _read_values(path: Path) -> tuple[list[ValueRow], str]:
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise ReferenceTrouble(path, None, error.strerror or "cannot be read") from None
    except UnicodeDecodeError:
        raise ReferenceTrouble(path, None, "is not UTF-8") from None
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    if missing := [name for name in NEEDED if name not in (reader.fieldnames or ())]:
        raise ReferenceTrouble(path, 1, f"lacks the column {missing[0]}")
    values: list[ValueRow] = []
    codes: set[str] = set()
    for cells in reader:
        if None in cells or None in cells.values():
            raise ReferenceTrouble(path, reader.line_num, "has too many or too few cells")
        try:
            row = ValueRow.model_validate(cells)
        except ValidationError as error:
            wrong = error.errors()[0]
            field = "".join(f"{step}: " for step in wrong["loc"])
            raise ReferenceTrouble(path, reader.line_num, f"{field}{wrong['msg']}") from None
        if not UNLOCODE.fullmatch(row.un_locode) or row.un_locode in codes:
            raise ReferenceTrouble(path, reader.line_num, f"{row.un_locode} is no UN/LOCODE, or occurs twice")
        if forbidden_character(row.port + (row.territory or "")):
            raise ReferenceTrouble(path, reader.line_num, "contains a character that cannot be stored")
        codes.add(row.un_locode)
        values.append(row)
    return values, hashlib.sha256(content).hexdigest()


def read_reference() -> None:
    """Read and check every file. Raises ReferenceTrouble."""
    read_texts([row.code for row in read_catalogue()])
    read_series()


async def seed(db: Database) -> str | None:
    """Load what is new: indicators whose definition is not stored yet, and reference series; what was loaded, in
    words."""
    catalogue, series = read_catalogue(), read_series()
    texts = read_texts([row.code for row in catalogue])
    async with db.transaction(by=PLATFORM, to="load reference data", about="indicators.yaml, series.yaml") as tx:
        indicators = await _add_indicators(tx, catalogue, texts)
        new_series = await _add_series(tx, series)
    await keep_partitions(db)
    if not indicators and not new_series:
        return None
    return f"{indicators} indicators, {new_series} reference series"


async def _add_indicators(tx: WriteSession, rows: list[IndicatorRow], texts: Mapping[str, TextsRow]) -> int:
    """New versions of what changed in the file. What the secretariat published stays: from then on its word counts."""
    current = {row.code: row for row in await tx.scalars(select(Indicator).order_by(Indicator.version))}
    added = 0
    for position, row in enumerate(rows):
        definition = _definition(row, texts[row.code], position)
        stored = current.get(row.code)
        if stored is not None and stored.origin != FROM_FILE:
            continue
        if stored is not None and all(getattr(stored, name) == value for name, value in definition.items()):
            continue
        tx.add(Indicator(code=row.code, version=stored.version + 1 if stored else 1, **definition))
        added += 1
    return added


def _definition(row: IndicatorRow, texts: TextsRow, position: int) -> dict[str, Any]:
    band: list[float | None] = [*row.target_band] if row.target_band else [None, None]
    return {
        "position": position, "interface": row.interface,
        "names": {"es": row.name_es, "en": row.name_en, **texts.names}, "definition": row.definition,
        "definitions": {"en": row.definition, **texts.definitions}, "unit": row.unit,
        "polarity": row.polarity, "target_low": band[0],
        "target_high": band[1], "statistic": row.formula.statistic, "numerator": row.formula.numerator,
        "denominator": row.formula.denominator, "factor": row.factor, "frequency": row.frequency,
        "valid_low": row.plausible_range[0], "valid_high": row.plausible_range[1], "aggregation": row.aggregation,
        "min_share": row.min_share, "source": row.source, "source_read": row.source_read, "basis": row.basis,
    }  # fmt: skip


async def _add_series(tx: WriteSession, series: list[tuple[SeriesRow, list[ValueRow], str]]) -> int:
    stored = {row.slug: row for row in await tx.scalars(select(ReferenceSeries))}
    added = 0
    for position, (row, values, digest) in enumerate(series):
        if (there := stored.get(row.slug)) is not None:
            if there.file_hash != digest:
                path = FOLDER / "reference_series" / row.file
                raise ReferenceTrouble(path, None, f"differs from what {row.slug} was loaded from; give it a new slug")
            continue
        tx.add(
            ReferenceSeries(
                position=position,
                file_hash=digest,
                measures=[measure.model_dump() for measure in row.measures],
                **row.model_dump(exclude={"file", "measures"}),
            )
        )
        await tx.flush()
        tx.add_all(_value(row.slug, value) for value in values)
        added += 1
    return added


def _value(slug: str, row: ValueRow) -> ReferenceValue:
    port, territory = normal(row.port), normal(row.territory) if row.territory else None
    return ReferenceValue(
        series_slug=slug, unlocode=row.un_locode, port=port, territory=territory, country=row.un_locode[:2],
        rank=row.cppi_rank_2025, score=row.cppi_score_2025, berth_hours_share=row.berth_hours_share,
        calls=row.calls_in_sample, search=without_accents(f"{port} {row.un_locode} {territory or ''}"),
    )  # fmt: skip
