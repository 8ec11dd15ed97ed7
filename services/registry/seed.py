"""The Network's communities from `data/communities.yaml`, and the countries of the region."""

from pathlib import Path

from babel import Locale
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select

from services.registry import stakeholder_types
from services.registry.communities.queries import search_text
from services.registry.places import BOXES, UNLOCODE, location_errors
from services.registry.tables import Community, Country, Port, StageChange
from services.registry.words import Kind, Phase, Stage
from shared.callers import Caller
from shared.database import Database, Job
from shared.languages import LANGUAGES
from shared.reference import load_yaml, trouble_at

FILE = Path(__file__).parent / "data" / "communities.yaml"
PLATFORM = Caller(kind="service", id="registry", name="registry")


class WorldPortIndex(BaseModel):
    main_port_name: str
    harbor_size: str | None = None


class LocationRow(BaseModel):
    code: str
    role: str
    lat: float | None = None
    lon: float | None = None
    coord_source: str | None = None
    name: str | None = None
    wpi: WorldPortIndex | None = None


class CommunityRow(BaseModel):
    model_config = ConfigDict(extra="allow")

    slug: str
    name_es: str
    name_en: str
    name_pt: str | None = None
    name_fr: str | None = None
    country: str
    phase: Phase
    port_identity: str
    locations: list[LocationRow] = []
    note: str | None = None
    stage: Stage
    level: Kind


class CommunitiesFile(BaseModel):
    communities: list[CommunityRow]


def read(path: Path = FILE) -> CommunitiesFile:
    """The file, checked whole, and that of the types of stakeholders. Raises ReferenceTrouble."""
    stakeholder_types.read()
    found = load_yaml(path, CommunitiesFile)
    slugs: set[str] = set()
    for index, row in enumerate(found.communities):
        if row.slug in slugs:
            raise trouble_at(path, ("communities", index, "slug"), f"{row.slug} occurs twice")
        slugs.add(row.slug)
        if row.country not in BOXES:
            raise trouble_at(path, ("communities", index, "country"), f"{row.country} is no country of the region")
        for place, location in enumerate(row.locations):
            at = ("communities", index, "locations", place)
            if not UNLOCODE.fullmatch(location.code):
                raise trouble_at(path, (*at, "code"), f"{location.code} is no UN/LOCODE")
            if location.lat is not None and location.lon is not None:
                wrong = location_errors(row.country, location.lat, location.lon, "")
                if wrong:
                    raise trouble_at(path, (*at, "lat"), f"{location.code} {wrong[0].message}")
    return found


async def seed(db: Database, path: Path = FILE) -> str | None:
    """Load countries and communities when there are none yet; what was loaded, in words."""
    found = read(path)
    async with db.transaction(by=PLATFORM, to="load reference data", about=path.name) as tx:
        if await tx.scalar(select(Community.code).limit(1)) is not None:
            return None
        tx.add_all(Country(code=code, names=country_names(code)) for code in BOXES)
        await tx.flush()
        for row in found.communities:
            community = _community(row)
            tx.add(community)
            tx.announce(Job("community_changed", {"code": row.slug}))
            tx.add(StageChange(community_code=row.slug, stage=row.stage, note=None, recorded_by="registry"))
    return f"{len(found.communities)} communities"


def country_names(code: str) -> dict[str, str]:
    """The country's name in our languages, as CLDR has it."""
    return {language: Locale(language).territories[code] for language in LANGUAGES}


def _community(row: CommunityRow) -> Community:
    ports = [
        Port(
            unlocode=location.code,
            name=location.name or (location.wpi.main_port_name if location.wpi else row.name_en),
            lat=location.lat,
            lon=location.lon,
            role="primary" if location.role == "primary" else "secondary",
            inferred=row.port_identity != "confirmed",
            source=location.coord_source,
        )
        for location in row.locations
    ]
    primary = next((location for location in row.locations if location.role == "primary"), None)
    is_port = row.level == "port"
    size = primary.wpi.harbor_size if primary and primary.wpi else None
    community = Community(
        code=row.slug, names=_names(row), country=row.country, kind=row.level,
        phase=row.phase, stage=row.stage, languages=[], size_class=size.lower().replace(" ", "_") if size else None,
        lat=primary.lat if primary and is_port else None, lon=primary.lon if primary and is_port else None,
        note=row.note, ports=ports, version=1, descriptions={}, contacts=[],
    )  # fmt: skip
    community.search = search_text(community)
    return community


def _names(row: CommunityRow) -> dict[str, str]:
    """A place is mostly called the same in every language; what is not said falls back to Spanish."""
    names = {"es": row.name_es, "en": row.name_en, "pt": row.name_pt, "fr": row.name_fr}
    return {language: name for language, name in names.items() if name}
