"""Definitions in every language, who published them and why, and drafts of the next versions."""

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
        "indicator_drafts",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by_name", sa.Text(), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_indicator_drafts")),
        schema="indicators",
    )
    op.add_column(
        "indicators",
        sa.Column(
            "definitions", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        schema="indicators",
    )
    op.add_column(
        "indicators", sa.Column("origin", sa.Text(), server_default="file", nullable=False), schema="indicators"
    )
    op.add_column("indicators", sa.Column("because", sa.Text(), nullable=True), schema="indicators")
