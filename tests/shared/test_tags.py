"""ETags: which ones match."""

import pytest

from shared.problems import Invalid, StaleVersion
from shared.tags import Expected, listed, tag


def test_a_tag_differs_by_version_content_language_and_format():
    tags = {
        tag(1, b"x", "es", "json"), tag(2, b"x", "es", "json"), tag(1, b"y", "es", "json"), tag(1, b"x", "en", "json"),
        tag(1, b"x", "es", "csv"),
    }  # fmt: skip
    assert len(tags) == 5


def test_lists_and_weak_tags_are_read():
    assert listed('"a", W/"b" ,"c"') == [(False, "a"), (True, "b"), (False, "c")]
    assert listed("*") is None


@pytest.mark.parametrize("header", ["abc", '"a" "b"', '"a', "W/a", '"a",,"b"'])
def test_what_is_no_tag_is_refused(header: str):
    with pytest.raises(Invalid):
        listed(header)


def test_only_a_version_that_was_read_matches():
    Expected(frozenset({"1", "3"})).must_match(3)
    Expected(None).must_match(7)
    with pytest.raises(StaleVersion):
        Expected(frozenset({"1"})).must_match(2)
