"""What is possible but looks wrong: values far from their own series, and periods left out. Warnings, never refusals.

A value is told to be far when its modified z-score against the series is over 3.5 (Iglewicz and Hoaglin, 1993: How to
detect and handle outliers): 0.6745 · |value - median| / MAD, where MAD is the median of the absolute deviations from
the median; where that is 0, |value - median| / (1.253314 · mean absolute deviation). The series must have at least 7
values with this one, and the value be over a tenth of the median away from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Integer, Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, DOUBLE_PRECISION

from shared.database import ReadSession, WriteSession

LEAST_VALUES = 7
HIGHEST_SCORE = 3.5
LEAST_SHARE = 0.1
MOST_WARNINGS = 1_000

HISTORY = """
    history AS (
        SELECT o.community_code, o.indicator_code, o.period, r.value
        FROM (SELECT DISTINCT community_code, indicator_code FROM wanted) AS series
        JOIN indicators.observations AS o USING (community_code, indicator_code)
        JOIN indicators.revisions AS r ON r.community_code = o.community_code AND r.indicator_code = o.indicator_code
            AND r.period = o.period AND r.revision = o.latest_revision
        WHERE NOT EXISTS (SELECT 1 FROM wanted AS w WHERE w.community_code = o.community_code
            AND w.indicator_code = o.indicator_code AND w.period = o.period)
        UNION ALL
        SELECT community_code, indicator_code, period, value FROM wanted
    )"""
OUTLIERS = f"""
    WITH {{wanted}}, {HISTORY},
    middles AS (
        SELECT community_code, indicator_code, count(*) AS values,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY value) AS middle
        FROM history GROUP BY community_code, indicator_code HAVING count(*) >= {LEAST_VALUES}
    ),
    spreads AS (
        SELECT community_code, indicator_code, values, middle,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(value - middle)) AS median_away,
            avg(abs(value - middle)) AS mean_away
        FROM history JOIN middles USING (community_code, indicator_code)
        GROUP BY community_code, indicator_code, values, middle
    )
    SELECT w.row, w.community_code, w.indicator_code, w.period, w.value, s.middle, s.values
    FROM wanted AS w JOIN spreads AS s USING (community_code, indicator_code)
    WHERE w.note IS NULL AND s.mean_away > 0 AND abs(w.value - s.middle) > {LEAST_SHARE} * abs(s.middle)
        AND CASE WHEN s.median_away > 0 THEN 0.6745 * abs(w.value - s.middle) / s.median_away
            ELSE abs(w.value - s.middle) / (1.253314 * s.mean_away) END > {HIGHEST_SCORE}
    ORDER BY w.row LIMIT {MOST_WARNINGS + 1}"""  # noqa: S608 -- made of constants
MONTH = """
    CASE WHEN length({period}) = 4 THEN left({period}, 4)::int
        WHEN substr({period}, 6, 1) = 'Q' THEN left({period}, 4)::int * 4 + right({period}, 1)::int
        ELSE left({period}, 4)::int * 12 + right({period}, 2)::int END"""
GAPS = f"""
    WITH {{wanted}}, {HISTORY},
    steps AS (
        SELECT community_code, indicator_code, period,
            lag(period) OVER (PARTITION BY community_code, indicator_code ORDER BY period) AS before
        FROM history
    )
    SELECT w.row, s.community_code, s.indicator_code, s.period, s.before,
        {MONTH.format(period="s.period")} - {MONTH.format(period="s.before")} - 1 AS missing
    FROM steps AS s JOIN wanted AS w USING (community_code, indicator_code, period)
    WHERE s.before IS NOT NULL
        AND {MONTH.format(period="s.period")} - {MONTH.format(period="s.before")} > 1
    ORDER BY w.row LIMIT {MOST_WARNINGS + 1}"""  # noqa: S608 -- made of constants


@dataclass(frozen=True, slots=True)
class Warned:
    """A value that somebody should look at. `kind`: outlier or gap."""

    row: int
    community: str
    indicator: str
    period: str
    kind: Literal["outlier", "gap"]
    message: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that is looked at, whether stored already or not."""

    row: int
    community: str
    indicator: str
    period: str
    value: float
    note: str | None


async def warnings_of(db: ReadSession | WriteSession, candidates: Sequence[Candidate]) -> list[Warned]:
    """What to ask about these values, by row. A value with a note has been explained, and is not asked about."""
    if not candidates:
        return []
    wanted = """wanted AS (SELECT * FROM unnest(
        :rows, :communities, :indicators, :periods, :values, :notes
    ) AS w (row, community_code, indicator_code, period, value, note))"""
    given = {
        "rows": [one.row for one in candidates], "communities": [one.community for one in candidates],
        "indicators": [one.indicator for one in candidates], "periods": [one.period for one in candidates],
        "values": [one.value for one in candidates], "notes": [one.note for one in candidates],
    }  # fmt: skip
    kinds = {"rows": Integer, "values": DOUBLE_PRECISION}
    found: list[Warned] = []
    for statement, tell in ((OUTLIERS, outlier), (GAPS, gap)):
        bound = text(statement.format(wanted=wanted)).bindparams(
            *(bindparam(name, type_=ARRAY(kinds.get(name, Text))) for name in given)
        )
        found += [tell(row) for row in await db.execute(bound, given)]
    return sorted(found, key=lambda one: one.row)


def outlier(row: Any) -> Warned:
    """A row of OUTLIERS in words."""
    told = (
        f"is far from the series' own history (median {row.middle!r} of {row.values} values): check it, or add a note"
    )
    return Warned(row.row, row.community_code, row.indicator_code, row.period, "outlier", told)


def gap(row: Any) -> Warned:
    """A row of GAPS in words."""
    many = "1 period is" if row.missing == 1 else f"{row.missing} periods are"
    told = f"{many} missing between {row.before} and {row.period}"
    return Warned(row.row, row.community_code, row.indicator_code, row.period, "gap", told)
