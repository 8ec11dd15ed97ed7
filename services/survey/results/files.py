"""Results as tables: one row a community and year, one row a figure, one row an element of a result."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from services.survey.schemas.basis import ResultBasisOut
from services.survey.schemas.results import Figure, NetworkGroup, NetworkOut, ResultOut

OF_A_RESULT = (
    "community", "name", "country", "kind", "phase", "size_class", "year", "state", "revision"
)  # fmt: skip
HOW = ("model_version", "rule_version", "computed_at", "answers_hash", "demo")
ELEMENTS = (
    "community", "name", "year", "element", "code", "score", "level", "value", "coverage", "source", "respondents",
    "groups", "applicable", *HOW, "weight", "top", "coverage_threshold",
)  # fmt: skip
FIGURES = (
    "year", "group_by", "group", "code", "n", "mean", "quartile_1", "median", "quartile_3", "suppressed",
    "model_version", "demo",
)  # fmt: skip
Table = tuple[Sequence[str], list[list[Any]]]


def in_natural_order(codes: Iterable[str]) -> list[str]:
    """`P1.2` before `P1.10`."""

    def parts(code: str) -> list[tuple[bool, int, str]]:
        return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in re.split(r"(\d+)", code)]

    return sorted(codes, key=parts)


def table_of_results(results: Sequence[ResultOut]) -> Table:
    """One row a community and year: overall, then a column for each pillar and point by its code.

    The columns are those of all versions of the model among the rows, so that years can stand under each other.
    """
    codes: dict[str, None] = {}
    for result in results:
        for pillar in result.pillars:
            codes[pillar.code] = None
            codes |= {point.code: None for point in pillar.points}
    ordered = in_natural_order(codes)
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


def table_of_result(result: ResultBasisOut) -> Table:
    """One row an element: overall, pillars, points and measures with their weights, from which every score can be
    computed again."""
    scale = [result.top, result.coverage_threshold]
    return ELEMENTS, [
        [
            result.community, result.name, result.year, *row, *(getattr(result, column) for column in HOW), weight,
            *scale,
        ]
        for *row, weight in _elements(result)
    ]  # fmt: skip


def _elements(result: ResultBasisOut) -> Iterator[list[Any]]:
    none = [None, None, None, None]
    yield ["overall", "overall", result.overall, result.level, None, None, *none, None]
    for pillar in result.pillars:
        yield ["pillar", pillar.code, pillar.score, pillar.level, None, None, *none, pillar.weight]
        for point in pillar.points:
            yield ["point", point.code, point.score, point.level, None, point.coverage, *none, point.weight]
            for m in point.measures:
                yield [
                    "measure", m.code, m.score, None, m.value, None, m.source, m.respondents, m.groups, m.applicable,
                    m.weight,
                ]  # fmt: skip


def table_of_network(network: NetworkOut) -> Table:
    """One row a figure: the whole Network first, then each group; suppressed figures say so and are empty."""
    rows = []
    for group in (network.network, *network.groups):
        rows += [[network.year, network.group_by, *row, network.model_version, network.demo] for row in _figures(group)]
    return FIGURES, rows


def _figures(group: NetworkGroup) -> Iterator[list[Any]]:
    parts = (*group.pillars, *group.points)
    figures: list[tuple[str, Figure | NetworkGroup]] = [("overall", group), *((part.code, part) for part in parts)]
    for code, figure in figures:
        quartiles: list[float | None] = [*figure.quartiles] if figure.quartiles else [None, None, None]
        yield [group.group or "network", code, figure.n, figure.mean, *quartiles, figure.suppressed]
