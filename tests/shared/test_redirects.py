"""A browser is sent to our own pages only."""

import pytest

from shared.redirects import safe_next


@pytest.mark.parametrize(
    "wanted",
    [
        None, "", "//evil.example", "/\\evil.example", "\\\\evil", "/%09/evil.example", "/%2f/evil", "/%5cevil", "/%252f/evil",
        "https:evil.example", "https://evil.example", "javascript:alert(1)", "/%0d%0aLocation:evil", "/\tx", " /x",
        "desk", "/x\n", "///evil", "/%2e%2e//evil",
    ],
)  # fmt: skip
def test_other_places_become_the_desk(wanted: str | None):
    assert safe_next(wanted) == "/desk"


@pytest.mark.parametrize(
    "wanted", ["/desk", "/survey/2026/mx-manzanillo?measure=M1.1.a", "/communities?q=R%C3%ADo%20X", "/desk@evil"]
)
def test_own_pages_are_kept(wanted: str):
    assert safe_next(wanted) == wanted
