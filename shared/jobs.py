"""The outbox: jobs written in the transaction of a change, delivered at least once, by PgQueuer on PostgreSQL."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

import structlog
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence import qb
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.executors import DatabaseRetryEntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.settings import DBSettings
from pgqueuer.domain.types import Channel, QueueExecutionMode
from pgqueuer.models import Job as Queued

from shared.connections import own_connection
from shared.database import Job

log = structlog.get_logger(__name__)
Handler = Callable[[Mapping[str, Any]], Awaitable[None]]


def settings_of(schema: str) -> DBSettings:
    """PgQueuer's tables live in the service's own schema and speak on a channel of their own."""
    return DBSettings(db_schema=schema, channel=Channel(f"jobs_{schema}"))


def queries(connection: Any, schema: str, kind: type[Queries] = Queries) -> Queries:
    settings = settings_of(schema)
    return kind(
        AsyncpgDriver(connection),
        qbe=qb.QueryBuilderEnvironment(settings),
        qbq=qb.QueryQueueBuilder(settings),
        qbs=qb.QuerySchedulerBuilder(settings),
    )


async def enqueue(connection: Any, schema: str, jobs: list[Job]) -> None:
    """Put jobs on the queue of this schema through an open transaction's own connection."""
    await queries(connection, schema).enqueue(
        [job.name for job in jobs],
        [json.dumps(dict(job.payload), default=str).encode() for job in jobs],
        [0] * len(jobs),
        [timedelta(seconds=job.delay) if job.delay else None for job in jobs],
    )


class _DueNow(Queries):
    """Sees only what is due, so that a run that ends when nothing is left does not wait for what is due next month."""

    async def queued_work(self, entrypoints: list[Any]) -> int:
        return await self.eligible_queued_work(entrypoints)


def _patient(parameters: EntrypointExecutorParameters) -> DatabaseRetryEntrypointExecutor:
    """Retries for about a day, from one second to ten minutes apart; then the job is parked for an operator."""
    return DatabaseRetryEntrypointExecutor(
        parameters, max_attempts=150, initial_delay=timedelta(seconds=1), max_delay=timedelta(minutes=10)
    )


class Worker:
    """Runs the jobs of one schema. Handlers must be idempotent: a job can come twice, never not at all."""

    def __init__(self, url: str, schema: str, handlers: Mapping[str, Handler]) -> None:
        self._url = url
        self._schema = schema
        self._handlers = dict(handlers)
        self._task: asyncio.Task[None] | None = None
        self._manager: QueueManager | None = None

    async def start(self) -> None:
        if not self._handlers:
            return
        self._task = asyncio.create_task(self._keep_running(), name=f"jobs of {self._schema}")

    async def stop(self) -> None:
        if self._task is None:
            return
        if self._manager is not None:
            self._manager.shutdown.set()
        with suppress(TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(self._task, 5)
        self._task = None

    async def drain(self) -> None:
        """Run what is due now, then return: for tests and for the operator's commands."""
        if not self._handlers:
            return
        await self._run_until_stopped(QueueExecutionMode.drain)

    async def _keep_running(self) -> None:
        pause = 0.5
        while True:
            try:
                await self._run_until_stopped()
                return
            except asyncio.CancelledError:
                raise
            except Exception as error:  # the worker outlives a restart of the database, whatever it raises
                log.warning("jobs interrupted", schema=self._schema, error=str(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, 15)

    async def _run_until_stopped(self, mode: QueueExecutionMode = QueueExecutionMode.continuous) -> None:
        connection = await own_connection(self._url)
        try:
            kind = _DueNow if mode is QueueExecutionMode.drain else Queries
            manager = QueueManager(queries(connection, self._schema, kind), channel=settings_of(self._schema).channel)
            for name, handler in self._handlers.items():
                manager.entrypoint(
                    name, accepts_context=False, on_failure="hold", concurrency_limit=4, executor_factory=_patient
                )(_reading_payload(name, handler))
            self._manager = manager
            await manager.run(batch_size=5, max_concurrent_tasks=10, mode=mode, shutdown_on_listener_failure=True)
        finally:
            self._manager = None
            with suppress(Exception):
                await connection.close(timeout=2)


def _reading_payload(name: str, handler: Handler) -> Callable[[Queued], Awaitable[None]]:
    async def run(job: Queued) -> None:
        try:
            await handler(json.loads(job.payload or b"{}"))
        except Exception as error:
            log.warning("job will be tried again", job=name, id=job.id, error=repr(error)[:500])
            raise

    return run
