"""All public data as one Frictionless data package: the files, and what describes them, with their checksums."""

import asyncio
import hashlib
import json
import zipfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import IO, Any

from sqlalchemy import select, text

from services.indicators.catalogue import current
from services.indicators.exports.writers import COLUMNS, CsvWriter
from services.indicators.observations import queries
from services.indicators.tables import Community, Indicator, ReferenceSeries, ReferenceValue
from shared.callers import PUBLIC
from shared.database import Database, ReadSession

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
LICENCE = {"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/", "title": "CC BY 4.0"}
TITLE = "Indicators of the Network of Digital and Collaborative Ports"
ROWS = 5_000
SECONDS = 1800
Made = tuple[int, str]
"""Bytes, and SHA-256."""


@dataclass(frozen=True)
class Resource:
    """A file of the package. `fields`: the type of every column, in order; `key`: what names a row."""

    title: str
    fields: Mapping[str, str]
    key: tuple[str, ...]
    refers: Mapping[str, tuple[str, str]]
    """Columns that name a row of another file: that file and its column."""


RESOURCES: Mapping[str, Resource] = {
    "observations": Resource(
        "Approved values that communities made public",
        dict.fromkeys(COLUMNS, "string")
        | dict.fromkeys(("value", "numerator", "denominator"), "number")
        | {"n": "integer", "revision": "integer", "recorded_at": "datetime", "demo": "boolean"},
        ("indicator", "community", "period"),
        {"indicator": ("indicators", "code"), "community": ("communities", "code")},
    ),
    "indicators": Resource(
        "The catalogue of indicators",
        {
            "code": "string", "version": "integer", "interface": "string", "name_es": "string", "name_en": "string",
            "definition": "string", "unit": "string", "polarity": "string", "target_low": "number",
            "target_high": "number", "statistic": "string", "numerator": "string", "denominator": "string",
            "factor": "number", "frequency": "string", "valid_low": "number", "valid_high": "number",
            "aggregation": "string", "source": "string", "basis": "string",
        },
        ("code",), {},
    ),
    "communities": Resource(
        "The port communities of the Network",
        {
            "code": "string", "name_es": "string", "name_en": "string", "country": "string", "kind": "string",
            "phase": "string", "size_class": "string", "demo": "boolean",
        },
        ("code",), {},
    ),
    "reference_values": Resource(
        "Figures of other ports, each of one edition of one publication",
        {
            "series": "string", "edition": "string", "unlocode": "string", "port": "string", "territory": "string",
            "country": "string", "rank": "integer", "score": "number", "berth_hours_share": "number",
            "calls": "integer", "licence": "string", "attribution": "string",
        },
        ("series", "unlocode"), {},
    ),
}  # fmt: skip


async def rows_of(reading: ReadSession, name: str) -> AsyncIterator[list[tuple[Any, ...]]]:
    """The rows of a file, part by part, as the public may see them."""
    statement = _statement(name)
    if name == "observations":
        rows = await reading.stream(statement, execution_options={"yield_per": ROWS})
        async for part in rows.partitions(ROWS):
            yield [tuple(row) for row in part]
        return
    found = (await reading.execute(statement)).all()
    yield [_cells(name, row) for row in found]


def _statement(name: str) -> Any:
    if name == "observations":
        cells = queries.as_cells(queries.observations(PUBLIC), None)
        return cells.order_by(*[text(str(place)) for place in (1, 2, 3)])
    if name == "indicators":
        return current().order_by(Indicator.position, Indicator.code)
    if name == "communities":
        return select(Community).where(Community.active).order_by(Community.code)
    return (
        select(ReferenceValue, ReferenceSeries)
        .join(ReferenceSeries, ReferenceSeries.slug == ReferenceValue.series_slug)
        .order_by(ReferenceSeries.position, ReferenceValue.unlocode)
    )


def _cells(name: str, row: Any) -> tuple[Any, ...]:
    if name == "reference_values":
        value, series = row
        return (
            series.slug, series.edition, value.unlocode, value.port, value.territory, value.country, value.rank,
            value.score, value.berth_hours_share, value.calls, series.licence, series.attribution,
        )  # fmt: skip
    (found,) = row
    names = {"name_es": found.names.get("es", ""), "name_en": found.names.get("en", "")}
    return tuple(names[column] if column in names else getattr(found, column) for column in RESOURCES[name].fields)


class _Counting:
    """A file that only grows, with the size and digest of what went into it."""

    def __init__(self, file: IO[bytes] | None) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._size = 0

    def write(self, content: bytes) -> int:
        if self._file is not None:
            self._file.write(content)
        self._digest.update(content)
        self._size += len(content)
        return len(content)

    def flush(self) -> None:
        if self._file is not None:
            self._file.flush()

    @property
    def made(self) -> Made:
        return self._size, self._digest.hexdigest()


async def write_resource(
    reading: ReadSession, name: str, file: IO[bytes] | None, after: Callable[[], None] = lambda: None
) -> Made:
    """Write a file of the package (to nowhere: only measure it); `after` is called after every part."""
    counting: Any = _Counting(file)
    writer = CsvWriter(counting, tuple(RESOURCES[name].fields))
    async for part in rows_of(reading, name):
        await asyncio.to_thread(writer.write, part)
        after()
    found: Made = counting.made
    return found


async def write_package(db: Database, file: IO[bytes], origin: str, after: Callable[[], None]) -> None:
    """The ZIP: every file, then `datapackage.json`, which knows their checksums. The same data, the same bytes."""
    one_way: Any = _Counting(file)  # not seekable, so that nothing that was sent is changed
    made: dict[str, Made] = {}
    async with package_reading(db) as reading:
        with zipfile.ZipFile(one_way, "w", zipfile.ZIP_DEFLATED) as packed:
            for name in RESOURCES:
                with packed.open(_entry(f"{name}.csv"), "w", force_zip64=True) as entry:
                    made[name] = await write_resource(reading, name, entry, after)
            packed.writestr(_entry("datapackage.json"), description(made, origin))


async def measured(db: Database) -> dict[str, Made]:
    """Size and checksum of every file, without keeping any."""
    async with package_reading(db) as reading:
        return {name: await write_resource(reading, name, None) for name in RESOURCES}


@asynccontextmanager
async def package_reading(db: Database) -> AsyncIterator[ReadSession]:
    """A reading of one moment, whose statements may take long."""
    async with db.reading(snapshot=True) as reading:
        await reading.execute(text(f"SET LOCAL statement_timeout = '{SECONDS}s'"))
        yield reading


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)  # dated 1980, as ZIP begins
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def description(made: Mapping[str, Made], origin: str) -> bytes:
    """`datapackage.json` (Data Package 2.0): every file with its columns, keys, size and checksum."""
    resources = [_described(name, resource, *made[name]) for name, resource in RESOURCES.items()]
    package = {
        "$schema": PROFILE, "name": "ports-network-indicators", "title": TITLE, "homepage": origin,
        "description": "Public data only: what communities approved and made public, and what explains it.",
        "licenses": [LICENCE], "resources": resources,
    }  # fmt: skip
    return json.dumps(package, ensure_ascii=False, indent=2).encode()


def _described(name: str, resource: Resource, size: int, sha256: str) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [{"name": column, "type": kind} for column, kind in resource.fields.items()],
        "primaryKey": list(resource.key), "missingValues": [""],
    }  # fmt: skip
    if resource.refers:
        schema["foreignKeys"] = [
            {"fields": [column], "reference": {"resource": other, "fields": [theirs]}}
            for column, (other, theirs) in resource.refers.items()
        ]
    return {
        "name": name, "title": resource.title, "type": "table", "path": f"{name}.csv", "scheme": "file",
        "format": "csv", "mediatype": "text/csv", "encoding": "utf-8", "bytes": size, "hash": f"sha256:{sha256}",
        "schema": schema,
    }  # fmt: skip


def catalogue_entry(origin: str, formats: Mapping[str, str]) -> dict[str, Any]:
    """The entry of a DCAT 3 catalogue, JSON-LD. `formats`: media types by what `?format=` calls them."""
    root = f"{origin}/api/v1/indicators"
    distributions = [
        {
            "@type": "dcat:Distribution", "@id": f"{root}/observations?format={form}",
            "dcterms:title": f"Observations as {form}", "dcat:mediaType": media_type,
            "dcat:accessURL": {"@id": f"{root}/observations?format={form}"},
            "dcterms:license": {"@id": LICENCE["path"]},
        }
        for form, media_type in formats.items()
    ]  # fmt: skip
    distributions.append(
        {
            "@type": "dcat:Distribution", "@id": f"{root}/package.zip", "dcterms:title": "Frictionless data package",
            "dcat:mediaType": "application/zip", "dcat:downloadURL": {"@id": f"{root}/package.zip"},
            "dcterms:conformsTo": {"@id": PROFILE}, "dcterms:license": {"@id": LICENCE["path"]},
        }
    )  # fmt: skip
    return {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#", "dcterms": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
        },
        "@id": f"{root}/dcat.jsonld#dataset", "@type": "dcat:Dataset",
        "dcterms:title": [
            {"@language": "es", "@value": "Indicadores de la Red de Puertos Digitales y Colaborativos"},
            {"@language": "en", "@value": TITLE},
        ],
        "dcterms:description": {
            "@language": "en",
            "@value": "Quantitative indicators of the interfaces of port communities in Latin America and the "
            "Caribbean: monthly, quarterly and annual, approved by the communities themselves.",
        },
        "dcterms:publisher": {
            "@type": "foaf:Organization", "foaf:name": "Network of Digital and Collaborative Ports",
            "foaf:homepage": {"@id": origin},
        },
        "dcat:keyword": ["ports", "logistics", "benchmarks", "puertos", "logística"],
        "dcat:landingPage": {"@id": f"{origin}/benchmarks/indicators"}, "dcterms:license": {"@id": LICENCE["path"]},
        "dcterms:accrualPeriodicity": {"@id": "http://publications.europa.eu/resource/authority/frequency/MONTHLY"},
        "dcterms:spatial": {"dcterms:title": "Latin America and the Caribbean"},
        "dcterms:conformsTo": {"@id": f"{root}/sdmx/structure"}, "dcat:distribution": distributions,
    }  # fmt: skip
