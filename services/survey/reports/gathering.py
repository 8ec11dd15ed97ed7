"""What reports are made of, read from the database: the same for whoever may have the report."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter
from sqlalchemy import func, select

from services.survey.instrument import Instrument, names_in
from services.survey.models.operations import model_to_see
from services.survey.reports.access import campaign_to_report
from services.survey.reports.community import CommunityReport, community_content
from services.survey.reports.network import NetworkReport, network_content
from services.survey.results.basis import basis_of_result
from services.survey.results.comparisons import order_of, peers_of
from services.survey.results.network import contributions_of, network_of
from services.survey.results.operations import find_result, read_history
from services.survey.results.points import Selection, read_points
from services.survey.schemas.comparisons import PointsOut
from services.survey.sensitivity import SPREAD
from services.survey.tables import Assessment, Campaign, EditionScores
from services.survey.words import GroupBy
from shared.callers import PUBLIC, Caller
from shared.database import Database
from shared.languages import pick
from shared.problems import NotFound

_POINTS: TypeAdapter[PointsOut] = TypeAdapter(PointsOut)


@dataclass(frozen=True)
class Subject:
    """What a report tells of, and everything that it says. `moment`: when its newest figure was computed."""

    kind: str
    year: int
    community: str | None
    revision: int | None
    content: dict[str, Any]
    moment: datetime
    demo: bool


async def gather_community(
    db: Database, community: str, year: int, revision: int | None, language: str, zone: ZoneInfo, origin: str, *,
    by: Caller,
) -> Subject:  # fmt: skip
    """Raises NotFound as the result itself does. What a published one says does not depend on who reads it."""
    async with db.reading(snapshot=True) as reading:
        found = await find_result(reading, community, year, revision, by=by)
        snapshot, assessment, facts = found
        reader = PUBLIC if snapshot.occasion == "published" else by
        model = await model_to_see(reading, snapshot.model_version, by)
        campaign = await reading.get_one(Campaign, year)
        own = await reading.get_one(EditionScores, (year, community, snapshot.revision))
        published = await contributions_of(reading, year)
        rows = [(edition, published.facts[code]) for code, edition in published.editions.items() if code != community]
    instrument = Instrument.of(model.version, model.content)
    order = await order_of([*rows, (own, facts)], instrument, campaign, SPREAD, language)
    history = await read_history(db, community, language, by=reader)
    report = CommunityReport(
        basis=basis_of_result(found, model, language, with_answers=False), country=facts.country,
        peers=peers_of(published, own, facts, None, campaign.model_version, language),
        history=history.items, order=order,
        degrees={level["value"]: level["labels"] for level in model.content["scale"]["levels"]},
        missing_languages=model.missing_languages, language=language, zone=zone, origin=origin,
    )  # fmt: skip
    return Subject(
        "community", year, community, snapshot.revision, community_content(report), snapshot.computed_at,
        snapshot.demo or assessment.demo,
    )  # fmt: skip


async def gather_network(
    db: Database, year: int, language: str, zone: ZoneInfo, origin: str, *, by: Caller
) -> Subject:  # fmt: skip
    """Raises NotFound before the campaign is published, and without any published result."""
    async with db.reading(snapshot=True) as reading:
        campaign = await campaign_to_report(reading, year, by)
        found = await contributions_of(reading, year)
        if not found.editions:
            raise NotFound("A published result of this year")
        model = await model_to_see(reading, campaign.model_version, by)
        earlier = []
        before = (
            select(Campaign)
            .where(Campaign.year < year, Campaign.published_at.is_not(None))
            .order_by(Campaign.year.desc())
            .limit(9)
        )
        for one in reversed(list(await reading.scalars(before))):
            contributions = await contributions_of(reading, one.year)
            if contributions.editions:
                earlier.append(network_of(contributions, one.year, None, one.model_version))
        participants = await reading.scalar(select(func.count()).where(Assessment.year == year))
        text = await read_points(reading, Selection(year=year), language, by=PUBLIC)
        rows = [(edition, found.facts[code]) for code, edition in sorted(found.editions.items())]
        newest = await reading.scalar(
            select(func.max(Assessment.published_at)).where(
                Assessment.year == year, Assessment.published_revision.is_not(None)
            )
        )
    order = await order_of(rows, Instrument.of(model.version, model.content), campaign, SPREAD, language)
    network = network_of(found, year, None, campaign.model_version)
    moment = max(moment for moment in (newest, campaign.published_at, campaign.created_at) if moment is not None)
    dimensions: tuple[GroupBy, ...] = get_args(GroupBy)
    report = NetworkReport(
        year=year, network=network,
        groups={name: network_of(found, year, name, campaign.model_version) for name in dimensions},
        earlier=earlier, rows=_POINTS.validate_json(text).items, order=order, participants=participants or 0,
        names=names_in(model.content, language),
        bands=[(band["level"], band["from"], pick(band["labels"], language)) for band in model.content["bands"]],
        top=max(level["value"] for level in model.content["scale"]["levels"]),
        coverage_threshold=model.content["coverage_threshold"],
        is_reconstruction=model.status == "reconstruction", is_published=campaign.published_at is not None,
        moment=moment, language=language, zone=zone, origin=origin,
    )  # fmt: skip
    return Subject("network", year, None, None, network_content(report), moment, campaign.demo or network.demo)
