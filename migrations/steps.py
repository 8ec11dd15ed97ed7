"""What the first migration of every schema does: audit trail, idempotency keys, job queue."""

import sqlalchemy as sa
from alembic import op
from pgqueuer.adapters.persistence import qb
from sqlalchemy.dialects.postgresql import JSONB

from shared.jobs import settings_of


def create_audit(schema: str) -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("details", JSONB(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        schema=schema,
    )
    op.create_index("ix_audit_at_id", "audit", ["at", "id"], schema=schema)
    op.create_index("ix_audit_about", "audit", ["about"], schema=schema)


def create_idempotency_keys(schema: str) -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("method", sa.String(8), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("headers", JSONB(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("caller", "method", "path", "key", name="pk_idempotency_keys"),
        schema=schema,
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"], schema=schema)


def install_queue(schema: str) -> None:
    """PgQueuer's own tables, in this schema."""
    script = qb.QueryBuilderEnvironment(settings_of(schema)).build_install_query(create_schema=False)
    for statement in statements(script):
        op.get_bind().exec_driver_sql(statement)


def statements(script: str) -> list[str]:
    """A script cut at its semicolons, those inside `$$ … $$` aside: asyncpg prepares one statement at a time."""
    found: list[str] = []
    current: list[str] = []
    for index, part in enumerate(script.split("$$")):
        if index % 2:
            current.append(f"$${part}$$")
            continue
        *complete, rest = part.split(";")
        for piece in complete:
            found.append("".join([*current, piece]))
            current = []
        current.append(rest)
    found.append("".join(current))
    return [s for s in found if any(line.strip() and not line.strip().startswith("--") for line in s.splitlines())]
