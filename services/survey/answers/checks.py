"""Whether a part of the answers can be saved, and what saving it means beside what is stored. No I/O."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from services.survey.instrument import Instrument
from services.survey.schemas.answers import AnswerIn, AnswersIn, SaidOut
from services.survey.tables import AnswerColumns
from shared.problems import FieldError


@dataclass(frozen=True)
class Said:
    """What a respondent says about a measure, without whose it is."""

    level: int | None
    flag: str | None
    comment: str | None
    evidence: tuple[str, ...]

    def out(self) -> SaidOut:
        return SaidOut.model_validate(
            {"level": self.level, "flag": self.flag, "comment": self.comment, "evidence": list(self.evidence)}
        )

    def columns(self) -> dict[str, Any]:
        return {
            "level": self.level, "flag": self.flag, "comment": self.comment, "evidence": list(self.evidence)
        }  # fmt: skip


def stored(row: AnswerColumns | Row[Any]) -> Said:
    return Said(row.level, row.flag, row.comment, tuple(row.evidence))


def merged(wanted: AnswerIn, before: Said | None) -> Said:
    """The answer after this part: what was not sent stays as it was, an empty comment is none."""
    sent = wanted.model_fields_set
    answers = before is None or bool(sent & {"level", "flag"})
    comment = wanted.comment if "comment" in sent else (before.comment if before else None)
    evidence = tuple(dict.fromkeys(str(document) for document in wanted.evidence or ()))
    return Said(
        level=wanted.level if answers else before.level if before else None,
        flag=wanted.flag if answers else before.flag if before else None,
        comment=(comment or "").strip() or None,
        evidence=evidence if "evidence" in sent else (before.evidence if before else ()),
    )


def digest_of(wanted: AnswersIn) -> str:
    """What tells one numbered call from another."""
    return hashlib.sha256(wanted.model_dump_json(exclude_unset=True).encode()).hexdigest()


def errors_in(wanted: AnswersIn, instrument: Instrument, stored_measures: Collection[str]) -> list[FieldError]:
    """Everything that is wrong with this part, by pointer; empty when it can be saved."""
    errors: list[FieldError] = []
    if (wanted.client_id is None) != (wanted.client_seq is None):
        missing = "client_seq" if wanted.client_seq is None else "client_id"
        errors.append(FieldError(f"/{missing}", "client_id and client_seq go together", "missing"))
    seen: set[str] = set()
    for index, answer in enumerate(wanted.answers):
        at = f"/answers/{index}"
        if answer.measure not in instrument.measures:
            errors.append(FieldError(f"{at}/measure", "is no measure of this model", "unknown"))
        elif answer.measure in seen:
            errors.append(FieldError(f"{at}/measure", "occurs twice in this call", "doubled"))
        seen.add(answer.measure)
        errors += _wrong_value(answer, at, instrument.top, answer.measure in stored_measures)
    return errors


def _wrong_value(answer: AnswerIn, at: str, top: int, has_before: bool) -> list[FieldError]:
    if answer.level is not None and answer.flag is not None:
        return [FieldError(f"{at}/flag", "must be null when there is a level", "level_or_flag")]
    if answer.level is not None and not 0 <= answer.level <= top:
        possible = ", ".join(str(level) for level in range(top + 1))
        return [FieldError(f"{at}/level", f"must be one of {possible}", "level")]
    says_nothing = answer.level is None and answer.flag is None
    if says_nothing and (answer.model_fields_set & {"level", "flag"} or not has_before):
        return [
            FieldError(f"{at}/level", "give a level, or the flag not_applicable or unknown", "level_or_flag")
        ]  # fmt: skip
    return []
