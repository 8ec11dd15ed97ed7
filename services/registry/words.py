"""The registry's vocabulary: kinds, phases, stages, size classes, stakeholder types."""

from typing import Literal, get_args

Kind = Literal["port", "country"]
Phase = Literal["I", "II", "III-2017", "III-2018"]
SizeClass = Literal["very_small", "small", "medium", "large"]
Stage = Literal[
    "candidate", "conceptualization", "mobilization", "strategic_planning", "constituted", "consolidated", "dormant"
]
OrganizationKind = Literal[
    "port_authority", "maritime_authority", "customs", "sps", "health", "police", "ministry", "municipality",
    "terminal_operator", "stevedore", "nautical_services", "shipping_line", "shipping_agent", "freight_forwarder",
    "customs_broker", "trucker", "rail_operator", "empty_depot", "bonded_warehouse", "exporter", "importer", "chamber",
    "university", "consultant", "it_provider", "labour", "multilateral",
]  # fmt: skip
"""The stakeholder types; their labels and groups are in `data/stakeholder_types.yaml`."""
StakeholderGroup = Literal[
    "port_authority", "maritime_authority", "customs", "inspection_agency", "security", "national_government",
    "local_government", "terminal_operator", "nautical_services", "shipping", "freight_forwarder", "customs_broker",
    "road_carrier", "rail_operator", "depot", "cargo_owner", "university", "technology_provider", "labour", "other",
]  # fmt: skip
"""Who speaks with one voice in the survey."""
ActivityKind = Literal[
    "diagnosis_workshop", "support_group", "training_workshop", "technical_visit", "strategic_plan", "regional_meeting"
]
AgreementKind = Literal["memorandum_of_understanding", "technical_cooperation", "charter", "other"]

STAGES: tuple[str, ...] = get_args(Stage)
LADDER = STAGES[:-1]
"""The stages in the order in which a community climbs them; `dormant` stands beside."""
ORGANIZATION_KINDS: tuple[str, ...] = get_args(OrganizationKind)
STAKEHOLDER_GROUPS: tuple[str, ...] = get_args(StakeholderGroup)
ACTIVITY_KINDS: tuple[str, ...] = get_args(ActivityKind)
AGREEMENT_KINDS: tuple[str, ...] = get_args(AgreementKind)


def is_one_step_up(before: str, after: str) -> bool:
    """Whether a change of stage needs no reason: exactly one step forward on the ladder."""
    return before in LADDER and after in LADDER and LADDER.index(after) == LADDER.index(before) + 1


def is_leap(before: str, after: str) -> bool:
    """Whether a change skips a stage on the way up, which is never possible. From `dormant` every stage can follow."""
    return before in LADDER and after in LADDER and LADDER.index(after) > LADDER.index(before) + 1
