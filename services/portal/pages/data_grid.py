"""`/data/{community}`: the indicators of a community by period, to be filled in, explained, submitted and approved."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from starlette.responses import Response

from services.indicators.client import CellErrorOut, GridOut
from services.indicators.schemas import IndicatorOut, ObservationOut, SubmissionOut
from services.portal.pages.data_periods import FREQUENCIES, frequency_of, last_over, moved, side_by_side
from services.portal.pages.data_words import ACTIONS, FREQUENCY_WORDS, POLARITIES, REFUSED
from services.portal.pages.parts import attempt, slug_or_nothing
from services.portal.pages.reading import today
from services.portal.translations import N_
from services.portal.visits import MemberVisit, Visit, page_router
from shared.problems import Conflict, Invalid, NotAllowed

router = page_router()
BASE = "/data/{community}"
STEPS = ("submit", "approve", "return")
MOST_EXPLAINED = 30
REASON_MISSING = N_("Escriba el motivo: qué se debe corregir.")
MOVED_ON = N_("No se hizo: los datos de este período ya están en otro paso. Esto es lo que vale ahora.")
NOT_BY_YOU = N_("Quien envió los datos no los aprueba: los tiene que mirar otra persona.")
MIXED = N_("Hay datos verdaderos en este período: los de demostración no los reemplazan.")


def must_be_code(community: str) -> str:
    return slug_or_nothing(community)


def may_feed(visit: Visit, community: str) -> bool:
    caller = visit.caller
    return caller.is_secretariat or caller.holds("data_provider", "coordinator", scope=f"community:{community}")


def may_decide(visit: Visit, community: str) -> bool:
    return visit.caller.is_secretariat or visit.caller.coordinates(community)


def as_typed(one: ObservationOut | None) -> str:
    """A value as it stands in its cell, and as it is read back to the last bit."""
    if one is None:
        return ""
    if one.numerator is not None and one.denominator is not None:
        return f"{plain(one.numerator)}/{plain(one.denominator)}"
    return plain(one.value)


def plain(value: float) -> str:
    text = repr(value)
    return text.removesuffix(".0") if "e" not in text else text


@dataclass(frozen=True)
class Cell:
    """One indicator in one period: what is stored, what the reader typed, and what is wrong with that."""

    indicator: str
    period: str
    now: ObservationOut | None
    year_before: ObservationOut | None
    typed: str
    error: str | None = None
    theirs: ObservationOut | None = None

    @property
    def name(self) -> str:
        return f"{self.indicator}.{self.period}"

    @property
    def id(self) -> str:
        return f"c-{self.indicator}-{self.period}"

    @property
    def stored(self) -> str:
        """What the cell says on the server, so that only changes are sent."""
        return as_typed(self.now) if self.theirs is None else as_typed(self.theirs)

    @property
    def revision(self) -> int:
        """What the next change rests on: once somebody else's value is shown, on that."""
        seen = self.theirs or self.now
        return seen.revision if seen is not None else 0


@dataclass(frozen=True)
class Sheet:
    """The whole page: indicators by periods."""

    grid: GridOut
    indicators: Sequence[IndicatorOut]
    frequency: str
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, CellErrorOut] = field(default_factory=dict)

    @property
    def base(self) -> str:
        return f"/data/{self.grid.community}"

    @property
    def last(self) -> str:
        return self.grid.periods[-1]

    @property
    def interfaces(self) -> list[tuple[str, list[IndicatorOut]]]:
        """The indicators by interface of the port, in the order of the catalogue."""
        found: dict[str, list[IndicatorOut]] = {}
        for one in self.indicators:
            found.setdefault(one.interface_name, []).append(one)
        return list(found.items())

    @property
    def submissions(self) -> dict[str, SubmissionOut]:
        return {one.period: one for one in self.grid.submissions}

    def cell(self, indicator: IndicatorOut, period: str) -> Cell:
        now = next((o for o in self.grid.observations if (o.indicator, o.period) == (indicator.code, period)), None)
        before = moved(period, -{"monthly": 12, "quarterly": 4, "annual": 1}[self.frequency])
        earlier = next((o for o in self.grid.year_before if (o.indicator, o.period) == (indicator.code, before)), None)
        name = f"{indicator.code}.{period}"
        error = self.errors.get(name)
        return Cell(
            indicator.code, period, now, earlier, self.typed.get(name, as_typed(now)),
            error=error.code if error is not None else None, theirs=error.theirs if error is not None else None,
        )  # fmt: skip

    def address(self, last: str) -> str:
        return f"{self.base}?{urlencode({'period': last})}"


async def sheet_of(visit: Visit, community: str, last: str, **more: Any) -> Sheet:
    """Raises NotFound, NotAllowed."""
    frequency = frequency_of(last) or "monthly"
    grid, catalogue = await asyncio.gather(
        visit.indicators.grid(community, side_by_side(last)), visit.indicators.catalogue()
    )
    return Sheet(grid, [one for one in catalogue if one.frequency == frequency], frequency, **more)


def asked_period(visit: Visit, text: str | None) -> str:
    """The last period to show: the one asked for, else the last month that is over."""
    if text is not None and frequency_of(text) is not None:
        return text
    return last_over("monthly", today(visit))


@router.get(BASE)
async def show_data(visit: MemberVisit, community: str, period: str | None = None) -> Response:
    """The indicators that are due, to be filled in."""
    sheet = await sheet_of(visit, must_be_code(community), asked_period(visit, period))
    return await data_page(visit, sheet)


async def data_page(
    visit: Visit, sheet: Sheet, *, status: int = 200, refused: str | None = None,
    wrong: Mapping[str, str] | None = None, saved: int | None = None,
) -> Response:  # fmt: skip
    community = sheet.grid.community
    feeds = may_feed(visit, community)
    files = (await attempt(visit.indicators.imports(5))).value if feeds else None
    asked = visit.request.query_params
    told = asked.get("saved", "")
    if saved is None and told.isascii() and told.isdigit() and len(told) < 6:
        saved = int(told)
    explain = [one for one in asked.get("explain", "").split(",") if one][:MOST_EXPLAINED]
    now = today(visit)
    return visit.page(
        "data_grid.html", status=status, section="desk", sheet=sheet, feeds=feeds, refused=refused, wrong=wrong or {},
        decides=may_decide(visit, community), files=files or [], polarities=POLARITIES, reasons=REFUSED,
        actions=ACTIONS, frequencies=FREQUENCY_WORDS,
        saved=saved, explain=explained(sheet, explain) if feeds else [],
        tabs=[{"frequency": one, "last": last_over(one, now)} for one in FREQUENCIES],
        newest=last_over(sheet.frequency, now), moved=moved,
        demo=visit.caller.demo or any(one.demo for one in sheet.grid.observations),
    )  # fmt: skip


def explained(sheet: Sheet, names: Sequence[str]) -> list[tuple[IndicatorOut, Cell]]:
    """The cells that a reader was asked to explain and has not yet."""
    known = {one.code: one for one in sheet.indicators}
    found = []
    for name in names:
        code, _, period = name.partition(".")
        if code in known and period in sheet.grid.periods:
            cell = sheet.cell(known[code], period)
            if cell.now is not None and not cell.now.note:
                found.append((known[code], cell))
    return found


@router.post(BASE)
async def save_data(visit: MemberVisit, community: str) -> Response:
    """Save the cells that changed. Those that cannot be taken are shown again with the reason."""
    code = must_be_code(community)
    fields = await visit.form()
    last = asked_period(visit, fields.get("period"))
    cells = changed_cells(fields)
    if not cells:
        return visit.go(f"/data/{quote(code)}?{urlencode({'period': last, 'saved': 0})}")
    try:
        told = await visit.indicators.save_cells(code, cells)
    except Invalid:
        return await refused_page(visit, code, last, N_("Alguna nota es demasiado larga: acórtela a 2 000 caracteres."))
    except Conflict:
        return await refused_page(visit, code, last, MIXED, status=409)
    names = [f"{cell['indicator']}.{cell['period']}" for cell in cells]
    if told.errors:
        errors = {names[place_in(error.pointer)]: error for error in told.errors}
        typed = {name: cell["text"] for name, cell in zip(names, cells, strict=True) if name in errors}
        sheet = await sheet_of(visit, code, last, typed=typed, errors=errors)
        return await data_page(visit, sheet, status=422, saved=told.saved)
    explain = dict.fromkeys(names[place_in(one.pointer)] for one in told.warnings if one.kind == "outlier")
    asked = {"period": last, "saved": told.saved} | ({"explain": ",".join(explain)} if explain else {})
    return visit.go(f"/data/{quote(code)}?{urlencode(asked)}{'#explicar' if explain else '#guardado'}")


def changed_cells(fields: Mapping[str, str]) -> list[dict[str, Any]]:
    """The cells of a form whose text is another than it was, or that got a note."""
    found: list[dict[str, Any]] = []
    for name, text in fields.items():
        if not name.startswith("v."):
            continue
        cell = name.removeprefix("v.")
        code, _, period = cell.partition(".")
        note = fields.get(f"note.{cell}", "").strip()
        if text.strip() == fields.get(f"w.{cell}", "").strip() and not note:
            continue
        revision = fields.get(f"r.{cell}", "0")
        found.append({
            "indicator": code[:100], "period": period[:100], "text": text.strip()[:1000], "note": note or None,
            "base_revision": int(revision) if revision.isascii() and revision.isdigit() and len(revision) < 10 else 0,
        })  # fmt: skip
    return found


def place_in(pointer: str) -> int:
    """`/cells/3/text` → 3."""
    return int(pointer.split("/")[2])


async def refused_page(visit: Visit, code: str, last: str, refused: str, status: int = 422, **more: Any) -> Response:
    return await data_page(visit, await sheet_of(visit, code, last), status=status, refused=refused, **more)


@router.post(f"{BASE}/submissions/{{period}}/{{step}}")
async def take_step(visit: MemberVisit, community: str, period: str, step: str) -> Response:
    """Submit, approve or return the data of a period."""
    code = must_be_code(community)
    fields = await visit.form()
    if frequency_of(period) is None or step not in STEPS:
        raise NotAllowed("There is no such step.")
    last = asked_period(visit, fields.get("last"))
    reason = fields.get("reason", "").strip()
    if step == "return" and not reason:
        wrong = {f"motivo-{period}": REASON_MISSING}
        return await data_page(visit, await sheet_of(visit, code, last), status=422, wrong=wrong)
    try:
        if step == "submit":
            await visit.indicators.submit(code, period)
        elif step == "approve":
            await visit.indicators.approve(code, period)
        else:
            await visit.indicators.return_data(code, period, reason[:2000])
    except Conflict:
        return await refused_page(visit, code, last, MOVED_ON, 409)
    except NotAllowed:
        if not may_decide(visit, code) or step != "approve":
            raise
        return await refused_page(visit, code, last, NOT_BY_YOU, 403)
    return visit.go(f"/data/{quote(code)}?{urlencode({'period': last})}#envio")
