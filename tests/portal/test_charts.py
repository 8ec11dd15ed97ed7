"""Pictures: the same data gives the same drawing, and what is missing leaves a gap."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from markupsafe import Markup

from services.portal.charts.bars import bars
from services.portal.charts.coast import coast, project
from services.portal.charts.drawing import runs
from services.portal.charts.heatmap import HeatColumn, HeatGroup, Heatmap, HeatRow, heatmap, sorted_rows
from services.portal.charts.legend import level_legend, profile_legend
from services.portal.charts.map import Map, Place, map_picture
from services.portal.charts.model_picture import model_list, model_picture
from services.portal.charts.profile import Profile, ProfilePillar, ProfilePoint, band_of, usual_bands
from services.portal.charts.quartile_strip import QuartileStrip, quartile_strip
from services.portal.charts.radar import radar
from services.portal.charts.sparkline import Sparkline, sparkline
from services.portal.translations import translations
from tests.portal.reading import complaints

WORDS = translations("es")


def profile_of(*sizes: int, scores: list[float | None]) -> Profile:
    given = iter(scores)
    return Profile(
        "perfil",
        "Perfil <de prueba>",
        tuple(
            ProfilePillar(
                f"P{p}", f"Pilar {p}", tuple(ProfilePoint(f"P{p}.{q}", f"Punto {q}", next(given)) for q in range(size))
            )
            for p, size in enumerate(sizes)
        ),
        "2026",
    )


def drawn(markup: Markup) -> ElementTree.Element:
    """The picture as XML: it is well formed."""
    return ElementTree.fromstring(markup)


def marks(markup: Markup, name: str) -> int:
    return sum(name in element.get("class", "").split() for element in drawn(markup).iter())


SHAPES = [
    ((3, 3, 3, 3), [50.0] * 12),
    ((5, 2, 1), [10.0, None, 30.0, 40.0, 50.0, None, 70.0, 80.0]),
    ((1,), [42.0]),
    ((2, 0, 2), [None, None, None, None]),
    ((), []),
]


@pytest.mark.parametrize(("sizes", "scores"), SHAPES)
def test_profiles_of_any_shape_are_drawn_the_same_twice(sizes: tuple[int, ...], scores: list[float | None]) -> None:
    profile = profile_of(*sizes, scores=scores)
    for draw in (radar, bars, model_picture, model_list, profile_legend):
        first = draw(profile, WORDS)
        assert first == draw(profile_of(*sizes, scores=scores), WORDS)
        assert complaints(first) == []
        drawn(first)
        assert "None" not in first
        assert "nan" not in first


def test_the_radar_has_an_axis_a_point_and_a_dot_a_score() -> None:
    picture = radar(profile_of(3, 2, scores=[80.0, None, 60.0, 40.0, 20.0]), WORDS)
    assert marks(picture, "axis") == 5
    assert marks(picture, "axis-missing") == 1
    assert marks(picture, "own-dot") == 4
    assert marks(picture, "own-area") == 1
    assert "Sin resultado: P0.1." in picture
    assert "El más alto: P0.0, con 80.0." in picture
    assert "&lt;de prueba&gt;" in picture


def test_a_whole_radar_is_one_closed_area_and_one_with_two_gaps_is_two() -> None:
    assert marks(radar(profile_of(2, 2, scores=[1.0, 2.0, 3.0, 4.0]), WORDS), "own-area") == 1
    assert marks(radar(profile_of(3, 3, scores=[1.0, None, 3.0, 4.0, None, 6.0]), WORDS), "own-area") == 2


def test_runs_close_over_the_end() -> None:
    assert list(runs([1, None, 2, 3], around=True)) == [[2, 3, 0]]
    assert list(runs([None, None])) == []
    assert list(runs([1, 2], around=True)) == [[0, 1]]


def test_bands_hold_their_lower_bound() -> None:
    bands = usual_bands(WORDS)
    found = [band_of(score, bands) for score in (0.0, 19.99, 20.0, 79.9, 80.0, 100.0)]
    assert [band.level for band in found if band] == [1, 1, 2, 4, 5, 5]
    assert band_of(None, bands) is None
    assert "20 a menos de 40" in level_legend(WORDS)


def position(strip: Markup, name: str, attribute: str) -> float:
    element = next(one for one in drawn(strip).iter() if one.get("class") == name)
    return float((element.get(attribute) or "").rstrip("%"))


def strip(**given: object) -> QuartileStrip:
    usual: dict[str, object] = {
        "id": "f", "title": "Espera", "unit": "h", "polarity": "lower", "n": "12", "quartiles": (10.0, 14.0, 20.0),
        "own": 8.0, "own_label": "Ilo",
    }  # fmt: skip
    return QuartileStrip(**{**usual, **given})  # type: ignore[arg-type]


def test_the_better_value_is_at_the_right_of_the_median() -> None:
    for polarity, better in (("lower", 8.0), ("higher", 25.0)):
        picture = quartile_strip(strip(polarity=polarity, own=better), WORDS)
        assert position(picture, "strip-own", "cx") > position(picture, "strip-median", "x1")
        assert "a la derecha" in picture
    assert "mejor: menos" in quartile_strip(strip(), WORDS)


def test_too_few_peers_show_no_quartiles_and_say_why() -> None:
    picture = quartile_strip(strip(quartiles=None, n="<5"), WORDS)
    assert marks(picture, "strip-half") == marks(picture, "strip-median") == 0
    assert "&lt;5 comunidades: muy pocas" in picture
    assert "Sin valor propio" in quartile_strip(strip(quartiles=None, own=None), WORDS)


def test_equal_values_and_a_target_band_are_drawn() -> None:
    same = quartile_strip(strip(quartiles=(5.0, 5.0, 5.0), own=5.0), WORDS)
    assert position(same, "strip-own", "cx") == pytest.approx(50, abs=1)
    band = quartile_strip(strip(polarity="target_band", target_band=(40.0, 70.0), own=74.0, unit="%"), WORDS)
    assert marks(band, "strip-target") == 1
    assert "Lo mejor está entre 40 y 70 %." in band


def heat() -> Heatmap:
    columns = (HeatColumn("P1.1", "Uno", "?sort=P1.1"), HeatColumn("P1.2", "Dos"))
    rows = (HeatRow("Ilo", {"P1.1": None}), HeatRow("Callao", {"P1.1": 10.0, "P1.2": 90.0}, 50.0, "/c", "demo"))
    return Heatmap("calor", "Calor", (HeatGroup("P1", "Pilar", columns),), sorted_rows(rows))


def test_the_heat_map_sorts_writes_its_numbers_and_says_what_is_missing() -> None:
    table = heatmap(heat(), WORDS)
    assert table.index("Callao") < table.index("Ilo")
    assert complaints(table) == []
    assert table.count("sin dato") == 3
    assert 'aria-sort="descending"' in table
    assert [row.name for row in sorted_rows(heat().rows, "P1.2")] == ["Callao", "Ilo"]


def test_sparklines_leave_gaps_and_mark_the_last_value() -> None:
    line = sparkline(Sparkline("Espera", (1.0, 2.0, None, 3.0, None)), WORDS)
    assert marks(line, "own-line") == 1
    assert marks(line, "own-dot") == 2
    assert "De 1.0 a 3.0." in line
    assert "Sin datos." in sparkline(Sparkline("Espera", (None,)), WORDS)
    drawn(sparkline(Sparkline("Espera", (2.0, 2.0)), WORDS))


PLACES = (
    Place("Manzanillo", "/communities/mx-manzanillo", "port", "MX", 19.05, -104.3167),
    Place("Barbados", "/communities/bb-candidate", "country", "BB"),
    Place("Sin lugar", "/communities/xx", "port", "MX"),
)


def test_ports_are_dots_candidates_are_hatched_and_nothing_lies_at_the_origin() -> None:
    picture = map_picture(Map("m", "Mapa", PLACES), coast(), WORDS)
    assert marks(picture, "place-dot") == 1
    assert marks(picture, "candidate") == 2  # the island and the ring around it
    assert "Sin lugar" not in picture
    assert complaints(picture) == []
    drawn(picture)
    assert picture == map_picture(Map("m", "Mapa", PLACES), coast(), WORDS)


def test_the_coast_holds_every_country_of_the_region_and_its_small_islands() -> None:
    shapes = coast().shapes
    assert {
        "AR",
        "BB",
        "BR",
        "CL",
        "CO",
        "CR",
        "CU",
        "DO",
        "EC",
        "GT",
        "HN",
        "JM",
        "LC",
        "MX",
        "NI",
        "PA",
        "PE",
    } <= set(shapes)
    x, y = project(13.1, -59.6)
    assert abs(shapes["BB"].centre[0] - x) < 3
    assert abs(shapes["BB"].centre[1] - y) < 3
    assert project(34, -74)[1] < project(-57, -74)[1]
