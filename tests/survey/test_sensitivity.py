"""How firm the order is: worked numbers, and what must hold whatever the scores."""

from hypothesis import given, settings
from hypothesis import strategies as st

from services.survey.comparison import percentile_rank, rank_among
from services.survey.confidentiality import told_quartiles, two_digits
from services.survey.instrument import Band, Instrument, Measure, Pillar, Point
from services.survey.scoring import Agreed, bounds_by_code, score_assessment
from services.survey.sensitivity import DRAWS, SEED, Weights, drawn, flips_from, overall_with, ranks_of, stability_of

TWO: Weights = [(1, [("P1.1", 1)]), (1, [("P2.1", 1)])]
CODES = ["P1.1", "P1.2", "P2.1", "P2.2"]
FOUR: Weights = [(1, [("P1.1", 1), ("P1.2", 2)]), (3, [("P2.1", 1), ("P2.2", 1)])]
scores = st.fixed_dictionaries({code: st.integers(0, 8).map(lambda n: n * 12.5) for code in CODES})
gappy = st.fixed_dictionaries({code: st.none() | st.integers(0, 8).map(lambda n: n * 12.5) for code in CODES})


def test_the_worked_example_of_the_page():
    a, b = {"P1.1": 80.0, "P2.1": 40.0}, {"P1.1": 60.0, "P2.1": 50.0}
    ahead, behind = stability_of(TWO, {"b": b, "a": a})
    assert (ahead.community, ahead.overall, ahead.rank) == ("a", 60.0, 1)
    assert (behind.community, behind.overall, behind.rank) == ("b", 55.0, 2)
    assert ahead.flips_from == 0.333333
    assert (behind.flips, behind.flips_from) == (None, None)
    # b is ahead where 20 · u < 10 · v: the share of the unit square's draws for weights between 0.5 and 1.5
    assert abs((ahead.flips or 0) - 0.0625) < 0.02


def test_two_levels_of_weights_move_together():
    one: Weights = [(1, [("P1.1", 1), ("P1.2", 1)])]
    assert flips_from(one, {"P1.1": 80.0, "P1.2": 40.0}, {"P1.1": 60.0, "P1.2": 50.0}) == 0.333333
    both: Weights = [(1, [("P1.1", 1), ("P1.2", 1)]), (1, [("P2.1", 1)])]
    ahead = {"P1.1": 80.0, "P1.2": 40.0, "P2.1": 40.0}
    behind = {"P1.1": 60.0, "P1.2": 50.0, "P2.1": 41.0}
    least = flips_from(both, ahead, behind)
    assert least is not None and 0 < least < 1 / 3


def test_draws_are_the_same_for_everybody():
    again = [list(drawn(FOUR, draws=3)) for _ in range(2)]
    assert again[0] == again[1]
    weight, points = next(iter(drawn(TWO, spread=0.5, draws=1)))[0]
    assert (round(weight, 12), round(points[0][1], 12)) == (round(weight, 12), round(points[0][1], 12))
    assert 0.5 <= weight <= 1.5
    assert (DRAWS, SEED) == (1000, 2030)


def test_ties_share_a_rank_and_who_has_no_point_is_left_out():
    found = stability_of(TWO, {"b": {"P1.1": 50.0, "P2.1": None}, "a": {"P1.1": 50.0, "P2.1": 50.0}, "c": {}})
    assert [(one.community, one.rank, one.low, one.high) for one in found] == [("a", 1, 1, 1), ("b", 1, 1, 1)]
    assert ranks_of([10.0, 12.0, 12.0, 30.0]) == [4, 2, 2, 1]
    assert (rank_among(0.3, [0.1 + 0.2, 0.3]), percentile_rank(0.3, [0.1 + 0.2, 0.3])) == (1, 50.0)


@settings(max_examples=40, deadline=None)
@given(st.lists(gappy, min_size=1, max_size=6))
def test_a_rank_lies_within_what_the_draws_show(rows: list[dict[str, float | None]]):
    communities = {f"c{number}": row for number, row in enumerate(rows)}
    found = stability_of(FOUR, communities, draws=40)
    scored = {code for code, row in communities.items() if overall_with(FOUR, row) is not None}
    assert {one.community for one in found} == scored
    for one in found:
        assert 1 <= one.best <= one.low <= one.high <= one.worst <= len(found)
    assert [one.rank for one in found] == sorted(one.rank for one in found)
    assert found == stability_of(FOUR, dict(reversed(communities.items())), draws=40)


@settings(max_examples=150, deadline=None)
@given(scores, scores, st.integers(0, 2**20))
def test_no_draw_within_the_least_spread_turns_two_around(a: dict[str, float], b: dict[str, float], seed: int):
    ahead, behind = sorted((a, b), key=lambda row: overall_with(FOUR, row) or 0, reverse=True)
    least = flips_from(FOUR, ahead, behind)
    within = 0.95 if least is None else least * 0.99
    for moved in drawn(FOUR, spread=within, draws=20, seed=seed):
        mine, theirs = overall_with(moved, ahead), overall_with(moved, behind)
        assert mine is not None and theirs is not None and mine >= theirs - 1e-9
    if all(ahead[code] >= behind[code] for code in CODES) and ahead != behind:
        assert least is None


def test_what_is_missing_bounds_every_level_of_the_result():
    point, other = Point("P1.1", (Measure("a"), Measure("b"), Measure("c", 2))), Point("P1.2", (Measure("d"),))
    model = Instrument("1", 4, (Band(1, 0, 50), Band(2, 50, 100)), (Pillar("P1", (point, other)),))
    found = score_assessment(model, {}, {"a": Agreed(4), "d": Agreed(2)})
    assert found.overall is None
    assert bounds_by_code(model, found) == {
        "overall": (37.5, 75.0), "P1": (37.5, 75.0), "P1.1": (25.0, 100.0), "P1.2": (50.0, 50.0),
    }  # fmt: skip


def test_quartiles_of_few_are_rounded_for_whoever_may_not_see_them_all():
    few = {str(n): 10.123 * n for n in range(1, 6)}
    assert told_quartiles(few, few) == [20.246, 30.369, 40.492]
    assert told_quartiles(few, {"1"}) == [20.0, 30.0, 40.0]
    many = {str(n): 1.0 * n + 0.123 for n in range(20)}
    assert told_quartiles(many, ()) == told_quartiles(many, many)
    assert [two_digits(value) for value in (34.375, 99.5, 9.95, 0.0, 100.0)] == [34.0, 100.0, 10.0, 0.0, 100.0]
