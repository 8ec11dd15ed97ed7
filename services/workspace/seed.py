"""The committees from `data/committees.yaml`."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select

from services.workspace.tables import Committee
from services.workspace.words import CommitteeKind
from shared.callers import Caller
from shared.database import Database
from shared.fields import Line, Slug
from shared.languages import LANGUAGES
from shared.reference import load_yaml, trouble_at

FILE = Path(__file__).parent / "data" / "committees.yaml"
PLATFORM = Caller(kind="service", id="workspace", name="workspace")


class CommitteeRow(BaseModel):
    model_config = ConfigDict(extra="forbid")

    slug: Slug
    kind: CommitteeKind
    names: dict[str, Line]


class CommitteesFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    committees: list[CommitteeRow]


def read(path: Path = FILE) -> CommitteesFile:
    """The file, checked whole: slugs occur once, names are in every language. Raises ReferenceTrouble."""
    found = load_yaml(path, CommitteesFile)
    slugs: set[str] = set()
    for index, row in enumerate(found.committees):
        if row.slug in slugs:
            raise trouble_at(path, ("committees", index, "slug"), f"{row.slug} occurs twice")
        slugs.add(row.slug)
        if missing := [language for language in LANGUAGES if language not in row.names]:
            raise trouble_at(path, ("committees", index, "names"), f"{row.slug} has no name in {', '.join(missing)}")
        if unknown := sorted(row.names.keys() - set(LANGUAGES)):
            raise trouble_at(path, ("committees", index, "names", unknown[0]), f"{unknown[0]} is none of our languages")
    return found


async def seed(db: Database, path: Path = FILE) -> str | None:
    """Load the committees when there are none yet; what was loaded, in words."""
    found = read(path)
    async with db.transaction(by=PLATFORM, to="load reference data", about=path.name) as tx:
        if await tx.scalar(select(Committee.slug).limit(1)) is not None:
            return None
        tx.add_all(
            Committee(slug=row.slug, names=dict(row.names), kind=row.kind, position=position)
            for position, row in enumerate(found.committees, start=1)
        )
    return f"{len(found.committees)} committees"
