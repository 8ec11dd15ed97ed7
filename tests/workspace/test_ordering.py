"""Places of tasks in a column."""

from hypothesis import given
from hypothesis import strategies as st

from services.workspace.tasks.ordering import place_between, spread


@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=200))
def test_there_is_always_room_between_two(where: list[float]):
    column: list[str] = []
    for share in where:
        index = int(share * (len(column) + 1))
        before = column[index - 1] if index else None
        after = column[index] if index < len(column) else None
        place = place_between(before, after)
        assert before is None or before < place
        assert after is None or place < after
        column.insert(index, place)
    assert column == sorted(set(column))


def test_places_stay_short_where_people_mostly_put_things():
    last = first = place_between(None, None)
    for _ in range(5000):
        last, first = place_between(last, None), place_between(None, first)
    assert len(last) == len(first) == 6


def test_a_spread_column_is_in_order():
    places = spread(500)
    assert places == sorted(set(places))
    assert {len(place) for place in places} == {6}
