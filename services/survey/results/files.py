"""Results as tables: one row a community and year, one row a figure, one row an element of a result."""

from collections.abc import Iterator, Sequence
from typing import Any

from services.survey.schemas.results import Figure, NetworkGroup, NetworkOut, ResultOut

OF_A_RESULT = (
    "community", "name", "country", "kind", "phase", "size_class", "year", "state", "revision"
)  # fmt: skip
HOW = ("model_version", "rule_version", "computed_at", "answers_hash", "demo")
ELEMENTS = (
    "community", "name", "year", "element", "code", "score", "level", "value", "coverage", "source", "respondents",
    "groups", "applicable", *HOW,
)  # fmt: skip
FIGURES = (
    "year", "group_by", "group", "code", "n", "mean", "quartile_1", "median", "quartile_3", "suppressed",
    "model_version", "demo",
)  # fmt: skip
Table = tuple[Sequence[str], list[list[Any]]]


def table_of_results(results: Sequence[ResultOut]) -> Table:
    """One row a community and year: overall, then a column for each pillar and point by its code.

    The columns are those of all versions of the model among the rows, so that years can stand under each other.
    """
    codes: dict[str, None] = {}
    for result in results:
        for pillar in result.pillars:
            codes[pillar.code] = None
            codes |= {point.code: None for point in pillar.points}
    ordered = sorted(codes)
    header = (*OF_A_RESULT, "overall", "level", "worst", "best", "respondents", "groups", *ordered, *HOW)
    rows = []
    for result in results:
        scores: dict[str, float | None] = {}
        for pillar in result.pillars:
            scores[pillar.code] = pillar.score
            scores |= {point.code: point.score for point in pillar.points}
        rows.append(
            [
                *(getattr(result, column) for column in OF_A_RESULT), result.overall, result.level,
                result.worst, result.best, result.respondents, result.groups, *(scores.get(code) for code in ordered),
                *(getattr(result, column) for column in HOW),
            ]
        )  # fmt: skip
    return header, rows


def table_of_result(result: ResultOut) -> Table:
    """One row an element: overall, pillars, points and measures, from which every score can be computed again."""
    return ELEMENTS, [
        [
            result.community, result.name, result.year, *row, *(getattr(result, column) for column in HOW)
        ]
        for row in _elements(result)
    ]  # fmt: skip


def _elements(result: ResultOut) -> Iterator[list[Any]]:
    def element(kind: str, code: str, part: Any, *others: Any) -> list[Any]:
        return [kind, code, part.score, part.level, None, *others]

    none = [None, None, None, None]
    yield [
        "overall",
        "overall",
        result.overall,
        result.level,
        None,
        None,
        None,
        result.respondents,
        result.groups,
        None,
    ]
    for pillar in result.pillars:
        yield element("pillar", pillar.code, pillar, None, *none)
        for point in pillar.points:
            yield element("point", point.code, point, point.coverage, *none)
            for m in point.measures:
                yield ["measure", m.code, m.score, None, m.value, None, m.source, m.respondents, m.groups, m.applicable]


def table_of_network(network: NetworkOut) -> Table:
    """One row a figure: the whole Network first, then each group; suppressed figures say so and are empty."""
    rows = []
    for group in (network.network, *network.groups):
        rows += [[network.year, network.group_by, *row, network.model_version, network.demo] for row in _figures(group)]
    return FIGURES, rows


def _figures(group: NetworkGroup) -> Iterator[list[Any]]:
    figures: list[tuple[str, Figure | NetworkGroup]] = [("overall", group), *((p.code, p) for p in group.pillars)]
    for code, figure in figures:
        quartiles: list[float | None] = [*figure.quartiles] if figure.quartiles else [None, None, None]
        yield [group.group or "network", code, figure.n, figure.mean, *quartiles, figure.suppressed]
