"""One schema of PostgreSQL as one service sees it: reading and writing sessions, and what every write leaves behind."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    Column,
    DateTime,
    Index,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    Uuid,
    event,
    insert,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import NullPool

from shared import idempotency
from shared.callers import Caller
from shared.ids import uuid7
from shared.problems import Unavailable

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Schema:
    """The tables of one schema: its own, and the audit trail and idempotency keys that every schema has."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.metadata = MetaData(schema=name, naming_convention=NAMING)
        self.audit = Table(
            "audit", self.metadata,
            Column("id", Uuid, primary_key=True),
            Column("at", DateTime(timezone=True), nullable=False),
            Column("actor", Text, nullable=False),
            Column("actor_name", Text, nullable=False),
            Column("action", Text, nullable=False),
            Column("about", Text, nullable=False),
            Column("details", JSONB, nullable=False),
            Column("request_id", Text, nullable=False),
            Index(None, "at", "id"),
            Index(None, "about"),
        )  # fmt: skip
        self.idempotency_keys = Table(
            "idempotency_keys", self.metadata,
            Column("caller", Text, primary_key=True),
            Column("method", String(8), primary_key=True),
            Column("path", Text, primary_key=True),
            Column("key", Text, primary_key=True),
            Column("body_hash", LargeBinary, nullable=False),
            Column("status", SmallInteger, nullable=False),
            Column("headers", JSONB, nullable=False),
            Column("body", LargeBinary, nullable=False),
            Column("created_at", DateTime(timezone=True), nullable=False),
            Index(None, "created_at"),
        )  # fmt: skip

    def base(self) -> type[DeclarativeBase]:
        """The declarative base of this schema's own tables."""
        schema_metadata = self.metadata

        class Base(DeclarativeBase):
            metadata = schema_metadata
            type_annotation_map: ClassVar[dict[Any, Any]] = {
                datetime: DateTime(timezone=True),
                UUID: Uuid,
                str: Text,
                dict[str, Any]: JSONB,
                dict[str, str]: JSONB,
                list[str]: JSONB,
                list[Any]: JSONB,
            }

        return Base


@dataclass(frozen=True, slots=True)
class Job:
    """Something that others must hear of, or work that must not be lost: a name and what it is about."""

    name: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    delay: float = 0.0  # seconds


class ReadSession(AsyncSession):
    """A session in a READ ONLY transaction: what it is handed to cannot change anything."""


class WriteSession(AsyncSession):
    """A session inside one visible transaction."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.jobs: list[Job] = []
        self.details: dict[str, Any] = {}
        self.about: str | None = None

    def announce(self, job: Job) -> None:
        """Put a job on this schema's queue when, and only when, the transaction commits."""
        self.jobs.append(job)

    def note(self, **details: Any) -> None:
        """Add to the audit row what a later reader will want to know. Never a secret."""
        self.details |= details


class Database:
    """A pool of connections with one role, which can touch one schema only. `statements`: the same pool for single
    statements without a transaction around them, each a moment of its own, in one round trip and not three."""

    def __init__(self, schema: Schema, engine: AsyncEngine) -> None:
        self.schema = schema
        self.engine = engine
        self.statements = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._reading = engine.execution_options(postgresql_readonly=True)
        self._audited = insert(schema.audit)
        self._snapshot = engine.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")

    @classmethod
    def at(cls, url: str, schema: Schema, *, pool: int = 8) -> "Database":
        """Connects on first use. Statements end after 30 s, waits for a lock after 5 s."""
        made = engine(url, pool=pool)
        event.listen(made.sync_engine, "do_connect", _connect_or_say_unavailable)
        return cls(schema, made)

    @asynccontextmanager
    async def transaction(self, *, by: Caller, to: str, about: object = "") -> AsyncIterator[WriteSession]:
        """One transaction, with its audit row, its jobs and the answer kept for an `Idempotency-Key`.

        It commits when the block ends and rolls back when the block raises; the answer to the caller begins
        afterwards. Raises whatever the block raises, and `idempotency.Replay` when the same request was done before.
        """
        async with WriteSession(self.engine, expire_on_commit=False) as session, session.begin():
            pending = idempotency.current()
            if pending is not None:
                await pending.claim(session, self.schema.idempotency_keys)
            yield session
            await session.flush()
            await session.execute(self._audited, audit_row(by, to, session.about or str(about), session.details))
            if session.jobs:
                await _enqueue(session, self.schema.name)
            if pending is not None:
                await pending.keep(session, self.schema.idempotency_keys)

    @asynccontextmanager
    async def reading(self, *, snapshot: bool = False) -> AsyncIterator[ReadSession]:
        """A READ ONLY transaction; with `snapshot` all its statements see the same moment."""
        async with ReadSession(self._snapshot if snapshot else self._reading, expire_on_commit=False) as session:
            yield session

    async def answers(self) -> bool:
        """Whether the database can be reached within two seconds."""
        try:
            async with asyncio.timeout(2), self.engine.connect() as connection:
                await connection.exec_driver_sql("SELECT 1")
        except (OSError, TimeoutError, DBAPIError, Unavailable):
            return False
        return True

    async def close(self) -> None:
        await self.engine.dispose()


def audit_row(by: Caller, to: str, about: str, details: dict[str, Any]) -> dict[str, Any]:
    """The row of the audit trail that a change leaves."""
    return {
        "id": uuid7(),
        "at": datetime.now(UTC),
        "actor": f"{by.kind}:{by.id}",
        "actor_name": by.name or by.username or by.kind,
        "action": to,
        "about": about,
        "details": details,
        "request_id": idempotency.request_id.get(),
    }


def engine(url: str, *, pool: int = 8, autocommit: bool = False) -> AsyncEngine:
    """An engine on asyncpg with the limits that every connection of the platform has."""
    options: dict[str, Any] = {"isolation_level": "AUTOCOMMIT"} if autocommit else {}
    if pool:
        options |= {"pool_size": pool, "max_overflow": 0, "pool_timeout": 10, "pool_pre_ping": True}
    else:
        options |= {"poolclass": NullPool}
    made = create_async_engine(
        url,
        hide_parameters=True,  # they are what people typed, and errors are logged
        connect_args={
            "timeout": 10,
            "server_settings": {
                "timezone": "UTC",
                "statement_timeout": "30000",
                "lock_timeout": "5000",
                "idle_in_transaction_session_timeout": "60000",
                "jit": "off",
            },
        },
        **options,
    )

    # The driver knows when the server has hung up. Asking the server costs three round trips before every transaction.
    made.sync_engine.dialect.do_ping = _is_open  # type: ignore[method-assign, assignment]  # a function of the driver, not a method

    @event.listens_for(made.sync_engine, "handle_error")
    def _say_unavailable(context: Any) -> None:
        """A server that went away is not the caller's fault and not a defect: 503, and try again."""
        if context.is_disconnect and not context.is_pre_ping:  # a ping that fails makes the pool connect anew
            raise Unavailable("The database is restarting; try again in a moment.") from context.original_exception

    return made


def _is_open(connection: Any) -> bool:
    return not connection.driver_connection.is_closed()


def _connect_or_say_unavailable(dialect: Any, record: Any, arguments: Any, options: Any) -> Any:
    """What the driver raises for a server that is not there is no database error to SQLAlchemy: 503, and try again."""
    try:
        return dialect.connect(*arguments, **options)
    except (OSError, TimeoutError) as error:
        raise Unavailable("The database cannot be reached now; try again in a moment.") from error


async def raw_connection(connection: AsyncConnection) -> Any:
    """The asyncpg connection under a SQLAlchemy one, for what only the driver can do (COPY, the queue)."""
    return (await connection.get_raw_connection()).driver_connection


async def _enqueue(session: WriteSession, schema: str) -> None:
    from shared.jobs import enqueue  # noqa: PLC0415 -- the queue library takes a while to import, and reading needs none of it

    await enqueue(await raw_connection(await session.connection()), schema, session.jobs)
