"""Made-up figures on real names, for the pictures of `/design` and for tests. They describe no community."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from services.portal.charts.group_levels import GroupLevels, GroupRow
from services.portal.charts.heatmap import HeatColumn, HeatGroup, Heatmap, HeatRow, sorted_rows
from services.portal.charts.map import Map, Place
from services.portal.charts.profile import Profile, ProfilePillar, ProfilePoint
from services.portal.charts.quartile_strip import QuartileStrip
from services.portal.charts.sparkline import Sparkline
from services.portal.components import FOLDER, localized
from services.portal.translations import Language, translations

SCORES = (68.8, 52.5, 81.3, 46.9, 58.3, None, 74.0, 37.5, 25.0, 62.5, 55.0, 43.8)
PREVIOUS = (62.5, 50.0, 75.0, 50.0, 43.8, 31.3, 60.0, 37.5, 12.5, 62.5, 50.0, 31.3)
MEDIANS = (55.0, 47.5, 58.0, 51.0, 40.6, 38.0, 49.0, 45.0, 30.0, 66.0, 52.0, 40.0)


@lru_cache
def _read(name: str) -> Any:
    return yaml.safe_load(Path(FOLDER / name).read_text("utf-8"))


class DesignExamples:
    """The data of every picture in a language; attribute names are what the component files call."""

    def __init__(self, language: Language) -> None:
        words = translations(language)
        model = localized(_read("_model.yaml"), language)["pillars"]
        spanish = language == "es"
        self.profile = _profile("ejemplo-perfil", "Manzanillo, 2026", model, words.gettext("su grupo de tamaño"))
        with_scores = either("Modelo con puntajes", "Model with scores", spanish)
        self.scored = _profile("ejemplo-modelo-puntajes", with_scores, model)
        self.model = Profile(
            "ejemplo-modelo", either("Modelo de Referencia", "Reference Model", spanish), _plain_pillars(model), "2026"
        )
        self.uneven = _uneven(model, either("Ejemplo desigual", "Uneven example", spanish))
        self.heatmap = _heatmap(model, language)
        places = localized(_read("_places.yaml"), language)["places"]
        self.map = _map(places, either("Comunidades de la Red", "Communities of the Network", spanish))
        self.places = _places(places, language)
        unit = either("t/h", "t/h", spanish)
        wait = either("Tiempo de espera en fondeo, 2026", "Waiting time at anchorage, 2026", spanish)
        speed = either("Toneladas por hora de buque en puerto, 2026", "Tonnes per hour of ship in port, 2026", spanish)
        berth = either("Ocupación de muelle, 2026", "Berth occupancy, 2026", spanish)
        self.strip_lower = QuartileStrip(
            "franja-menos", wait, "h", "lower", "12", (9.5, 14.0, 22.0), 12.5, "Manzanillo"
        )
        self.strip_higher = QuartileStrip(
            "franja-mas", speed, unit, "higher", "16", (310, 420, 560), 610, "Callao", decimals=0
        )
        self.strip_band = QuartileStrip(
            "franja-objetivo", berth, "%", "target_band", "9", (38, 52, 66), 74, "Veracruz", (40, 70), (0, 100), 0
        )
        self.strip_few = QuartileStrip(
            "franja-pocos", wait, "h", "lower", "<5", None, 12.5, "Manzanillo", scale=(0, 30)
        )
        self.groups = GroupLevels(
            "ejemplo-grupos", either("Niveles por grupo", "Levels by group", spanish), 4,
            (
                GroupRow(either("Aduana", "Customs", spanish), {"0": 0, "1": 0, "2": 1, "3": 2, "4": 0}, 3.0),
                GroupRow(
                    either("Transporte terrestre", "Road carriers", spanish),
                    {"0": 2, "1": 1, "2": 0, "3": 0, "4": 0}, 0.0, without=1,
                ),
            ),
            agreed=1, agreed_label=either("acordado 1", "agreed 1", spanish),
        )  # fmt: skip
        months = tuple(f"2026-{month:02}" for month in range(1, 13))
        values = (14.2, 13.8, 15.1, None, 12.9, 12.5, 12.8, 11.9, 12.2, 11.5, 10.9, 11.2)
        self.sparkline = Sparkline(wait, values, months)


def either(spanish: str, english: str, is_spanish: bool) -> str:
    return spanish if is_spanish else english


def _plain_pillars(model: list[dict[str, Any]]) -> tuple[ProfilePillar, ...]:
    return tuple(
        ProfilePillar(
            pillar["code"],
            pillar["name"],
            tuple(
                ProfilePoint(point["code"], point["name"], None, href=f"/model#{point['code']}")
                for point in pillar["points"]
            ),
        )
        for pillar in model
    )


def _profile(key: str, title: str, model: list[dict[str, Any]], peers: str | None = None) -> Profile:
    figures = iter(zip(SCORES, PREVIOUS, MEDIANS, strict=True))
    pillars: list[ProfilePillar] = []
    for pillar in model:
        points: list[ProfilePoint] = []
        for point in pillar["points"]:
            score, previous, median = next(figures)
            spread = (median - 14, median + 12)
            points.append(ProfilePoint(point["code"], point["name"], score, previous, median, *spread, "/model"))
        scores = [point.score for point in points]
        known = [score for score in scores if score is not None]
        overall = sum(known) / len(known) if len(known) == len(scores) else None
        pillars.append(ProfilePillar(pillar["code"], pillar["name"], tuple(points), overall))
    return Profile(key, title, tuple(pillars), "2026", "2025", peers)


def _uneven(model: list[dict[str, Any]], title: str) -> Profile:
    names = [(point["code"], point["name"]) for pillar in model for point in pillar["points"]]
    sizes = (5, 2, 1)
    scores = iter((70.0, 64.0, None, 48.0, 90.0, 33.0, 20.0, 55.0))
    pillars: list[ProfilePillar] = []
    for place, size in enumerate(sizes):
        points = tuple(ProfilePoint(f"{place + 1}.{i + 1}", names[place * 4 + i][1], next(scores)) for i in range(size))
        pillars.append(ProfilePillar(f"P{place + 1}", model[place]["name"], points))
    return Profile("ejemplo-desigual", title, tuple(pillars), "2026")


def _heatmap(model: list[dict[str, Any]], language: Language) -> Heatmap:
    groups = tuple(
        HeatGroup(
            pillar["code"],
            pillar["name"],
            tuple(HeatColumn(p["code"], p["name"], f"?sort={p['code']}") for p in pillar["points"]),
        )
        for pillar in model
    )
    codes = [column.code for group in groups for column in group.columns]
    rows: list[HeatRow] = []
    for place, name in enumerate(("Manzanillo", "Cartagena", "Callao", "Guayaquil", "Montevideo", "Ilo")):
        scores = {
            code: None if (place * 5 + i) % 17 == 16 else float((37 * (place + 2) * (i + 3) + 11 * i) % 97 + 2)
            for i, code in enumerate(codes)
        }
        known = [score for score in scores.values() if score is not None]
        overall = sum(known) / len(known) if len(known) == len(codes) else None
        rows.append(HeatRow(name, scores, overall, "/communities"))
    title = either(
        "Grado de implementación por punto, 2026", "Degree of implementation by point, 2026", language == "es"
    )
    return Heatmap("ejemplo-calor", title, groups, sorted_rows(rows), overall_sort_href="?sort=overall")


def _map(places: list[dict[str, Any]], title: str) -> Map:
    return Map(
        "ejemplo-mapa",
        title,
        tuple(
            Place(
                place["name"],
                f"/communities/{place['code']}",
                "country" if place["kind"] == "country" else "port",
                place["country"],
                place.get("lat"),
                place.get("lon"),
                current=place["code"] == "mx-manzanillo",
            )
            for place in places
        ),
    )


def _places(places: list[dict[str, Any]], language: Language) -> list[dict[str, Any]]:
    words = translations(language)
    by_country: dict[str, list[dict[str, str]]] = {}
    for place in places:
        note = either("por definir", "to be chosen", language == "es") if place["kind"] == "country" else ""
        entry = {"label": place["name"], "href": f"/communities/{place['code']}", "note": note}
        by_country.setdefault(words.country(place["country"]), []).append(entry)
    return [{"title": country, "places": by_country[country]} for country in sorted(by_country)]
