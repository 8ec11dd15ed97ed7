"""An indicator by community on its page: the map by its address, and under it the same values as a table."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from services.indicators.schemas import IndicatorOut
from services.indicators.schemas_of_comparisons import MappedOut
from services.portal.pages.parts import attempt
from services.portal.translations import N_, Translations
from services.portal.visits import Visit

API = "/api/v1/indicators/benchmarks"
QUARTERS = {1: N_("el más bajo"), 2: N_("segundo"), 3: N_("tercero"), 4: N_("el más alto")}


async def by_community(
    visit: Visit, indicator: IndicatorOut, query: Mapping[str, Any], words: Translations
) -> dict[str, Any] | None:
    """What the template shows: the addresses of the picture and its figures, a row for each community whose value the
    reader may see, and how many more are in the group. None where there is no such value."""
    asked = {"period": query["period"] or None, "peer_group": query["peer_group"]}
    found = (await attempt(visit.indicators.benchmark_by_community(indicator.code, **asked))).value
    shown = [one for one in found.communities if one.value is not None] if found else []
    if found is None or not shown:
        return None
    sent = urlencode([(name, value) for name, value in asked.items() if value] + [("lang", visit.language)])
    address = f"{API}/{indicator.code}"
    return {
        "svg": f"{address}/map.svg?{sent}", "png": f"{address}/map.png?{sent}", "json": f"{address}/communities?{sent}",
        "rows": [_row(one, indicator.unit, words) for one in sorted(shown, key=lambda one: (one.value, one.name))],
        "others": len(found.communities) - len(shown),
    }  # fmt: skip


def _row(one: MappedOut, unit: str, words: Translations) -> dict[str, str]:
    return {
        "community": one.name, "value": f"{words.number(one.value or 0.0)} {unit}",
        "quarter": words.gettext(QUARTERS[one.quarter]) if one.quarter else "–",
        "place": words.gettext("sí") if one.position else words.gettext("no"),
    }  # fmt: skip
