"""What the platform answers, as typed values."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, Literal

Polarity = Literal["higher", "lower", "target_band"]
Frames = Literal["pandas", "polars", "rows"]
NUMBERS = {"value": float, "numerator": float, "denominator": float, "n": int, "revision": int}


class PortsError(Exception):
    """A refusal of the platform: `status`, and what it says, field by field in `errors`."""

    def __init__(self, status: int, detail: str, errors: Sequence[Mapping[str, str]] = ()) -> None:
        self.status, self.detail, self.errors = status, detail, tuple(errors)
        fields = "; ".join(f"{error['pointer']} {error['message']}" for error in self.errors)
        super().__init__(f"{status}: {detail}" + (f" ({fields})" if fields else ""))


@dataclass(frozen=True)
class Indicator:
    """One indicator of the catalogue in its current version."""

    code: str
    version: int
    interface: str
    name: str
    definition: str
    unit: str
    polarity: Polarity
    frequency: str

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> "Indicator":
        return cls(**{name: told[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class Benchmark:
    """How peers stand. `n` is None where fewer than five contribute; then there are no quartiles. In a notebook it
    shows itself as a picture."""

    indicator: str
    name: str
    unit: str
    polarity: Polarity
    period: str
    peer_group: str
    n: int | None
    quartiles: tuple[float, float, float] | None
    community: str | None
    value: float | None
    rank: int | None
    percentile_rank: float | None
    svg: str = field(default="", repr=False)

    @classmethod
    def read(cls, told: Mapping[str, Any], svg: str) -> "Benchmark":
        own = told["community"] or {}
        three = told["quartiles"]
        return cls(
            indicator=told["indicator"], name=told["name"], unit=told["unit"], polarity=told["polarity"],
            period=told["period"], peer_group=told["peer_group"], n=told["n"] if isinstance(told["n"], int) else None,
            quartiles=(three[0], three[1], three[2]) if three else None, community=own.get("code"),
            value=own.get("value"), rank=own.get("rank"), percentile_rank=own.get("percentile_rank"), svg=svg,
        )  # fmt: skip

    def _repr_svg_(self) -> str:
        return self.svg


@dataclass(frozen=True)
class Trend:
    """A community's values and the peers' quartiles, period by period; `points` is a frame when there is a library for
    frames."""

    indicator: str
    community: str | None
    points: Any
    slope: float | None
    p_value: float | None
    svg: str = field(default="", repr=False)

    @classmethod
    def read(cls, told: Mapping[str, Any], svg: str, frames: Frames) -> "Trend":
        rows = []
        for point in told["points"]:
            q1, median, q3 = point["peers"]["quartiles"] or (None, None, None)
            n = point["peers"]["n"]
            rows.append(
                {
                    "period": point["period"], "value": point["value"], "q1": q1, "median": median, "q3": q3,
                    "n": n if isinstance(n, int) else None,
                }
            )  # fmt: skip
        return cls(told["indicator"], told["community"], framed(rows, frames), told["slope"], told["p_value"], svg)

    def _repr_svg_(self) -> str:
        return self.svg


def frames_here() -> Frames:
    """The library for frames that is installed; pandas first."""
    if find_spec("pandas") is not None:
        return "pandas"
    return "polars" if find_spec("polars") is not None else "rows"


def framed(rows: list[dict[str, Any]], frames: Frames) -> Any:
    """Rows as a data frame, or as they are."""
    if frames == "pandas":
        import pandas  # type: ignore[import-untyped,unused-ignore] # noqa: PLC0415 -- heavy, and not everybody has it

        return pandas.DataFrame(rows)
    if frames == "polars":
        import polars  # type: ignore[import-not-found,unused-ignore] # noqa: PLC0415 -- as above

        return polars.DataFrame(rows, infer_schema_length=None)
    return rows


def rows_of_csv(text: str) -> list[dict[str, Any]]:
    """Rows of an export, numbers as numbers to the last bit, empty cells as None."""
    rows: list[dict[str, Any]] = []
    for line in csv.DictReader(io.StringIO(text, newline="")):
        row: dict[str, Any] = {name: value or None for name, value in line.items()}
        for name, kind in NUMBERS.items():
            if row.get(name) is not None:
                row[name] = kind(row[name])
        if "demo" in row:
            row["demo"] = row["demo"] == "true"
        rows.append(row)
    return rows
