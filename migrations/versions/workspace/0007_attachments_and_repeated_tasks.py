"""attachments_and_repeated_tasks"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '10min'")
    op.create_table(
        "attachments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_by_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"], ["workspace.tasks.id"], name=op.f("fk_attachments_task_id_tasks"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        schema="workspace",
    )
    op.create_index(op.f("ix_attachments_sha256"), "attachments", ["sha256"], unique=False, schema="workspace")
    op.create_index(
        op.f("ix_attachments_task_id_created_at_id"),
        "attachments",
        ["task_id", "created_at", "id"],
        unique=False,
        schema="workspace",
    )
    op.add_column("tasks", sa.Column("rrule", sa.Text(), nullable=True), schema="workspace")
    op.add_column("tasks", sa.Column("repeats_from", sa.Date(), nullable=True), schema="workspace")
    op.add_column("tasks", sa.Column("occurs_on", sa.Date(), nullable=True), schema="workspace")
    op.add_column("tasks", sa.Column("follows", sa.Uuid(), nullable=True), schema="workspace")
    op.add_column("tasks", sa.Column("followed_by", sa.Uuid(), nullable=True), schema="workspace")
    op.create_unique_constraint(op.f("uq_tasks_follows"), "tasks", ["follows"], schema="workspace")
    op.create_foreign_key(
        op.f("fk_tasks_follows_tasks"),
        "tasks",
        "tasks",
        ["follows"],
        ["id"],
        source_schema="workspace",
        referent_schema="workspace",
        ondelete="SET NULL",
    )
