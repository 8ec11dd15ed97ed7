"""The rules of scoring against worked numbers, and what holds whatever the numbers are."""

import doctest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.survey import confidentiality, scoring
from services.survey.campaigns import state
from services.survey.instrument import Band, Instrument, Measure, Pillar, Point
from services.survey.scoring import Agreed, Answer

BANDS = (Band(1, 0, 20), Band(2, 20, 40), Band(3, 40, 60), Band(4, 60, 80), Band(5, 80, 100))
GROUPS = ("port_authority", "customs", "terminal_operator", "road_carrier", "labour")
A = [
    Answer("port_authority", 4), Answer("terminal_operator", 2), Answer("terminal_operator", 3),
    Answer("road_carrier", 1),
]  # fmt: skip
ALL_UNKNOWN = [Answer("customs", flag="unknown"), Answer("port_authority", flag="unknown")]
ONE_POINT = Point("P1.1", (Measure("a"), Measure("b"), Measure("c", 2)))


def model(*pillars: Pillar, top: int = 4, threshold: float = 2 / 3) -> Instrument:
    return Instrument("1", top, BANDS, pillars, threshold)


def point_of(instrument: Instrument, answers: dict[str, list[Answer]], agreed: dict[str, Agreed]) -> scoring.PointScore:
    return scoring.score_assessment(instrument, answers, agreed).pillars[0].points[0]


def test_the_worked_example():
    one = model(Pillar("P1", (ONE_POINT,)))
    half = point_of(one, {"a": A, "c": ALL_UNKNOWN}, {"b": Agreed(3)})
    assert [measure.score for measure in half.measures] == [62.5, 75.0, None]
    assert half.coverage == 0.5
    assert half.score is None
    assert half.level is None
    whole = point_of(one, {"a": A, "c": ALL_UNKNOWN}, {"b": Agreed(3), "c": Agreed(0)})
    assert whole.score == 34.375
    assert whole.level == 2
    assert scoring.consensus([4, 2, 3, 1], 4) == pytest.approx(0.5646415085, abs=1e-10)


@pytest.mark.parametrize("module", [scoring, confidentiality, state])
def test_the_examples_in_the_docstrings_are_true(module: object):
    found = doctest.testmod(module, optionflags=doctest.ELLIPSIS)  # type: ignore[arg-type]
    assert found.attempted > 0
    assert found.failed == 0


def test_two_thirds_are_enough_and_less_is_not():
    one = model(Pillar("P1", (Point("P1.1", (Measure("a", 0.1), Measure("b", 0.1), Measure("c", 0.1))),)))
    assert point_of(one, {}, {"a": Agreed(4), "b": Agreed(2)}).score == 75.0
    assert point_of(one, {}, {"a": Agreed(4)}).score is None


def test_a_measure_is_out_when_more_than_half_of_the_groups_that_answered_say_so():
    none = Answer("customs", flag="not_applicable")
    also = Answer("labour", flag="not_applicable")
    measure = Measure("a")
    out = scoring.score_measure(measure, [none, also, Answer("port_authority", 3)], None, 4)
    assert (out.applicable, out.value) == (False, None)
    half = scoring.score_measure(measure, [none, Answer("port_authority", 3)], None, 4)
    assert (half.applicable, half.value) == (True, 3.0)
    silent = scoring.score_measure(measure, [none, Answer("port_authority", flag="unknown")], None, 4)
    assert silent.applicable is False


def test_a_level_in_a_group_speaks_for_the_group_whatever_others_of_it_say():
    said = [Answer("customs", 2), Answer("customs", flag="not_applicable"), Answer("customs", flag="not_applicable")]
    found = scoring.score_measure(Measure("a"), said, None, 4)
    assert (found.applicable, found.value, found.respondents, found.groups) == (True, 2.0, 1, 1)


def test_what_was_agreed_counts_before_what_was_said():
    measure = Measure("a")
    assert scoring.score_measure(measure, A, Agreed(flag="not_applicable"), 4).applicable is False
    assert scoring.score_measure(measure, [Answer("customs", flag="not_applicable")], Agreed(1), 4).score == 25.0
    assert scoring.score_measure(measure, A, Agreed(flag="unknown"), 4).score == 62.5
    assert scoring.score_measure(measure, A, Agreed(), 4).score == 62.5


def test_what_does_not_apply_is_left_out_at_every_level():
    out = Agreed(flag="not_applicable")
    two = model(
        Pillar("P1", (Point("P1.1", (Measure("a"),)), Point("P1.2", (Measure("b"),)))),
        Pillar("P2", (Point("P2.1", (Measure("c"),)),)),
    )
    found = scoring.score_assessment(two, {}, {"a": out, "b": Agreed(2), "c": out})
    assert found.pillars[0].points[0].coverage is None
    assert found.pillars[0].score == 50.0
    assert (found.pillars[1].score, found.pillars[1].applicable) == (None, False)
    assert found.overall == 50.0
    nothing = scoring.score_assessment(two, {}, {"a": out, "b": out, "c": out})
    assert (nothing.overall, nothing.level) == (None, None)


def test_a_missing_child_makes_every_score_above_it_null():
    two = model(
        Pillar("P1", (Point("P1.1", (Measure("a"),)), Point("P1.2", (Measure("b"),)))),
        Pillar("P2", (Point("P2.1", (Measure("c"),)),)),
    )
    found = scoring.score_assessment(two, {}, {"a": Agreed(4), "c": Agreed(4)})
    assert [pillar.score for pillar in found.pillars] == [None, 100.0]
    assert found.overall is None


def test_points_need_not_be_three_to_a_pillar_nor_levels_five():
    uneven = model(
        Pillar("P1", (Point("x", (Measure("a"),)),), weight=3),
        Pillar("P2", tuple(Point(f"y{i}", (Measure(f"m{i}"),)) for i in range(5))),
        top=6,
    )
    agreed = {"a": Agreed(6)} | {f"m{i}": Agreed(3) for i in range(5)}
    assert scoring.score_assessment(uneven, {}, agreed).overall == (3 * 100 + 50) / 4


@pytest.mark.parametrize(
    ("score", "level"), [(0.0, 1), (19.999999, 1), (20.0, 2), (40.0, 3), (59.9, 3), (80.0, 5), (100.0, 5)]
)
def test_the_lower_bound_belongs_to_the_band(score: float, level: int):
    assert scoring.level_of(score, BANDS) == level


def test_gaps_are_ranked_by_weight_and_distance():
    one = model(Pillar("P1", (Point("P1.1", (Measure("a"), Measure("b", 3), Measure("c"))),)))
    found = scoring.gaps(scoring.score_assessment(one, {}, {"a": Agreed(0), "b": Agreed(2), "c": Agreed(4)}), 3, 4)
    assert [(gap.code, gap.gap, gap.priority) for gap in found] == [("a", 75.0, 75.0), ("b", 25.0, 75.0)]


def test_the_hash_depends_on_what_was_said_and_not_on_the_order():
    one = model(Pillar("P1", (ONE_POINT,)))
    first = scoring.answers_hash(scoring.basis_of(one, {"a": A}, {"b": Agreed(3)}))
    assert first == scoring.answers_hash(scoring.basis_of(one, {"a": A[::-1]}, {"b": Agreed(3), "c": Agreed()}))
    assert first != scoring.answers_hash(scoring.basis_of(one, {"a": A}, {"b": Agreed(2)}))


SAID = st.one_of(st.integers(0, 4), st.sampled_from(["not_applicable", "unknown"]))
VOICES = st.lists(st.tuples(st.sampled_from(GROUPS), SAID), max_size=12)
CODES = [f"m{i}" for i in range(6)]
WEIGHTS = st.lists(st.floats(0.01, 100), min_size=6, max_size=6)


def answer(group: str, said: int | str) -> Answer:
    return Answer(group, flag=said) if isinstance(said, str) else Answer(group, said)


def six(weights: list[float], factor: float = 1.0) -> Instrument:
    measures = [Measure(code, weight * factor) for code, weight in zip(CODES, weights, strict=True)]
    return model(
        Pillar("P1", (Point("p1", tuple(measures[:2]), factor), Point("p2", tuple(measures[2:3]), factor)), factor),
        Pillar("P2", (Point("p3", tuple(measures[3:]), factor),), factor),
    )


@given(st.dictionaries(st.sampled_from(CODES), VOICES), WEIGHTS, st.randoms())
@settings(max_examples=150, deadline=None)
def test_the_order_of_answers_does_not_matter(said, weights, random):
    answers = {code: [answer(*voice) for voice in voices] for code, voices in said.items()}
    shuffled = {code: random.sample(voices, len(voices)) for code, voices in answers.items()}
    assert scoring.score_assessment(six(weights), answers, {}) == scoring.score_assessment(six(weights), shuffled, {})


@given(st.dictionaries(st.sampled_from(CODES), VOICES), WEIGHTS)
@settings(max_examples=150, deadline=None)
def test_scores_stay_within_their_bounds(said, weights):
    answers = {code: [answer(*voice) for voice in voices] for code, voices in said.items()}
    found = scoring.score_assessment(six(weights), answers, {})
    parts = [found, *found.pillars, *(point for pillar in found.pillars for point in pillar.points)]
    for part in parts:
        score = part.overall if isinstance(part, scoring.Score) else part.score
        assert score is None or 0 <= score <= 100
        assert (part.level is None) == (score is None)


@given(st.lists(st.integers(0, 3), min_size=6, max_size=6), WEIGHTS, st.sampled_from(CODES))
@settings(max_examples=150, deadline=None)
def test_a_higher_level_never_lowers_a_score(levels, weights, raised):
    agreed = {code: Agreed(level) for code, level in zip(CODES, levels, strict=True)}
    before = scoring.score_assessment(six(weights), {}, agreed)
    level = agreed[raised].level
    assert level is not None
    after = scoring.score_assessment(six(weights), {}, agreed | {raised: Agreed(level + 1)})
    assert before.overall is not None
    assert after.overall is not None
    assert after.overall >= before.overall
    for one, other in zip(before.pillars, after.pillars, strict=True):
        assert one.score is not None
        assert other.score is not None
        assert other.score >= one.score


@given(st.lists(st.integers(0, 4), min_size=6, max_size=6), WEIGHTS, st.floats(0.01, 50))
@settings(max_examples=150, deadline=None)
def test_weights_scale_freely(levels, weights, factor):
    agreed = {code: Agreed(level) for code, level in zip(CODES, levels, strict=True)}
    found = scoring.score_assessment(six(weights, factor), {}, agreed).overall
    assert found == pytest.approx(scoring.score_assessment(six(weights), {}, agreed).overall, rel=1e-9)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=30), st.randoms())
@settings(max_examples=150, deadline=None)
def test_consensus_is_between_split_and_unanimous(levels, random):
    found = scoring.consensus(levels, 4)
    assert found is not None
    assert 0 <= found <= 1
    assert found == scoring.consensus(random.sample(levels, len(levels)), 4)
    assert (found == 1) == (len(set(levels)) == 1)


MEMBERS = [f"c{i:02}" for i in range(24)]
SPREAD = st.lists(st.integers(0, 4), min_size=24, max_size=24)


@given(st.integers(0, 24), SPREAD, SPREAD)
@settings(max_examples=200, deadline=None)
def test_no_difference_of_published_groups_rests_on_fewer_than_five(size, first, second):
    everybody = frozenset(MEMBERS[:size])
    dimensions = {
        name: {
            str(group): frozenset(m for m, g in zip(MEMBERS, spread, strict=True) if g == group and m in everybody)
            for group in range(5)
        }
        for name, spread in (("country", first), ("phase", second))
    }
    shown = confidentiality.publishable(everybody, dimensions)
    published = [dimensions[name][group] for name, groups in shown.items() for group in groups]
    if len(everybody) >= 5:
        published.append(everybody)
    for one in published:
        assert len(one) >= 5
        for other in published:
            if one <= other:
                assert len(other - one) == 0 or len(other - one) >= 5
    for name, groups in shown.items():
        left = everybody.difference(*(dimensions[name][group] for group in groups))
        assert not groups or len(left) == 0 or len(left) >= 5


def test_quartiles_are_those_of_type_7():
    assert confidentiality.quartiles([10, 12, 12, 15, 30]) == [12.0, 12.0, 15.0]
    assert confidentiality.quartiles([1, 2, 3, 4]) == [1.75, 2.5, 3.25]
