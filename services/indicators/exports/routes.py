"""HTTP of what describes the exports: the structure in the words of SDMX."""

import json

from fastapi import Request
from sqlalchemy import select
from starlette.responses import Response

from services.indicators.catalogue import indicators as catalogue_of
from services.indicators.exports import package, structure
from services.indicators.exports.files import growing_answer
from services.indicators.exports.growing import GrowingFile
from services.indicators.state import Held
from services.indicators.tables import Community
from shared.answers import answer, public_to
from shared.callers import Anyone
from shared.dependencies import Db
from shared.formats import MEDIA_TYPES, disposition
from shared.problems import NotFound, documented
from shared.routing import house_router

router = house_router("/api/v1/indicators", tags=["indicators"])
KEPT = 300  # seconds
JSON_LD = "application/ld+json"


@router.get(
    "/sdmx/structure",
    responses={200: {"description": "The structure message", "content": {structure.MEDIA_TYPE: {}}}},
    response_class=Response,
)
async def read_structure(request: Request, caller: Anyone, db: Db) -> Response:
    """The data structure of the observations, with its code lists and concepts, as SDMX-JSON 2.0: what the SDMX
    exports of `GET /observations` refer to."""
    async with db.reading(snapshot=True) as reading:
        catalogue = await catalogue_of(reading)
        rows = await reading.execute(select(Community.code, Community.names).order_by(Community.code))
        communities = {code: names for code, names in rows}  # noqa: C416 -- rows, not pairs
    since = max(row.recorded_at for row in catalogue.values())  # not now: an unchanged structure keeps its tag
    message = structure.structures({code: row.names for code, row in catalogue.items()}, communities, since)
    content = json.dumps(message, ensure_ascii=False).encode()
    headers = {"Content-Disposition": disposition("structure.sdmx.json", kind="inline")}
    caching = public_to(request, seconds=KEPT)
    return answer(request, content, caching=caching, media_type=structure.MEDIA_TYPE, headers=headers)


@router.get(
    "/package/datapackage.json", response_class=Response,
    responses={200: {"content": {"application/json": {}}}, **documented(503)},
)  # fmt: skip
async def read_package_description(request: Request, caller: Anyone, db: Db) -> Response:
    """What is in the package of all public data: every file with its columns, size and SHA-256 (Data Package 2.0)."""
    held = await Held.by(request, db)
    if held.is_unchanged:
        return held.not_modified()
    content = package.description(await package.measured(db), request.app.state.settings.origin)
    return held.remembered(answer(request, content, caching=public_to(request, seconds=KEPT)))


@router.get(
    "/package/{resource}.csv", response_class=Response,
    responses={200: {"content": {"text/csv": {}}}, **documented(404, 503)},
)  # fmt: skip
async def read_package_resource(request: Request, resource: str, caller: Anyone, db: Db) -> Response:
    """One file of the package of all public data, whole, sent while it is made."""
    if resource not in package.RESOURCES:
        raise NotFound("This file of the package")

    async def make(growing: GrowingFile) -> None:
        async with package.package_reading(db) as reading:
            await package.write_resource(reading, resource, growing.file, growing.grown)

    return await growing_answer(request, db, make, name=resource, form="csv")


@router.get(
    "/package.zip", response_class=Response, responses={200: {"content": {"application/zip": {}}}, **documented(503)}
)  # fmt: skip
async def read_package(request: Request, caller: Anyone, db: Db) -> Response:
    """All public data as one ZIP: a Frictionless data package, the same for everybody who asks."""
    origin: str = request.app.state.settings.origin

    async def make(growing: GrowingFile) -> None:
        await package.write_package(db, growing.file, origin, growing.grown)

    return await growing_answer(request, db, make, name="ports-network-indicators", form="zip")


@router.get(
    "/dcat.jsonld", response_class=Response, responses={200: {"content": {JSON_LD: {}}}, **documented(503)}
)  # fmt: skip
async def read_catalogue_entry(request: Request, caller: Anyone) -> Response:
    """The entry of this data in a catalogue of open data: DCAT 3 as JSON-LD."""
    formats = {form: MEDIA_TYPES[form] for form in ("csv", "xlsx", "parquet", "sdmx-csv", "sdmx-json")}
    entry = package.catalogue_entry(request.app.state.settings.origin, formats)
    content = json.dumps(entry, ensure_ascii=False, indent=2).encode()
    return answer(request, content, caching=public_to(request, seconds=KEPT), media_type=JSON_LD)
