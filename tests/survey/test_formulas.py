"""The page of formulas says what the code does."""

import doctest
from pathlib import Path

from services.survey.confidentiality import K
from services.survey.review.summary import DISAGREEMENT_BELOW
from services.survey.scoring import RULE_VERSION

PAGE = Path(__file__).parents[2] / "docs" / "formulas.md"


def test_the_examples_on_the_page_are_true():
    found = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert found.attempted > 15
    assert found.failed == 0


def test_the_numbers_on_the_page_are_those_of_the_code():
    page = PAGE.read_text(encoding="utf-8")
    assert f"`rule_version`, {RULE_VERSION} now" in page
    assert f"k = {K}" in page
    assert f"*disagreement* when it is below {DISAGREEMENT_BELOW}" in page
