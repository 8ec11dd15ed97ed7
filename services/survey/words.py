"""The survey's vocabulary: states, flags, stakeholder groups, and the keys of an assessment."""

from dataclasses import dataclass
from typing import Literal, get_args

Flag = Literal["not_applicable", "unknown"]
FLAGS: tuple[str, ...] = get_args(Flag)
CampaignState = Literal["draft", "open", "closed", "published"]
AssessmentState = Literal["not_started", "in_progress", "submitted", "returned", "accepted", "published"]
ASSESSMENT_STATES: tuple[str, ...] = get_args(AssessmentState)
IN_THE_COMMUNITYS_HANDS = ("not_started", "in_progress", "returned")
"""States in which answers and agreements may still change."""
UNDER_REVIEW_OR_AFTER = ("submitted", "accepted", "published")
GroupBy = Literal["country", "phase", "kind", "size_class"]
StakeholderGroup = Literal[
    "port_authority", "maritime_authority", "customs", "inspection_agency", "security", "national_government",
    "local_government", "terminal_operator", "nautical_services", "shipping", "freight_forwarder", "customs_broker",
    "road_carrier", "rail_operator", "depot", "cargo_owner", "university", "technology_provider", "labour", "other",
]  # fmt: skip
"""Who speaks with one voice; the registry's words."""
STAKEHOLDER_GROUPS: tuple[str, ...] = get_args(StakeholderGroup)
ReviewFlag = Literal["jump", "away_from_groups", "disagreement", "one_voice", "no_evidence", "missing"]
"""What the review asks about; the rules are in `review.flags`."""
WITHOUT_GROUP = "other"
"""The stakeholder group of a respondent whose invitation named none."""


@dataclass(frozen=True, slots=True)
class AssessmentKey:
    """One community's assessment of one year."""

    year: int
    community: str

    def __str__(self) -> str:
        return f"{self.year}/{self.community}"
