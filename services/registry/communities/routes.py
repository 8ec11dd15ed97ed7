"""HTTP of communities and countries."""

import json
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import StringConstraints
from sqlalchemy import func, select
from starlette.responses import Response

from services.registry.access import community_to_see, visible
from services.registry.communities import operations, queries
from services.registry.schemas import (
    CommunityIn,
    CommunityOut,
    CommunityPatch,
    CountryCode,
    CountryOut,
    StageIn,
    StageOut,
)  # fmt: skip
from services.registry.tables import Community, Country, StageChange
from services.registry.words import Kind, Phase, Stage
from shared.answers import answer, nothing, public_to
from shared.callers import Anyone, Caller, Member, Secretariat
from shared.database import Database
from shared.dependencies import Db
from shared.fields import Counted
from shared.formats import csv_bytes, file_answer, format_of
from shared.languages import pick
from shared.paging import Part, count_of
from shared.problems import documented
from shared.routing import house_router
from shared.tags import IfMatch
from shared.text import without_accents

router = house_router("/api/v1/registry", tags=["registry"])
COLUMNS = (
    "code", "name", "country", "kind", "phase", "stage", "stage_since", "website", "size_class", "languages",
    "members_count", "ports", "lat", "lon", "demo",
)  # fmt: skip
Search = Annotated[str, StringConstraints(max_length=200)]


@router.get("/countries", response_model=Counted[CountryOut], responses=documented(422))
async def list_countries(request: Request, caller: Anyone, db: Db, part: Part) -> Response:
    """The countries of the region, with how many communities each has, by name in the reader's language."""
    language = request.state.language
    async with db.reading() as reading:
        grouped = select(Community.country, func.count()).where(visible(caller)).group_by(Community.country)
        counts = dict((await reading.execute(grouped)).all())
        rows = (await reading.scalars(select(Country))).all()
    items = [
        CountryOut(code=row.code, name=pick(row.names, language), names=row.names, communities=counts.get(row.code, 0))
        for row in rows
    ]
    items.sort(key=_as_listed)
    rest = [country for country in items if part.after is None or _as_listed(country) > part.after]
    shown, following = part.cut(rest, _as_listed)
    return answer(request, Counted(items=shown, next=following, total=len(items)), caching=public_to(request))


@router.get("/communities", response_model=Counted[CommunityOut], responses=documented(422))
async def list_communities(
    request: Request,
    caller: Anyone,
    db: Db,
    part: Part,
    country: Annotated[CountryCode | None, Query(description="ISO 3166-1 alpha-2.")] = None,
    phase: Phase | None = None,
    stage: Stage | None = None,
    kind: Kind | None = None,
    q: Annotated[Search | None, Query(description="Words in name, code or port, accents and case aside.")] = None,
    format: Annotated[str | None, Query(description="json, csv or geojson.")] = None,  # noqa: A002
) -> Response:
    """The directory of communities. As CSV or GeoJSON it is the whole selection, never a part of it."""
    wanted = format_of(request, "json", "csv", "geojson")
    statement = queries.communities(caller, country=country, phase=phase, stage=stage, kind=kind, q=q)
    if wanted != "json":
        everything = await _everything(db, statement, caller, request.state.language)
        content = _csv(everything) if wanted == "csv" else _geojson(everything)
        return file_answer(request, content, format=wanted, name="communities", caching=public_to(request))
    async with db.reading() as reading:
        total = await count_of(reading, statement)
        rows, following = part.cut(
            (await reading.scalars(part.apply(statement, [Community.code]))).all(), lambda row: (row.code,)
        )
        counts = await queries.members_counts(reading, [row.code for row in rows])
    items = [operations.community_out(r, counts.get(r.code, 0), caller, request.state.language) for r in rows]
    return answer(request, Counted(items=items, next=following, total=total), caching=public_to(request))


@router.post(
    "/communities",
    status_code=201,
    response_model=CommunityOut,
    responses=documented(400, 401, 403, 409, 413, 415, 422),
)
async def add_community(request: Request, wanted: CommunityIn, caller: Secretariat, db: Db) -> Response:
    """Add a community. Without a location it has that of its primary port."""
    out, version = await operations.add_community(db, wanted, request.state.language, by=caller)
    location = {"Location": f"/api/v1/registry/communities/{out.code}"}
    return answer(request, out, version=version, status=201, headers=location)


@router.get("/communities/{code}", response_model=CommunityOut, responses=documented(404, 422))
async def read_community(request: Request, code: str, caller: Anyone, db: Db) -> Response:
    """A community's card; people's addresses are shown to its own people and the secretariat."""
    async with db.reading() as reading:
        community = await community_to_see(reading, code, caller)
        counts = await queries.members_counts(reading, [code])
    out = operations.community_out(community, counts.get(code, 0), caller, request.state.language)
    return answer(request, out, version=community.version, caching=public_to(request))


@router.patch(
    "/communities/{code}", response_model=CommunityOut,
    responses=documented(400, 401, 403, 404, 412, 413, 415, 422, 428),
)  # fmt: skip
async def change_community(
    request: Request, code: str, wanted: CommunityPatch, caller: Member, version: IfMatch, db: Db
) -> Response:
    """Change a card: the secretariat everything but the code, the coordinator name, website, description, contacts.

    Name and description are set in the request's language. A location is one value, never half of one; null clears it,
    and a location that was that of the primary port follows the ports. An empty description is none, other texts
    cannot be empty.
    """
    out, now = await operations.change_community(db, code, wanted, version, request.state.language, by=caller)
    return answer(request, out, version=now)


@router.delete("/communities/{code}", status_code=204, responses=documented(401, 403, 404, 412, 428))
async def remove_community(code: str, caller: Secretariat, version: IfMatch, db: Db) -> Response:
    """Take a community out of the directory. Its code is never used again."""
    await operations.remove_community(db, code, version, by=caller)
    return nothing()


@router.get("/communities/{code}/stages", response_model=Counted[StageOut], responses=documented(404, 422))
async def list_stages(request: Request, code: str, caller: Anyone, db: Db, part: Part) -> Response:
    """The community's life cycle so far, oldest first."""
    statement = queries.stages(code)
    async with db.reading() as reading:
        await community_to_see(reading, code, caller)
        total = await count_of(reading, statement)
        rows, following = part.cut(
            (await reading.scalars(part.apply(statement, [StageChange.recorded_at, StageChange.id]))).all(),
            lambda row: (row.recorded_at, row.id),
        )
    items = [operations.stage_out(row) for row in rows]
    return answer(request, Counted(items=items, next=following, total=total), caching=public_to(request))


@router.post(
    "/communities/{code}/stages", status_code=201, response_model=StageOut,
    responses=documented(400, 401, 403, 404, 409, 413, 415, 422),
)  # fmt: skip
async def move_to_stage(request: Request, code: str, wanted: StageIn, caller: Secretariat, db: Db) -> Response:
    """One stage forward; back, to `dormant` or out of it with a reason."""
    return answer(request, await operations.move_to_stage(db, code, wanted, by=caller), status=201)


def _as_listed(country: CountryOut) -> tuple[str, str]:
    return (without_accents(country.name), country.code)


async def _everything(db: Database, statement: Any, caller: Caller, language: str) -> list[CommunityOut]:
    async with db.reading() as reading:
        rows = (await reading.scalars(statement.order_by(Community.code))).all()
        counts = await queries.members_counts(reading, [row.code for row in rows])
    return [operations.community_out(row, counts.get(row.code, 0), caller, language) for row in rows]


def _csv(communities: list[CommunityOut]) -> bytes:
    return csv_bytes(
        COLUMNS,
        (
            (
                c.code, c.name, c.country, c.kind, c.phase, c.stage, c.stage_since, c.website, c.size_class,
                c.languages, c.members_count, [port.unlocode for port in c.ports],
                c.location.lat if c.location else None, c.location.lon if c.location else None, c.demo,
            )
            for c in communities
        ),
    )  # fmt: skip


def _geojson(communities: list[CommunityOut]) -> bytes:
    """RFC 7946: longitude first; a community without a place has a null geometry."""
    features = [
        {
            "type": "Feature",
            "id": c.code,
            "geometry": {"type": "Point", "coordinates": [c.location.lon, c.location.lat]} if c.location else None,
            "properties": c.model_dump(mode="json", exclude={"location", "contacts"}),
        }
        for c in communities
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()
