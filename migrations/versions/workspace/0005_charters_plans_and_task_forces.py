"""charters_plans_and_task_forces"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '10min'")
    op.create_table(
        "charter_revisions",
        sa.Column("committee", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_by_name", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["committee"], ["workspace.committees.slug"], name=op.f("fk_charter_revisions_committee_committees")
        ),
        sa.PrimaryKeyConstraint("committee", "number", name=op.f("pk_charter_revisions")),
        schema="workspace",
    )
    op.create_table(
        "plan_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("committee", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("place", sa.Text(collation="C"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("lead", sa.Uuid(), nullable=True),
        sa.Column("lead_name", sa.Text(), nullable=True),
        sa.Column("quarter", sa.SmallInteger(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tasks", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("documents", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_by_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("state IN ('planned', 'under_way', 'done', 'dropped')", name=op.f("ck_plan_items_state")),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_plan_items_starts_before_ends")),
        sa.CheckConstraint("quarter BETWEEN 1 AND 4", name=op.f("ck_plan_items_quarter")),
        sa.ForeignKeyConstraint(
            ["committee"], ["workspace.committees.slug"], name=op.f("fk_plan_items_committee_committees")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_items")),
        schema="workspace",
    )
    op.create_index(
        op.f("ix_plan_items_committee_year_place"),
        "plan_items",
        ["committee", "year", "place"],
        unique=False,
        schema="workspace",
    )
    op.add_column("committees", sa.Column("parent", sa.Text(), nullable=True), schema="workspace")
    op.add_column("committees", sa.Column("mandate", sa.Text(), nullable=True), schema="workspace")
    op.add_column("committees", sa.Column("starts_on", sa.Date(), nullable=True), schema="workspace")
    op.add_column("committees", sa.Column("ends_on", sa.Date(), nullable=True), schema="workspace")
    op.add_column("committees", sa.Column("created_by_name", sa.Text(), nullable=True), schema="workspace")
    op.add_column(
        "committees",
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="workspace",
    )
    op.add_column(
        "committees", sa.Column("version", sa.Integer(), server_default="1", nullable=False), schema="workspace"
    )
    op.create_index(op.f("ix_committees_parent"), "committees", ["parent"], unique=False, schema="workspace")
    op.create_foreign_key(
        op.f("fk_committees_parent_committees"),
        "committees",
        "committees",
        ["parent"],
        ["slug"],
        source_schema="workspace",
        referent_schema="workspace",
    )
