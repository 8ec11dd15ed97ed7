"""The registry's vocabulary: kinds, phases, stages, size classes, stakeholder types."""

from typing import Literal, get_args

Kind = Literal["port", "country"]
Phase = Literal["I", "II", "III-2017", "III-2018"]
SizeClass = Literal["very_small", "small", "medium", "large"]
Stage = Literal[
    "candidate", "conceptualization", "mobilization", "strategic_planning", "constituted", "consolidated", "dormant"
]
STAGES: tuple[str, ...] = get_args(Stage)
LADDER = STAGES[:-1]
"""The stages in the order in which a community climbs them; `dormant` stands beside."""


def is_one_step_up(before: str, after: str) -> bool:
    """Whether a change of stage needs no reason: exactly one step forward on the ladder."""
    return before in LADDER and after in LADDER and LADDER.index(after) == LADDER.index(before) + 1


def is_leap(before: str, after: str) -> bool:
    """Whether a change skips a stage on the way up, which is never possible. From `dormant` every stage can follow."""
    return before in LADDER and after in LADDER and LADDER.index(after) > LADDER.index(before) + 1
