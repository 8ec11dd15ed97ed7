"""Writing the next version of a definition; published versions never change."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select

from services.indicators.catalogue import indicator_out
from services.indicators.drafts.schemas import Content, DraftIn, DraftOut, DraftPatch, ObstacleOut
from services.indicators.schemas import IndicatorOut
from services.indicators.submissions.locking import name_of
from services.indicators.tables import Indicator, IndicatorDraft
from shared import idempotency
from shared.callers import Caller
from shared.database import Database, ReadSession, WriteSession
from shared.languages import LANGUAGES
from shared.problems import Conflict, FieldError, Invalid, NotFound
from shared.tags import Expected

BY_LANGUAGE = ("names", "definitions")
NEEDED = (
    "interface", "unit", "polarity", "statistic", "frequency", "valid_range", "aggregation", "min_share", "source",
    "basis",
)  # fmt: skip
FROM_SECRETARIAT = "secretariat"


def content_of(row: Indicator) -> dict[str, Any]:
    """A published definition as a draft holds it."""
    band = None if row.target_low is None else [row.target_low, row.target_high]
    return {
        "interface": row.interface, "names": dict(row.names),
        "definitions": dict(row.definitions) or {"en": row.definition}, "unit": row.unit, "polarity": row.polarity,
        "target_band": band, "statistic": row.statistic, "numerator": row.numerator, "denominator": row.denominator,
        "factor": row.factor, "frequency": row.frequency, "valid_range": [row.valid_low, row.valid_high],
        "aggregation": row.aggregation, "min_share": row.min_share, "source": row.source, "basis": row.basis,
    }  # fmt: skip


async def current_of(db: ReadSession | WriteSession, code: str) -> Indicator | None:
    statement = select(Indicator).where(Indicator.code == code).order_by(Indicator.version.desc()).limit(1)
    found: Indicator | None = await db.scalar(statement)
    return found


async def begin(db: Database, wanted: DraftIn, *, by: Caller) -> tuple[DraftOut, int]:
    """Start a draft. Raises Conflict when there is one, Invalid for a new code without content."""
    async with db.transaction(by=by, to="begin a definition", about=wanted.code) as tx:
        await _hold(tx, wanted.code)
        if await tx.get(IndicatorDraft, wanted.code) is not None:
            raise Conflict("There is a draft of this indicator already; change that one.")
        current = await current_of(tx, wanted.code)
        if wanted.content is None and current is None:
            raise Invalid.at("/content", "is required for a new indicator", "missing")
        content = _plain(wanted.content) if wanted.content is not None else content_of(current)  # type: ignore[arg-type]  # one of both is there
        row = IndicatorDraft(
            code=wanted.code, base_version=current.version if current else 0, content=content, version=1, demo=by.demo,
            updated_at=datetime.now(UTC), updated_by_name=name_of(by),
        )  # fmt: skip
        tx.add(row)
        out = draft_out(row, current)
        idempotency.will_answer(out, headers={"Location": f"/api/v1/indicators/drafts/{row.code}"}, version=1)
    return out, 1


async def change(db: Database, code: str, wanted: DraftPatch, version: Expected, *, by: Caller) -> tuple[DraftOut, int]:
    """Change a draft. Raises NotFound, StaleVersion, Invalid."""
    async with db.transaction(by=by, to="write a definition", about=code) as tx:
        row = await _draft(tx, code)
        version.must_match(row.version)
        content = dict(row.content)
        for name, value in wanted.changes.items():
            if value is None and name in NEEDED:
                raise Invalid.at(f"/{name}", "must not be empty", "missing")
            if name in BY_LANGUAGE:
                merged = {**content[name], **(value or {})} if value is not None else {}
                content[name] = {one: text for one, text in merged.items() if text is not None}
            else:
                content[name] = value
        if content != row.content:
            row.content, row.version = content, row.version + 1
            row.updated_at, row.updated_by_name = datetime.now(UTC), name_of(by)
        return draft_out(row, await current_of(tx, code)), row.version


async def drop(db: Database, code: str, version: Expected, *, by: Caller) -> None:
    """Give a draft up. Raises NotFound, StaleVersion."""
    async with db.transaction(by=by, to="give up a definition", about=code) as tx:
        row = await _draft(tx, code)
        version.must_match(row.version)
        await tx.delete(row)


async def publish(db: Database, code: str, because: str, language: str, *, by: Caller) -> IndicatorOut:
    """Make the draft the current version. Raises NotFound, Invalid with what is missing, Conflict when another version
    was published since the draft began."""
    async with db.transaction(by=by, to="publish a definition", about=code) as tx:
        await _hold(tx, code)
        row = await _draft(tx, code)
        current = await current_of(tx, code)
        if row.base_version != (current.version if current is not None else 0):
            raise Conflict("Another version was published since this draft began; begin again from that.")
        if obstacles := obstacles_of(row.content, current):
            raise Invalid(errors=[FieldError(one.pointer, one.message, "obstacle") for one in obstacles])
        if current is not None and not changed_between(content_of(current), row.content):
            raise Conflict("The draft says what the current version says.")
        position = current.position if current else 1 + (await tx.scalar(select(func.max(Indicator.position))) or 0)
        made = _published(row, current, position, because)
        tx.add(made)
        await tx.delete(row)
        await tx.flush()
        await tx.refresh(made)
        tx.note(version=made.version, because=because)
        out = indicator_out(made, language)
        idempotency.will_answer(out, status=200)
    return out


def _published(row: IndicatorDraft, current: Indicator | None, position: int, because: str) -> Indicator:
    content = row.content
    low, high = content["target_band"] or (None, None)
    taken = ("interface", "names", "definitions", "unit", "polarity", "statistic", "numerator", "denominator", "factor",
             "frequency", "aggregation", "min_share", "source", "basis")  # fmt: skip
    return Indicator(
        code=row.code, version=row.base_version + 1, position=position, target_low=low, target_high=high,
        valid_low=content["valid_range"][0], valid_high=content["valid_range"][1],
        definition=content["definitions"]["en"], source_read=current.source_read if current is not None else False,
        origin=FROM_SECRETARIAT, because=because, **{name: content[name] for name in taken},
    )  # fmt: skip


def obstacles_of(content: dict[str, Any], current: Indicator | None) -> list[ObstacleOut]:
    """What keeps a definition from being published."""
    found: list[tuple[str, str]] = []
    for name in BY_LANGUAGE:
        found += [
            (f"/{name}/{language}", "is missing: every text is there in es, en, pt and fr")
            for language in LANGUAGES if not content[name].get(language)
        ]  # fmt: skip
    if not content["valid_range"][0] < content["valid_range"][1]:
        found.append(("/valid_range", "must go from the lower to the upper end"))
    band = content["target_band"]
    if (content["polarity"] == "target_band") != (band is not None):
        found.append(("/target_band", "goes with the polarity target_band, and only with it"))
    elif band is not None and not content["valid_range"][0] <= band[0] < band[1] <= content["valid_range"][1]:
        found.append(("/target_band", "must go from the lower to the upper end, within the valid range"))
    if (content["denominator"] is None) != (content["factor"] is None):
        found.append(("/factor", "goes with a denominator: value = factor · numerator / denominator"))
    if content["aggregation"] == "ratio" and content["factor"] is None:
        found.append(("/aggregation", "ratio needs a denominator and a factor"))
    if current is not None and content["frequency"] != current.frequency:
        found.append(("/frequency", "stays: what is measured at another frequency is another indicator"))
    return [ObstacleOut(pointer=pointer, message=message) for pointer, message in found]


def changed_between(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The fields that differ."""
    return sorted(name for name in after if before.get(name) != after[name])


def draft_out(row: IndicatorDraft, current: Indicator | None) -> DraftOut:
    before = content_of(current) if current is not None else {}
    return DraftOut(
        code=row.code, base_version=row.base_version, content=row.content,
        changed=changed_between(before, row.content), obstacles=obstacles_of(row.content, current),
        updated_at=row.updated_at, updated_by=row.updated_by_name, demo=row.demo,
    )  # fmt: skip


def _plain(content: Content) -> dict[str, Any]:
    told = content.model_dump()
    return told | {name: {one: text for one, text in told[name].items() if text is not None} for name in BY_LANGUAGE}


async def _hold(tx: WriteSession, code: str) -> None:
    """One at a time for each code, whether it has a row yet or not."""
    await tx.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"definition {code}", 0))))


async def _draft(tx: WriteSession, code: str) -> IndicatorDraft:
    row: IndicatorDraft | None = await tx.scalar(
        select(IndicatorDraft).where(IndicatorDraft.code == code).with_for_update()
    )
    if row is None:
        raise NotFound("This draft")
    return row
