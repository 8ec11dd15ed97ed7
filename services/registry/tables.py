"""Tables of the registry schema: who belongs to the Network."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.registry.words import ACTIVITY_KINDS, AGREEMENT_KINDS, ORGANIZATION_KINDS, STAGES
from shared.database import Schema
from shared.ids import uuid7

SCHEMA = Schema("registry")
Base = SCHEMA.base()


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})", name=column)


class Country(Base):  # type: ignore[misc, valid-type]  # the base is made per schema
    """A country of the region, by ISO 3166-1 alpha-2."""

    __tablename__ = "countries"

    code: Mapped[str] = mapped_column(primary_key=True)
    names: Mapped[dict[str, str]]


class Community(Base):  # type: ignore[misc, valid-type]
    """A port community, or a country that is to form one. The code is for ever: a deleted row keeps it taken."""

    __tablename__ = "communities"
    __table_args__ = (
        _one_of("kind", ("port", "country")),
        _one_of("stage", STAGES),
        CheckConstraint("(lat IS NULL) = (lon IS NULL)", name="whole_location"),
        Index(None, "country"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    names: Mapped[dict[str, str]]
    country: Mapped[str]
    kind: Mapped[str]
    phase: Mapped[str | None]
    stage: Mapped[str] = mapped_column(server_default="candidate")
    stage_since: Mapped[date | None]
    website: Mapped[str | None]
    descriptions: Mapped[dict[str, str]] = mapped_column(server_default=text("'{}'"))
    contacts: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    languages: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))
    size_class: Mapped[str | None]
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    note: Mapped[str | None]
    search: Mapped[str]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    deleted_at: Mapped[datetime | None]
    ports: Mapped[list["Port"]] = relationship(
        lazy="raise", order_by="(Port.role, Port.unlocode)", cascade="all, delete-orphan", back_populates="community"
    )


class Port(Base):  # type: ignore[misc, valid-type]
    """A port of a community, by UN/LOCODE. `inferred`: the programme named the country, not the port."""

    __tablename__ = "ports"
    __table_args__ = (
        _one_of("role", ("primary", "secondary")),
        Index("uq_ports_primary", "community_code", unique=True, postgresql_where=text("role = 'primary'")),
    )

    community_code: Mapped[str] = mapped_column(ForeignKey("registry.communities.code"), primary_key=True)
    unlocode: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    role: Mapped[str]
    inferred: Mapped[bool] = mapped_column(server_default=text("false"))
    source: Mapped[str | None]
    community: Mapped[Community] = relationship(lazy="raise", back_populates="ports")


class StageChange(Base):  # type: ignore[misc, valid-type]
    """One step in a community's life cycle; rows are added, never changed."""

    __tablename__ = "stage_changes"
    __table_args__ = (Index(None, "community_code", "recorded_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    community_code: Mapped[str] = mapped_column(ForeignKey("registry.communities.code"))
    stage: Mapped[str]
    date: Mapped[date | None]
    note: Mapped[str | None]
    reason: Mapped[str | None]
    recorded_by: Mapped[str]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
    recorded_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class Organization(Base):  # type: ignore[misc, valid-type]
    """A company, agency or body. `name_key` is the name as compared, so that one organisation is one row; `search` is
    what it is found and ordered by."""

    __tablename__ = "organizations"
    __table_args__ = (
        _one_of("kind", ORGANIZATION_KINDS),
        Index("uq_organizations_name_key_country", "name_key", "country", unique=True),
        Index(None, "search", "id"),
        Index(None, "country"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    name: Mapped[str]
    name_key: Mapped[str]
    search: Mapped[str]
    country: Mapped[str]
    kind: Mapped[str]
    website: Mapped[str | None]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class Membership(Base):  # type: ignore[misc, valid-type]
    """An organisation, or a person's post in it, in a community for a time; both days included, null is open."""

    __tablename__ = "memberships"
    __table_args__ = (
        Index(None, "community_code", "id"),
        Index(None, "organization_id"),
        CheckConstraint("to_on IS NULL OR from_on IS NULL OR to_on >= from_on", name="from_before_to"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    community_code: Mapped[str] = mapped_column(ForeignKey("registry.communities.code"))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("registry.organizations.id"))
    person: Mapped[str | None]
    email: Mapped[str | None]
    post: Mapped[str | None]
    from_on: Mapped[date | None]
    to_on: Mapped[date | None]
    focal_point: Mapped[bool] = mapped_column(server_default=text("false"))
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    organization: Mapped[Organization] = relationship(lazy="raise")


class Activity(Base):  # type: ignore[misc, valid-type]
    """Technical cooperation: a workshop, a visit, a meeting, for one community or (null) the whole Network."""

    __tablename__ = "activities"
    __table_args__ = (
        _one_of("kind", ACTIVITY_KINDS),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="starts_before_ends"),
        CheckConstraint("participants >= 0", name="participants"),
        Index(None, "community_code"),
        Index(None, "starts_on", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    kind: Mapped[str]
    community_code: Mapped[str | None] = mapped_column(ForeignKey("registry.communities.code"))
    titles: Mapped[dict[str, str]] = mapped_column(server_default=text("'{}'"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    place: Mapped[str | None]
    participants: Mapped[int | None]
    funding_source: Mapped[str | None]
    outcome: Mapped[str | None]
    documents: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class Agreement(Base):  # type: ignore[misc, valid-type]
    """A memorandum of understanding or another agreement of the Network. It ends on `expires_on`, or after
    `duration_months`, or never."""

    __tablename__ = "agreements"
    __table_args__ = (
        _one_of("kind", AGREEMENT_KINDS),
        CheckConstraint("expires_on IS NULL OR expires_on >= opened_on", name="opened_before_expires"),
        CheckConstraint("expires_on IS NULL OR duration_months IS NULL", name="one_end"),
        Index(None, "opened_on", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    kind: Mapped[str]
    titles: Mapped[dict[str, str]]
    opened_on: Mapped[date]
    expires_on: Mapped[date | None]
    duration_months: Mapped[int | None]
    document: Mapped[str | None]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class Signature(Base):  # type: ignore[misc, valid-type]
    """Who signed an agreement, when, and for whom: a community, an organisation, or an organisation on behalf of a
    community."""

    __tablename__ = "signatures"
    __table_args__ = (
        CheckConstraint("community_code IS NOT NULL OR organization_id IS NOT NULL", name="for_somebody"),
        Index(None, "agreement_id", "signed_on", "id"),
        Index(None, "community_code"),
        Index(None, "organization_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    agreement_id: Mapped[UUID] = mapped_column(ForeignKey("registry.agreements.id"))
    signatory: Mapped[str]
    post: Mapped[str | None]
    community_code: Mapped[str | None] = mapped_column(ForeignKey("registry.communities.code"))
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("registry.organizations.id"))
    signed_on: Mapped[date]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    organization: Mapped[Organization | None] = relationship(lazy="raise")
