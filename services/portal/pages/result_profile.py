"""A community's result as pictures: radar and bars, its place among peers, its line over the years."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.portal.charts.profile import Profile, ProfilePillar, ProfilePoint
from services.portal.charts.quartile_strip import QuartileStrip
from services.portal.charts.sparkline import Sparkline
from services.portal.pages.model import bands_of
from services.portal.translations import Translations
from services.survey.schemas.basis import MeasureBasis, ResultBasisOut
from services.survey.schemas.comparisons import PeersOut, Position
from services.survey.schemas.models import ModelOut
from services.survey.schemas.results import ChangeOut, PointResult, ResultOut, YearResult


@dataclass(frozen=True)
class Gap:
    """A measure below a target level: how far it is, and weight times gap, by which gaps are ranked."""

    measure: MeasureBasis
    gap: float
    priority: float


def gaps_in(basis: ResultBasisOut, target: int) -> list[Gap]:
    """The most pressing first."""
    goal = 100 * target / basis.top
    measures = [m for pillar in basis.pillars for point in pillar.points for m in point.measures]
    found = [Gap(m, goal - m.score, m.weight * (goal - m.score)) for m in measures if m.score is not None]
    return sorted((gap for gap in found if gap.gap > 0), key=lambda gap: (-gap.priority, gap.measure.code))


def points_of(result: ResultOut) -> dict[str, PointResult]:
    return {point.code: point for pillar in result.pillars for point in pillar.points}


def names_of(model: ModelOut | None) -> dict[str, str]:
    """What pillars, points and measures are called, by code."""
    if model is None:
        return {}
    names: dict[str, str] = {}
    for pillar in model.pillars:
        names[pillar.code] = pillar.name
        for point in pillar.points:
            names[point.code] = point.name
            names |= {measure.code: measure.name for measure in point.measures}
    return names


def profile_of_result(
    result: ResultOut, earlier: ResultOut | None, peers: PeersOut | None, model: ModelOut, words: Translations, *,
    bridge: ChangeOut | None = None,
) -> Profile:  # fmt: skip
    """Radar and bars of a result: the year before as a line, the peers' median as dots, their middle half as a band.

    Where the model changed in between, the line is the year before as this version would have measured it (`bridge`).
    """
    before = {code: point.score for code, point in points_of(earlier).items()} if earlier else {}
    last = str(earlier.year) if earlier else None
    if earlier is None and bridge is not None:
        before = {one.code: one.rescored for one in bridge.points if one.code and one.rescored is not None}
        if before:
            last = words.gettext("%(year)s con el modelo de ahora") % {"year": bridge.from_year}
    quartiles = {one.code: one.quartiles for one in peers.points if one.quartiles} if peers else {}
    names = names_of(model)

    def point_of(point: PointResult) -> ProfilePoint:
        low, median, high = quartiles.get(point.code) or (None, None, None)
        return ProfilePoint(
            point.code, names.get(point.code, point.code), point.score,
            before.get(point.code), median, low, high,
            href=f"/model/{result.model_version}#{point.code}",
        )  # fmt: skip

    pillars = tuple(
        ProfilePillar(
            pillar.code, names.get(pillar.code, pillar.code), tuple(point_of(point) for point in pillar.points),
            pillar.score,
        )
        for pillar in result.pillars
    )  # fmt: skip
    title = words.gettext("Perfil de %(name)s, %(year)s") % {"name": result.name, "year": result.year}
    n = max((one.n for one in peers.points if isinstance(one.n, int)), default=0) if peers else 0
    label = words.gettext("%(n)s comunidades") % {"n": n} if n else None
    return Profile("perfil", title, pillars, str(result.year), last, label, bands=bands_of(model))


def strips_of(peers: PeersOut, names: dict[str, str], own: str, words: Translations) -> list[QuartileStrip]:
    """The place of the whole and of each pillar among the peers, where it may be told."""
    places: Sequence[tuple[str, Position]] = [
        (words.gettext("Total"), peers.overall),
        *((f"{one.code} {names.get(one.code, '')}".strip(), one) for one in peers.pillars),
    ]
    return [
        QuartileStrip(
            f"pares-{place.code}", title, "", "higher", str(place.n),
            (place.quartiles[0], place.quartiles[1], place.quartiles[2]), place.score, own, scale=(0.0, 100.0),
        )
        for title, place in places
        if place.quartiles is not None
    ]  # fmt: skip


def sparkline_of(history: list[YearResult], words: Translations) -> Sparkline | None:
    rows = sorted(history, key=lambda one: one.year)
    if len(rows) < 2:
        return None
    title = words.gettext("Resultado total por año")
    return Sparkline(title, tuple(one.overall for one in rows), tuple(str(one.year) for one in rows), 0, 100)
