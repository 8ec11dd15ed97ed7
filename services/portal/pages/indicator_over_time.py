"""An indicator over time on its page: pictures by address, and the same figures as tables."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from services.indicators.schemas import IndicatorOut, TrendOut
from services.indicators.schemas_of_comparisons import RanksOut
from services.portal.pages.parts import attempt
from services.portal.translations import Translations
from services.portal.visits import Visit

API = "/api/v1/indicators"


async def over_time(
    visit: Visit, indicator: IndicatorOut, query: Mapping[str, Any], names: Mapping[str, str], words: Translations
) -> dict[str, Any]:
    """What the template shows of the 24 periods up to the one asked for: `trend` and, when there is any place, `ranks`,
    each with the address of its picture, what it shows in words, and rows."""
    asked = {"community": query["community"], "peer_group": query["peer_group"], "to": query["period"] or None}
    trend = (await attempt(visit.indicators.trend(indicator.code, **asked))).value
    ranks = (await attempt(visit.indicators.ranks(indicator.code, **asked))).value
    sent = urlencode([(name, value) for name, value in asked.items() if value] + [("lang", visit.language)])
    found: dict[str, Any] = {"trend": None, "ranks": None}
    rows = _trend_rows(trend, words) if trend else []
    if rows:
        found["trend"] = {
            "rows": rows, "svg": f"{API}/trends/{indicator.code}/chart.svg?{sent}",
            "png": f"{API}/trends/{indicator.code}/chart.png?{sent}",
            "json": f"{API}/trends/{indicator.code}?{sent}",
        }  # fmt: skip
    places = _rank_rows(ranks, names, words) if ranks else []
    if places:
        found["ranks"] = {
            "rows": places, "svg": f"{API}/ranks/{indicator.code}/chart.svg?{sent}",
            "png": f"{API}/ranks/{indicator.code}/chart.png?{sent}", "json": f"{API}/ranks/{indicator.code}?{sent}",
        }  # fmt: skip
    return found


def _trend_rows(trend: TrendOut, words: Translations) -> list[dict[str, str]]:
    """The periods of which anything is told, newest first."""
    rows = []
    for point in reversed(trend.points):
        three = point.peers.quartiles
        if point.value is None and three is None:
            continue
        rows.append(
            {
                "period": words.period(point.period),
                "value": words.number(point.value) if point.value is not None else "–",
                "half": f"{words.number(three[0])} – {words.number(three[2])}" if three else "–",
                "median": words.number(three[1]) if three else "–", "n": str(point.peers.n),
            }
        )  # fmt: skip
    return rows


def _rank_rows(ranks: RanksOut, names: Mapping[str, str], words: Translations) -> list[dict[str, str]]:
    return [
        {
            "period": words.period(point.period), "community": names.get(place.code, place.code),
            "rank": str(place.rank), "n": str(point.n),
        }
        for point in reversed(ranks.points)
        for place in point.communities
    ]  # fmt: skip
