"""Things of the portal's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.conftest import COMMUNITY
from tests.people import Person
from tests.portal.forms import (
    API,
    MODEL,
    YEAR,
)


@pytest.fixture
async def campaign(secretariat: Person) -> AsyncIterator[None]:
    """An open campaign with two communities."""
    body = {
        "year": YEAR, "model_version": MODEL, "opens_on": f"{YEAR}-01-10", "closes_on": "2099-12-15",
        "communities": [COMMUNITY, "cl-biobio"],
    }  # fmt: skip
    assert (await secretariat.post("/api/v1/survey/campaigns", json=body)).status_code == 201
    assert (await secretariat.post(f"{API}/open")).status_code == 200
    yield
