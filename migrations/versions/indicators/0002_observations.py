"""The catalogue, reference series, observations with their revisions, submissions, visibility and peer groups."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '10min'")
    op.create_table(
        "communities",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("names", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=True),
        sa.Column("size_class", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_communities")),
        schema="indicators",
    )
    op.create_table(
        "indicators",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("interface", sa.Text(), nullable=False),
        sa.Column("names", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("polarity", sa.Text(), nullable=False),
        sa.Column("target_low", sa.Double(), nullable=True),
        sa.Column("target_high", sa.Double(), nullable=True),
        sa.Column("statistic", sa.Text(), nullable=False),
        sa.Column("numerator", sa.Text(), nullable=True),
        sa.Column("denominator", sa.Text(), nullable=True),
        sa.Column("factor", sa.Double(), nullable=True),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.Column("valid_low", sa.Double(), nullable=False),
        sa.Column("valid_high", sa.Double(), nullable=False),
        sa.Column("aggregation", sa.Text(), nullable=False),
        sa.Column("min_share", sa.Double(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_read", sa.Boolean(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("code", "version", name=op.f("pk_indicators")),
        schema="indicators",
    )
    op.create_table(
        "observations",
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("indicator_code", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("numerator", sa.Double(), nullable=True),
        sa.Column("denominator", sa.Double(), nullable=True),
        sa.Column("n", sa.BigInteger(), nullable=True),
        sa.Column("approved_revision", sa.Integer(), nullable=True),
        sa.Column("latest_revision", sa.Integer(), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "(value IS NULL) = (approved_revision IS NULL)", name=op.f("ck_observations_approved_value")
        ),
        sa.CheckConstraint("approved_revision <= latest_revision", name=op.f("ck_observations_approved_before_latest")),
        sa.PrimaryKeyConstraint("community_code", "indicator_code", "period", name=op.f("pk_observations")),
        schema="indicators",
    )
    op.create_index(
        "uq_observations_indicator_code_period_community_code",
        "observations",
        ["indicator_code", "period", "community_code"],
        unique=True,
        schema="indicators",
        postgresql_include=["value", "demo"],
    )
    op.create_table(
        "peer_groups",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("names", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "descriptions", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("communities", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("attributes", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(communities IS NULL) <> (attributes IS NULL)", name=op.f("ck_peer_groups_one_kind")),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_peer_groups")),
        schema="indicators",
    )
    op.create_table(
        "reference_series",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("names", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("notes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("licence_url", sa.Text(), nullable=False),
        sa.Column("attribution", sa.Text(), nullable=False),
        sa.Column("measures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("file_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_reference_series")),
        schema="indicators",
    )
    op.create_table(
        "revisions",
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("indicator_code", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("numerator", sa.Double(), nullable=True),
        sa.Column("denominator", sa.Double(), nullable=True),
        sa.Column("n", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("indicator_version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_by_name", sa.Text(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_name", sa.Text(), nullable=True),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("n > 0", name=op.f("ck_revisions_units")),
        sa.CheckConstraint("revision > 0", name=op.f("ck_revisions_number")),
        sa.PrimaryKeyConstraint("community_code", "indicator_code", "period", "revision", name=op.f("pk_revisions")),
        schema="indicators",
    )
    op.create_table(
        "roll_ups",
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("indicator_code", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("numerator", sa.Double(), nullable=True),
        sa.Column("denominator", sa.Double(), nullable=True),
        sa.Column("n", sa.BigInteger(), nullable=True),
        sa.Column("periods", sa.Integer(), nullable=False),
        sa.Column("plain_mean", sa.Boolean(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("community_code", "indicator_code", "period", name=op.f("pk_roll_ups")),
        schema="indicators",
    )
    op.create_index(
        "uq_roll_ups_indicator_code_period_community_code",
        "roll_ups",
        ["indicator_code", "period", "community_code"],
        unique=True,
        schema="indicators",
        postgresql_include=["value", "demo"],
    )
    op.create_table(
        "reference_values",
        sa.Column("series_slug", sa.Text(), nullable=False),
        sa.Column("unlocode", sa.Text(), nullable=False),
        sa.Column("port", sa.Text(), nullable=False),
        sa.Column("territory", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("berth_hours_share", sa.Double(), nullable=True),
        sa.Column("calls", sa.Integer(), nullable=True),
        sa.Column("search", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_slug"],
            ["indicators.reference_series.slug"],
            name=op.f("fk_reference_values_series_slug_reference_series"),
        ),
        sa.PrimaryKeyConstraint("series_slug", "unlocode", name=op.f("pk_reference_values")),
        schema="indicators",
    )
    op.create_table(
        "submission_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "action IN ('submit', 'approve', 'return', 'reopen')", name=op.f("ck_submission_changes_action")
        ),
        sa.ForeignKeyConstraint(
            ["community_code"],
            ["indicators.communities.code"],
            name=op.f("fk_submission_changes_community_code_communities"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission_changes")),
        schema="indicators",
    )
    op.create_index(
        op.f("ix_submission_changes_community_code_period_at"),
        "submission_changes",
        ["community_code", "period", "at"],
        unique=False,
        schema="indicators",
    )
    op.create_table(
        "submissions",
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(collation="C"), nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("submitted_by", sa.Text(), nullable=True),
        sa.Column("submitted_by_name", sa.Text(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_name", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'submitted', 'approved')", name=op.f("ck_submissions_state")),
        sa.ForeignKeyConstraint(
            ["community_code"], ["indicators.communities.code"], name=op.f("fk_submissions_community_code_communities")
        ),
        sa.PrimaryKeyConstraint("community_code", "period", name=op.f("pk_submissions")),
        schema="indicators",
    )
    op.create_index(
        "ix_submissions_open",
        "submissions",
        ["state", "community_code", "period"],
        unique=False,
        schema="indicators",
        postgresql_where=sa.text("state <> 'approved'"),
    )
    op.create_table(
        "visibilities",
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("default_level", sa.Text(), nullable=False),
        sa.Column("indicators", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "default_level IN ('public', 'network', 'aggregate')", name=op.f("ck_visibilities_default_level")
        ),
        sa.ForeignKeyConstraint(
            ["community_code"], ["indicators.communities.code"], name=op.f("fk_visibilities_community_code_communities")
        ),
        sa.PrimaryKeyConstraint("community_code", name=op.f("pk_visibilities")),
        schema="indicators",
    )
