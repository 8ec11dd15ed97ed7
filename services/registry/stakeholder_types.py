"""The 27 types of stakeholders with their labels, and the group that each belongs to, from a reference file."""

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from services.registry.words import ORGANIZATION_KINDS, OrganizationKind, StakeholderGroup
from shared.reference import ReferenceTrouble, load_yaml, trouble_at

FILE = Path(__file__).parent / "data" / "stakeholder_types.yaml"


class Labels(BaseModel):
    model_config = ConfigDict(extra="forbid")

    es: str
    en: str
    pt: str | None = None
    fr: str | None = None


class StakeholderType(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    code: OrganizationKind
    group: StakeholderGroup
    labels: Labels

    @property
    def names(self) -> dict[str, str]:
        return self.labels.model_dump(exclude_none=True)


class TypesFile(BaseModel):
    types: list[StakeholderType]


def read(path: Path = FILE) -> tuple[StakeholderType, ...]:
    """The file, checked whole: every type once. Raises ReferenceTrouble."""
    found = load_yaml(path, TypesFile).types
    seen: set[str] = set()
    for index, row in enumerate(found):
        if row.code in seen:
            raise trouble_at(path, ("types", index, "code"), f"{row.code} occurs twice")
        seen.add(row.code)
    if missing := [code for code in ORGANIZATION_KINDS if code not in seen]:
        raise ReferenceTrouble(path, None, f"lacks {', '.join(missing)}")
    return tuple(found)


@cache
def types() -> dict[str, StakeholderType]:
    """The types by code, in the order of the file."""
    return {row.code: row for row in read()}


def group_of(kind: str) -> str:
    """The group in which organisations of this kind have one voice."""
    return types()[kind].group


def kinds_in(group: str) -> list[str]:
    """The kinds whose group this is."""
    return [code for code, row in types().items() if row.group == group]
