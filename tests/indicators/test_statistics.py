"""The formulas of benchmarks against worked numbers, and against what must hold for any numbers."""

import doctest
import math
from decimal import Decimal
from itertools import permutations
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.indicators import aggregation, confidentiality, periods, statistics
from services.indicators.aggregation import Part, combine, least_periods
from services.indicators.observations.values import agree, ratio
from services.indicators.statistics import (
    gap,
    good_practice,
    percentile_rank,
    quantile,
    quartiles,
    rank,
    settled,
)  # fmt: skip
from services.indicators.trend import trend

WORKED = [10.0, 12.0, 12.0, 15.0, 30.0]
VALUES = st.lists(st.floats(-1e9, 1e9).map(lambda v: v + 0.0), min_size=1, max_size=40)
POLARITIES = st.sampled_from(["higher", "lower", "target_band"])
BAND = (40.0, 70.0)


def test_the_worked_example_of_a_benchmark():
    assert quartiles(WORKED) == (12.0, 12.0, 15.0)
    assert (percentile_rank(12, WORKED, "lower"), rank(12, WORKED, "lower")) == (60.0, 2)
    assert (percentile_rank(30, WORKED, "lower"), rank(30, WORKED, "lower")) == (10.0, 5)
    told = gap(30, good_practice(30, quartiles(WORKED), "lower"))
    assert (told.absolute, told.percent, told.boundary) == (18.0, 150.0, 12.0)


def test_ties_share_the_better_rank():
    assert [rank(value, [1, 2, 2, 4], "lower") for value in (1, 2, 2, 4)] == [1, 2, 2, 4]


@pytest.mark.parametrize("polarity", ["higher", "lower"])
def test_where_all_are_equal_everybody_is_first_and_in_the_middle(polarity):
    assert percentile_rank(12, [12] * 6, polarity) == 50.0
    assert rank(12, [12] * 6, polarity) == 1


def test_inside_the_target_band_all_are_equal_and_have_no_gap():
    inside = [40.0, 55.0, 70.0]
    for value in inside:
        assert (rank(value, inside, "target_band", BAND), percentile_rank(value, inside, "target_band", BAND)) == (
            1,
            50.0,
        )
        assert gap(value, good_practice(value, (1, 2, 3), "target_band", BAND)).absolute == 0
    assert rank(39.9, [39.9, 70.1, 55], "target_band", BAND) == rank(70.1, [39.9, 70.1, 55], "target_band", BAND) == 2
    assert good_practice(90, (1, 2, 3), "target_band", BAND) == 70
    assert good_practice(10, (1, 2, 3), "target_band", BAND) == 40


def test_decimals_are_equal_by_the_written_rule():
    assert settled(0.1 + 0.2) == settled(0.3)
    assert settled(-0.0) == settled(0.0)
    assert not settled(-0.0).is_signed()
    assert settled(0.3) != settled(0.30000000001)
    assert rank(0.1 + 0.2, [0.1 + 0.2, 0.3, 1], "lower") == rank(0.3, [0.1 + 0.2, 0.3, 1], "lower") == 1
    assert percentile_rank(-0.0, [-0.0, 0.0], "higher") == percentile_rank(0.0, [-0.0, 0.0], "higher") == 50


@given(VALUES, st.integers(-8, 8), st.sampled_from(["higher", "lower"]))
def test_places_are_those_of_comparing_every_value_to_twelve_digits(values, steps, polarity):
    values = [*values, values[0] * (1 + steps * 2e-13), -0.0, 0.0]
    for value in values:
        digits = [settled(other) for other in values]
        better = sum(one > settled(value) if polarity == "higher" else one < settled(value) for one in digits)
        equal = digits.count(settled(value))
        assert rank(value, values, polarity) == 1 + better
        worse = len(values) - better - equal
        assert percentile_rank(value, values, polarity) == 100 * (worse + equal / 2) / len(values)


@given(VALUES, POLARITIES)
def test_ranks_do_not_depend_on_the_order_of_rows(values, polarity):
    shuffled = sorted(values, key=lambda v: (math.sin(v), v))
    for value in values[:5]:
        assert rank(value, values, polarity, BAND) == rank(value, shuffled, polarity, BAND)
        assert percentile_rank(value, values, polarity, BAND) == percentile_rank(value, shuffled, polarity, BAND)
    assert quartiles(values) == quartiles(shuffled)


@given(VALUES, POLARITIES)
def test_percentile_ranks_lie_between_0_and_100_and_average_50(values, polarity):
    ranks = [percentile_rank(value, values, polarity, BAND) for value in values]
    assert all(0 < one <= 100 for one in ranks)
    assert math.isclose(sum(ranks) / len(ranks), 50)


@given(VALUES)
def test_the_better_rank_goes_with_the_higher_percentile(values):
    pairs = [(rank(value, values, "lower"), percentile_rank(value, values, "lower")) for value in values]
    assert sorted(pairs) == sorted(pairs, key=lambda pair: (pair[0], -pair[1]))


@given(VALUES)
def test_quantiles_lie_between_the_extremes_in_order(values):
    q1, median, q3 = quartiles(values)
    slack = 1e-6
    assert min(values) - slack <= q1 <= median + slack
    assert median <= q3 + slack
    assert q3 <= max(values) + slack


def test_type_7_quantiles_interpolate():
    assert quantile([1, 2, 3, 4], 0.25) == 1.75
    assert quantile([7], 0.75) == 7


def months(*values: tuple[float, float | None, float | None, int | None]) -> list[Part]:
    return [Part(f"2025-{number:02d}", *value) for number, value in enumerate(values, start=1)]


def test_a_ratio_is_of_the_sums_never_the_mean_of_percentages():
    whole = combine(months((90, 45, 50, None), (25, 10, 40, None)), "ratio", factor=100, least=2)
    assert whole is not None
    assert round(whole.value, 1) == 61.1
    assert (whole.numerator, whole.denominator) == (55, 90)


def test_a_period_without_numerator_does_not_count_in_a_ratio():
    parts = months((90, 45, 50, None), (25, None, None, None))
    assert combine(parts, "ratio", factor=100, least=2) is None
    found = combine(parts, "ratio", factor=100, least=1)
    assert found is not None
    assert (found.value, found.periods) == (90.0, 1)


def test_a_weighted_mean_weighs_by_units_and_says_when_it_cannot():
    weighted = combine(months((10, None, None, 1), (20, None, None, 3)), "weighted_mean", factor=None, least=2)
    plain = combine(months((10, None, None, 1), (20, None, None, None)), "weighted_mean", factor=None, least=2)
    assert weighted is not None
    assert plain is not None
    assert (weighted.value, weighted.plain_mean, weighted.n) == (17.5, False, 4)
    assert (plain.value, plain.plain_mean, plain.n) == (15.0, True, None)


def test_sum_and_last():
    parts = months((10, None, None, 1), (20, None, None, 3))[::-1]
    assert combine(parts, "sum", factor=None, least=2).value == 30
    assert combine(parts, "last", factor=None, least=2).value == 20


def test_a_year_needs_nine_months_or_three_quarters():
    assert least_periods("monthly", "annual") == 9
    assert least_periods("quarterly", "annual") == 3
    assert least_periods("monthly", "quarterly") == 3
    eight = months(*[(10.0, None, None, 1)] * 8)
    nine = months(*[(10.0, None, None, 1)] * 9)
    assert combine(eight, "weighted_mean", factor=None, least=9) is None
    assert combine(nine, "weighted_mean", factor=None, least=9).value == 10


@given(st.permutations(range(1, 8)))
def test_the_order_of_rows_does_not_change_the_last_bit(order):
    values = {number: 0.1 * number for number in order}
    parts = [Part(f"2025-{number:02d}", values[number], values[number], 3.3 * number, number) for number in order]
    for rule in ("ratio", "weighted_mean", "sum", "last"):
        assert combine(parts, rule, factor=100, least=1) == combine(
            sorted(parts, key=lambda p: p.period), rule, factor=100, least=1
        )


def test_a_trend_of_seven_rising_values():
    told = trend([(t, 2.0 * t) for t in range(7)])
    assert told is not None
    assert told.slope == 2.0
    # S = 21, Var = 7·6·19/18 = 44.33, z = 20/6.658 = 3.004
    assert round(told.p_value, 4) == 0.0027


def test_a_trend_with_ties_and_gaps():
    told = trend([(0, 1.0), (1, 1.0), (3, 2.0), (4, 2.0), (5, 3.0), (8, 3.0)])
    assert told is not None
    # S = 12, Var = (6·5·17 - 3·(2·1·9))/18 = 25.33, z = 11/5.033 = 2.1855
    assert round(told.p_value, 4) == 0.0289
    assert round(told.slope, 6) == round(
        sorted([0, 1 / 3, 1 / 4, 2 / 5, 2 / 8, 1 / 2, 1 / 3, 2 / 4, 2 / 7, 0, 1 / 2, 1 / 5, 1, 1 / 4, 0])[7], 6
    )


def test_no_trend_below_six_values_and_none_in_equal_ones():
    assert trend([(t, float(t)) for t in range(5)]) is None
    told = trend([(t, 5.0) for t in range(8)])
    assert told is not None
    assert (told.slope, told.p_value) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("given_value", "agrees"),
    [
        ("33.3", True),
        ("33.4", False),
        ("33", True),
        ("33.33333333333333", True),
        ("33.34", False),
        ("30", False),
        ("33.30", False),
    ],
)
def test_a_value_agrees_within_the_digits_given(given_value, agrees):
    assert agree(Decimal(given_value), ratio(100, 1, 3)) is agrees


def test_the_first_of_many_permutations_is_like_the_last():
    for order in permutations(WORKED):
        assert quartiles(order) == (12.0, 12.0, 15.0)


@pytest.mark.parametrize(
    "module", [aggregation, confidentiality, periods, statistics], ids=lambda module: module.__name__
)
def test_the_examples_in_the_modules_are_true(module: ModuleType):
    told = doctest.testmod(module)
    assert told.attempted > 0
    assert told.failed == 0
