"""campaigns_and_respondents"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '10min'")
    op.create_table(
        "evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("media_type", sa.Text(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_by_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("(url IS NULL) <> (sha256 IS NULL)", name=op.f("ck_evidence_file_or_link")),
        sa.ForeignKeyConstraint(
            ["community_code"], ["survey.communities.code"], name=op.f("fk_evidence_community_code_communities")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        schema="survey",
    )
    op.create_index(
        op.f("ix_evidence_community_code_created_at_id"),
        "evidence",
        ["community_code", "created_at", "id"],
        unique=False,
        schema="survey",
    )
    op.create_index(op.f("ix_evidence_sha256"), "evidence", ["sha256"], unique=False, schema="survey")
    op.add_column("assessments", sa.Column("open_until", sa.Date(), nullable=True), schema="survey")
    op.add_column(
        "campaigns",
        sa.Column(
            "remind_days", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        schema="survey",
    )
