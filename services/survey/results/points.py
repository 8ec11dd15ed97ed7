"""Communities × points over years: one statement that PostgreSQL answers with the text of the JSON."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Float, Text, case, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.access import visible_snapshots
from services.survey.results.files import Table, in_natural_order
from services.survey.results.queries import own_assessment
from services.survey.tables import Assessment, Campaign, Community, EditionScores
from shared.callers import Caller
from shared.languages import DEFAULT

Edition = EditionScores
OF_A_ROW = ("community", "name", "country", "kind", "phase", "size_class", "year", "state", "revision")
AFTERWARDS = ("respondents", "groups", "model_version", "demo")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which results, and in which order: `sort` is `overall` or the code of a point or pillar, the highest first."""

    year: int | None = None
    first: int | None = None
    last: int | None = None
    country: str | None = None
    phase: str | None = None
    kind: str | None = None
    size_class: str | None = None
    sort: str = "overall"


async def read_points(db: AsyncSession, wanted: Selection, language: str, *, by: Caller) -> str:
    """The JSON of every result that the caller may see and that was asked for, the newest year first."""
    row = func.json_build_object(
        "community", Community.code, "name", _name(language), "country", Community.country, "kind", Community.kind,
        "phase", Community.phase, "size_class", Community.size_class, "year", Edition.year,
        "state", case((Assessment.published_revision == Edition.revision, "published"), else_=Assessment.state),
        "revision", Edition.revision, "overall", Edition.overall, "level", Edition.level,
        "respondents", Edition.respondents, "groups", Edition.groups, "pillars", Edition.pillars,
        "points", Edition.points, "model_version", Campaign.model_version, "demo", Edition.demo,
    )  # fmt: skip
    by_code = func.coalesce(Edition.points[wanted.sort].astext, Edition.pillars[wanted.sort].astext)
    score: ColumnElement[Any] = Edition.overall.expression if wanted.sort == "overall" else cast(by_code, Float)
    order = (Edition.year.desc(), score.desc().nulls_last(), Community.code)
    text = func.string_agg(cast(row, Text), aggregate_order_by(literal_column("','"), *order))
    statement = (
        select(func.coalesce(text, ""), func.count(), func.coalesce(func.bool_or(Edition.demo), False))
        .select_from(Edition)
        .join(Assessment, own_assessment(Edition))
        .join(Community, Community.code == Edition.community_code)
        .join(Campaign, Campaign.year == Edition.year)
        .where(visible_snapshots(by, Edition.revision), *_conditions(wanted))
    )
    items, total, demo = (await db.execute(statement)).one()
    return f'{{"items":[{items}],"next":null,"total":{total},"demo":{json.dumps(demo)}}}'


def _name(language: str) -> ColumnElement[Any]:
    """What `shared.languages.pick` would give."""
    wanted = [func.nullif(Community.names[name].astext, "") for name in dict.fromkeys((language, DEFAULT, "en"))]
    return func.coalesce(*wanted, Community.code)


def _conditions(wanted: Selection) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.first is not None:
        found.append(Edition.year >= wanted.first)
    if wanted.last is not None:
        found.append(Edition.year <= wanted.last)
    for column, value in (
        (Edition.year, wanted.year), (Community.country, wanted.country), (Community.phase, wanted.phase),
        (Community.kind, wanted.kind), (Community.size_class, wanted.size_class),
    ):  # fmt: skip
        if value is not None:
            found.append(column == value)
    return found


def table_of_points(content: str) -> Table:
    """One row a community and year, one column a pillar or point: those of every version of the model in it."""
    items: list[dict[str, Any]] = json.loads(content)["items"]
    codes = in_natural_order({code for item in items for code in (*item["pillars"], *item["points"])})
    header = (*OF_A_ROW, "overall", "level", *codes, *AFTERWARDS)
    rows = []
    for item in items:
        scores = item["pillars"] | item["points"]
        rows.append(
            [
                *(item[column] for column in OF_A_ROW), _double(item["overall"]), item["level"],
                *(_double(scores.get(code)) for code in codes), *(item[column] for column in AFTERWARDS),
            ]
        )  # fmt: skip
    return header, rows


def _double(value: float | None) -> float | None:
    return None if value is None else float(value)
