"""Tables of the identity schema: accounts, what they may do, and the proofs by which they come in.

No secret is stored in the clear: passwords as argon2id, tokens as SHA-256, private keys sealed with the platform's
secret.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import INET, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gateway.roles import ROLES
from shared.database import Schema
from shared.ids import uuid7

SCHEMA = Schema("identity")
Base = SCHEMA.base()


class User(Base):  # type: ignore[misc, valid-type]  # the base is made per schema
    """An account of a person. `username_key` is the name as compared: NFC, case folded."""

    __tablename__ = "users"
    __table_args__ = (Index(None, "created_at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    username: Mapped[str]
    username_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(unique=True)
    locale: Mapped[str] = mapped_column(server_default="es")
    password_hash: Mapped[str | None]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    grants: Mapped[list["RoleGrant"]] = relationship(
        lazy="raise", back_populates="user", order_by="RoleGrant.created_at"
    )


class RoleGrant(Base):  # type: ignore[misc, valid-type]
    __tablename__ = "grants"
    __table_args__ = (
        CheckConstraint(f"role IN ({', '.join(repr(r) for r in ROLES)})", name="role"),
        Index("uq_grants_user_id_role_scope", "user_id", "role", "scope", unique=True),
        Index(None, "scope"),
        Index(None, "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("identity.users.id", ondelete="CASCADE"))
    role: Mapped[str]
    scope: Mapped[str]
    stakeholder_group: Mapped[str | None]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    user: Mapped[User] = relationship(lazy="raise", back_populates="grants")


class Invitation(Base):  # type: ignore[misc, valid-type]
    __tablename__ = "invitations"
    __table_args__ = (Index(None, "scope"), Index(None, "created_at", "id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    email: Mapped[str]
    role: Mapped[str]
    scope: Mapped[str]
    stakeholder_group: Mapped[str | None]
    locale: Mapped[str]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
    invited_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class Session(Base):  # type: ignore[misc, valid-type]
    __tablename__ = "sessions"
    __table_args__ = (Index(None, "user_id"), Index(None, "expires_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    csrf_token: Mapped[str]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("identity.users.id", ondelete="CASCADE"))
    address: Mapped[str] = mapped_column(INET)
    agent: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    seen_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    expires_at: Mapped[datetime]


class LoginFailure(Base):  # type: ignore[misc, valid-type]
    __tablename__ = "login_failures"
    __table_args__ = (Index(None, "account", "address", "at"), Index(None, "at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    account: Mapped[str]
    address: Mapped[str] = mapped_column(INET)
    at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class TotpFactor(Base):  # type: ignore[misc, valid-type]
    """The second factor of an account (RFC 6238). `last_step` is the newest time step whose code was used: each counts
    once."""

    __tablename__ = "totp_factors"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("identity.users.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    last_step: Mapped[int] = mapped_column(BigInteger, server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    confirmed_at: Mapped[datetime | None]


class PasswordReset(Base):  # type: ignore[misc, valid-type]
    __tablename__ = "password_resets"
    __table_args__ = (Index(None, "user_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("identity.users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class FederatedIdentity(Base):  # type: ignore[misc, valid-type]
    """A login at an OpenID Connect provider; known by issuer and subject, never by e-mail."""

    __tablename__ = "federated_identities"
    __table_args__ = (Index(None, "user_id"),)

    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    provider: Mapped[str]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("identity.users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class OidcFlow(Base):  # type: ignore[misc, valid-type]
    """A login under way at a provider, bound to the browser that began it."""

    __tablename__ = "oidc_flows"
    __table_args__ = (Index(None, "expires_at"),)

    state_hash: Mapped[bytes] = mapped_column(primary_key=True)
    provider: Mapped[str]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime]


class ApiClient(Base):  # type: ignore[misc, valid-type]
    """A program that calls the API with the OAuth 2 client-credentials grant. Its `client_id` is the id as text; it has
    either a secret or the public keys with which it signs assertions."""

    __tablename__ = "clients"
    __table_args__ = (
        CheckConstraint("(secret_hash IS NULL) <> (jwks IS NULL)", name="one_proof"),
        Index(None, "created_by"),
        Index(None, "scope"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    secret_hash: Mapped[bytes | None]
    jwks: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    name: Mapped[str]
    scopes: Mapped[list[str]]
    scope: Mapped[str | None]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("identity.users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    used_at: Mapped[datetime | None]
    daily_quota: Mapped[int | None]


class ClientDay(Base):  # type: ignore[misc, valid-type]
    """How many requests of a program were let in on a day of UTC."""

    __tablename__ = "client_days"

    client_id: Mapped[UUID] = mapped_column(ForeignKey("identity.clients.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    requests: Mapped[int]


class AccessToken(Base):  # type: ignore[misc, valid-type]
    __tablename__ = "access_tokens"
    __table_args__ = (Index(None, "client_id"), Index(None, "expires_at"))

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    client_id: Mapped[UUID] = mapped_column(ForeignKey("identity.clients.id", ondelete="CASCADE"))
    scopes: Mapped[list[str]]
    issued_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    expires_at: Mapped[datetime]


class UsedAssertion(Base):  # type: ignore[misc, valid-type]
    """A `jti` of a client's signed assertion; each counts once."""

    __tablename__ = "used_assertions"
    __table_args__ = (Index(None, "expires_at"),)

    client_id: Mapped[UUID] = mapped_column(ForeignKey("identity.clients.id", ondelete="CASCADE"), primary_key=True)
    jti: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime]


class SigningKey(Base):  # type: ignore[misc, valid-type]
    """An Ed25519 key of the internal token. The newest signs; all that are not retired verify."""

    __tablename__ = "signing_keys"

    kid: Mapped[str] = mapped_column(primary_key=True)
    public: Mapped[dict[str, str]]
    sealed: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    retired_at: Mapped[datetime | None]


class Mail(Base):  # type: ignore[misc, valid-type]
    """That a message went out: to whom, what kind, when. Never what it said."""

    __tablename__ = "mails"
    __table_args__ = (Index(None, "created_at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    recipient: Mapped[str]
    kind: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    sent_at: Mapped[datetime | None]
