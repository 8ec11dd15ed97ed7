"""Suppression and rounding as rules, attacked with sets of any shape."""

import math
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.indicators.confidentiality import K, must_be_rounded, publishable, two_digits

GROUPS = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=3), st.frozensets(st.integers(0, 24).map(str), max_size=25), max_size=8
)


def test_a_group_of_four_is_not_published_and_one_of_five_is():
    assert publishable({"a": frozenset("abcd")}) == frozenset()
    assert publishable({"a": frozenset("abcde")}) == {"a"}


def test_a_group_that_differs_from_a_larger_one_by_fewer_than_five_is_not_published():
    everybody = frozenset("abcdefghij")
    assert publishable({"all": everybody, "part": frozenset("abcdef")}) == {"all"}
    assert publishable({"all": everybody, "part": frozenset("abcde")}) == {"all", "part"}
    assert publishable({"all": everybody, "the same": everybody}) == {"all", "the same"}


@given(GROUPS)
def test_no_two_published_groups_can_be_subtracted_to_fewer_than_five(groups):
    published = publishable(groups)
    for name in published:
        assert len(groups[name]) >= K
        for other in published:
            if groups[other] < groups[name]:
                assert len(groups[name] - groups[other]) >= K


@given(GROUPS)
def test_what_is_published_does_not_depend_on_the_order_of_groups(groups):
    backwards = dict(reversed(list(groups.items())))
    assert publishable(groups) == publishable(backwards)


@given(GROUPS)
def test_nothing_is_withheld_without_a_reason(groups):
    published = publishable(groups)
    for name, members in groups.items():
        if name not in published and len(members) >= K:
            larger = [groups[other] for other in published if members < groups[other]]
            assert any(0 < len(other) - len(members) < K for other in larger)


def test_two_digits_half_to_even():
    given_values = (12.5, 13.5, 0.125, 0.135, 145, 155, 0, -12.5, 99.5, 7.0, 1234.0)
    assert [two_digits(v) for v in given_values] == [12, 14, 0.12, 0.14, 140, 160, 0, -12, 100, 7, 1200]


@given(st.floats(-1e12, 1e12).filter(lambda v: abs(v) > 1e-6))
def test_two_digits_keep_two_digits_and_no_more(value):
    rounded = two_digits(value)
    assert len(Decimal(repr(rounded)).normalize().as_tuple().digits) <= 2
    assert math.isclose(rounded, value, rel_tol=0.05)


def test_few_contributors_are_rounded_only_when_something_is_hidden():
    assert must_be_rounded(19, hides=True)
    assert not must_be_rounded(20, hides=True)
    assert not must_be_rounded(5, hides=False)
