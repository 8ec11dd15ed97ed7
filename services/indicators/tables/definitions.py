"""What is measured, and of whom: communities, indicators, figures of ports elsewhere."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from services.indicators.tables.schema import Base


class Community(Base):  # type: ignore[misc, valid-type]  # the base is made per schema
    """What the registry told of a community; groups are made of these attributes."""

    __tablename__ = "communities"

    code: Mapped[str] = mapped_column(primary_key=True)
    names: Mapped[dict[str, str]]
    country: Mapped[str]
    kind: Mapped[str]
    phase: Mapped[str | None]
    size_class: Mapped[str | None]
    active: Mapped[bool]
    demo: Mapped[bool]


class Indicator(Base):  # type: ignore[misc, valid-type]
    """One version of an indicator's definition; rows are added, never changed. The current one has the
    highest number. `origin`: the platform's file, or the secretariat, who said why it changed."""

    __tablename__ = "indicators"

    code: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int]
    interface: Mapped[str]
    names: Mapped[dict[str, str]]
    definition: Mapped[str]
    definitions: Mapped[dict[str, str]] = mapped_column(server_default=text("'{}'"))
    unit: Mapped[str]
    polarity: Mapped[str]
    target_low: Mapped[float | None]
    target_high: Mapped[float | None]
    statistic: Mapped[str]
    numerator: Mapped[str | None]
    denominator: Mapped[str | None]
    factor: Mapped[float | None]
    frequency: Mapped[str]
    valid_low: Mapped[float]
    valid_high: Mapped[float]
    aggregation: Mapped[str]
    min_share: Mapped[float]
    source: Mapped[str]
    source_read: Mapped[bool]
    basis: Mapped[str]
    origin: Mapped[str] = mapped_column(server_default="file")
    because: Mapped[str | None]
    recorded_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class IndicatorDraft(Base):  # type: ignore[misc, valid-type]
    """A definition that the secretariat is working on: what will be the next version of an indicator."""

    __tablename__ = "indicator_drafts"

    code: Mapped[str] = mapped_column(primary_key=True)
    base_version: Mapped[int]
    content: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(server_default="1")
    updated_at: Mapped[datetime]
    updated_by_name: Mapped[str]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))


class ReferenceSeries(Base):  # type: ignore[misc, valid-type]
    """Figures of ports elsewhere from one edition of one publication; never counted as members."""

    __tablename__ = "reference_series"

    slug: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    names: Mapped[dict[str, str]]
    notes: Mapped[dict[str, str]]
    source: Mapped[str]
    publisher: Mapped[str]
    edition: Mapped[str]
    licence: Mapped[str]
    licence_url: Mapped[str]
    attribution: Mapped[str]
    measures: Mapped[list[Any]]
    file_hash: Mapped[str]


class ReferenceValue(Base):  # type: ignore[misc, valid-type]
    """One port of a reference series. A port that the edition had no sample of is named, without figures."""

    __tablename__ = "reference_values"

    series_slug: Mapped[str] = mapped_column(ForeignKey("indicators.reference_series.slug"), primary_key=True)
    unlocode: Mapped[str] = mapped_column(primary_key=True)
    port: Mapped[str]
    territory: Mapped[str | None]
    country: Mapped[str]
    rank: Mapped[int | None]
    score: Mapped[float | None]
    berth_hours_share: Mapped[float | None]
    calls: Mapped[int | None]
    search: Mapped[str]
