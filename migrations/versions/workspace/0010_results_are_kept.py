"""results_are_kept"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '10min'")
    op.create_table(
        "kept_results",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("other_sha256", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rules", sa.SmallInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('comparison', 'preview')", name=op.f("ck_kept_results_kind")),
        sa.PrimaryKeyConstraint("sha256", "other_sha256", "kind", "rules", name=op.f("pk_kept_results")),
        schema="workspace",
    )
    op.create_index(op.f("ix_kept_results_made_at"), "kept_results", ["made_at"], unique=False, schema="workspace")
    op.create_index(
        op.f("ix_kept_results_other_sha256"), "kept_results", ["other_sha256"], unique=False, schema="workspace"
    )
