"""What events of each kind are made of: their columns, in which order their times go, and the indicators they give.

Times become seconds of UTC before an expression sees them, so that durations are right across a change of clocks. Each
indicator is one Ibis expression, which DuckDB and Spark compute alike.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Kind = Literal["vessel_call", "gate", "inspection", "dwell"]
KINDS: tuple[str, ...] = get_args(Kind)
Type = Literal["time", "number", "flag", "word"]
Expression = Callable[[Any], Any]
"""A column of a table of events, or an aggregate of columns."""
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


@dataclass(frozen=True)
class Column:
    """A column of a file of events. `words`: the only ones that a word may be."""

    type: Type
    meaning: str
    is_required: bool = False
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Figure:
    """An indicator out of events. Of a median or 90th percentile `sample` is the quantity behind it, null for events
    that do not count; of a ratio `numerator` and `denominator` are sums over the events that have a `sample`, whose
    number is the denominator of a share. `needs`: the columns without which it cannot be computed. `like`: the
    indicator that has the same sample."""

    needs: tuple[str, ...]
    sample: Expression
    share: float | None = None
    numerator: Expression | None = None
    denominator: Expression | None = None
    like: str = ""

    def sums(self, events: Any) -> dict[str, Any]:
        """Of a ratio what is counted and summed of each group of events, by name; nothing of a quantile, which follows
        from how often each value of its sample comes up."""
        if self.share is not None:
            return {}
        assert self.numerator is not None
        there = self.sample(events).notnull()
        found = {"n": there.sum(), "numerator": self.numerator(events).sum(where=there)}
        return found if self.denominator is None else found | {"denominator": self.denominator(events).sum(where=there)}


@dataclass(frozen=True)
class Events:
    """A kind of events. `orders`: chains of columns whose times must not go back. `dated`: an event belongs to the
    local day of the first of these that it has: when it ended. `excused`: events that may lack what is required."""

    columns: Mapping[str, Column]
    orders: Sequence[tuple[str, ...]]
    dated: tuple[str, ...]
    figures: Mapping[str, Figure] = field(default_factory=dict)
    excused: Expression | None = None


def _time(meaning: str, *, is_required: bool = False) -> Column:
    return Column("time", meaning, is_required)


def _flag(meaning: str) -> Column:
    return Column("flag", meaning)


def _number(meaning: str) -> Column:
    return Column("number", meaning)


def _between(first: str, last: str, unit: float) -> Expression:
    """How long from one time to another, in a unit of so many seconds."""
    return lambda events: (events[last] - events[first]).cast("float64") / unit


def _median(first: str, last: str, unit: float, share: float = 0.5, *, like: str = "") -> Figure:
    return Figure((first, last), _between(first, last, unit), share, like=like)


def _share(yes: Expression, among: Expression, *needs: str) -> Figure:
    """How many of the events for which `among` is known and true are `yes`."""
    counted: Expression = lambda events: among(events).ifelse(1, None)  # noqa: E731 -- a column, not an action
    return Figure(
        needs, counted, numerator=lambda events: yes(events).fill_null(False).ifelse(1, 0)
    )  # fmt: skip


def _ratio(sample: Expression, numerator: Expression, denominator: Expression, *needs: str) -> Figure:
    return Figure(needs, sample, numerator=numerator, denominator=denominator)


def _is(column: str) -> Expression:
    return lambda events: events[column]


def _known(column: str) -> Expression:
    return lambda events: events[column].notnull()


def _column(name: str) -> Expression:
    return lambda events: events[name].cast("float64")


_AT_BERTH, _IN_PORT = _between("berthed", "unberthed", HOUR), _between("arrival", "unberthed", HOUR)
_WAITING, _WORKING = _between("arrival", "pilot_on_board", HOUR), _between("work_start", "work_end", HOUR)


def _both(known: Expression, also: Expression) -> Expression:
    """The first quantity, of the events that have the second too."""
    return lambda events: also(events).notnull().ifelse(known(events), None)


VESSEL_CALL = Events(
    columns={
        "arrival": _time("at the port's limits or waiting area", is_required=True),
        "pilot_on_board": _time("the manoeuvre to the berth begins"),
        "berthed": _time("first line ashore", is_required=True),
        "work_start": _time("cargo work begins"),
        "work_end": _time("cargo work ends"),
        "unberthed": _time("last line cast off", is_required=True),
        "eta": _time("the arrival that was declared 24 h before"),
        "window_start": _time("the agreed berthing window begins"),
        "window_end": _time("the agreed berthing window ends"),
        "moves": _number("container moves"),
        "crane_hours": _number("gross crane hours"),
        "dry_bulk_tonnes": _number("tonnes of dry bulk worked"),
    },
    orders=[
        ("arrival", "pilot_on_board", "berthed", "work_start", "work_end", "unberthed"),
        ("window_start", "window_end"),
    ],
    dated=("unberthed",),
    figures={
        "VPA-01": _median("arrival", "pilot_on_board", HOUR),
        "VPA-02": _ratio(_WAITING, _WAITING, _AT_BERTH, "arrival", "pilot_on_board", "berthed", "unberthed"),
        "VPA-03": _median("arrival", "unberthed", HOUR),
        "VPA-04": _share(
            lambda events: (events["arrival"] - events["eta"]).abs() <= 2 * HOUR, _known("eta"), "arrival", "eta"
        ),
        "VTB-02": _ratio(_column("moves"), _column("moves"), _AT_BERTH, "moves", "berthed", "unberthed"),
        "VTB-03": _ratio(
            _both(_column("moves"), _column("crane_hours")), _column("moves"), _column("crane_hours"), "moves",
            "crane_hours",
        ),
        "VTB-04": _share(
            lambda events: events["berthed"].between(events["window_start"], events["window_end"]),
            lambda events: events["window_start"].notnull() & events["window_end"].notnull(), "berthed", "window_start",
            "window_end",
        ),
        "VTB-05": _ratio(
            _both(_column("dry_bulk_tonnes"), _WORKING), _column("dry_bulk_tonnes"), _WORKING, "dry_bulk_tonnes",
            "work_start", "work_end",
        ),
        "VTB-06": _ratio(_AT_BERTH, _AT_BERTH, _IN_PORT, "arrival", "berthed", "unberthed"),
        "VTB-07": _ratio(
            _WORKING, lambda events: _AT_BERTH(events) - _WORKING(events), _AT_BERTH, "berthed", "work_start",
            "work_end", "unberthed",
        ),
    },
)  # fmt: skip

GATE = Events(
    columns={
        "queue_entry": _time("enters the queue, or is called from the staging area"),
        "gate_in": _time("enters the terminal", is_required=True),
        "gate_out": _time("leaves the terminal", is_required=True),
        "slot_start": _time("the appointment begins"),
        "slot_end": _time("the appointment ends"),
        "delivered": _flag("brought a container"),
        "picked_up": _flag("took a container"),
        "trouble": _flag("was stopped for a fault of data or documents"),
    },
    orders=[("queue_entry", "gate_in", "gate_out"), ("slot_start", "slot_end")],
    dated=("gate_out", "slot_end"),
    excused=lambda events: events["gate_in"].isnull() & events["gate_out"].isnull() & events["slot_end"].notnull(),
    figures={
        "GAT-01": _median("gate_in", "gate_out", MINUTE),
        "GAT-02": _median("gate_in", "gate_out", MINUTE, 0.9, like="GAT-01"),
        "GAT-03": _median("queue_entry", "gate_in", MINUTE),
        "GAT-04": _share(
            lambda events: events["gate_in"].between(events["slot_start"], events["slot_end"]),
            lambda events: events["slot_start"].notnull() & events["slot_end"].notnull(), "gate_in", "slot_start",
            "slot_end",
        ),  # an appointment that nobody kept counts below the line
        "GAT-05": _share(
            lambda events: events["delivered"] & events["picked_up"],
            lambda events: events["delivered"].notnull() & events["picked_up"].notnull(), "delivered", "picked_up",
        ),
        "GAT-06": _share(_is("trouble"), _known("trouble"), "trouble"),
    },
)  # fmt: skip

INSPECTION = Events(
    columns={
        "accepted": _time("the declaration is accepted", is_required=True),
        "released": _time("the goods are released"),
        "inspected": _flag("was physically inspected"),
        "ordered": _time("an inspection is ordered"),
        "resulted": _time("its result is there, of all agencies"),
        "agencies": _number("agencies that inspect"),
        "openings": _number("times that the container was opened"),
        "before_arrival": _flag("was lodged and processed before the ship arrived"),
        "sanitary_requested": _time("the sanitary release is requested"),
        "sanitary_released": _time("the sanitary release is given"),
    },
    orders=[("accepted", "released"), ("ordered", "resulted"), ("sanitary_requested", "sanitary_released")],
    dated=("released", "resulted", "sanitary_released", "accepted"),
    figures={
        "CUS-01": _median("accepted", "released", HOUR),
        "CUS-02": _share(_is("inspected"), _known("inspected"), "inspected"),
        "CUS-03": _median("ordered", "resulted", HOUR, 0.9),
        "CUS-04": _share(
            lambda events: events["openings"] == 1,
            lambda events: (events["agencies"] >= 2) & events["openings"].notnull(), "agencies", "openings",
        ),
        "CUS-05": _share(_is("before_arrival"), _known("before_arrival"), "before_arrival"),
        "CUS-06": _median("sanitary_requested", "sanitary_released", HOUR),
    },
)  # fmt: skip


def _dwell(flow: str, share: float = 0.5, *, like: str = "") -> Figure:
    days = _between("entered", "left", DAY)
    sample: Expression = lambda events: (events["flow"] == flow).ifelse(days(events), None)  # noqa: E731 -- as above
    return Figure(("flow", "entered", "left"), sample, share, like=like)


DWELL = Events(
    columns={
        "flow": Column("word", "import, export or empty", is_required=True, words=("import", "export", "empty")),
        "entered": _time("discharged, or through the gate into the yard or depot", is_required=True),
        "left": _time("out of the gate, onto the train, or loaded", is_required=True),
    },
    orders=[("entered", "left")],
    dated=("left",),
    figures={
        "YRD-01": _dwell("import"), "YRD-02": _dwell("import", 0.9, like="YRD-01"), "YRD-03": _dwell("export"),
        "DEP-03": _dwell("empty"),
    },
)  # fmt: skip

EVENTS: Mapping[str, Events] = {
    "vessel_call": VESSEL_CALL, "gate": GATE, "inspection": INSPECTION, "dwell": DWELL,
}  # fmt: skip
