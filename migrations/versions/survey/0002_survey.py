"""Models, campaigns, assessments, answers, agreements, snapshots."""

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
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_communities")),
        schema="survey",
    )
    op.create_table(
        "models",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("names", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "missing_languages", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("edition", sa.Integer(), server_default="1", nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_models")),
        schema="survey",
    )
    op.create_table(
        "campaigns",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("closes_on >= opens_on", name=op.f("ck_campaigns_dates_in_order")),
        sa.ForeignKeyConstraint(
            ["model_version"], ["survey.models.version"], name=op.f("fk_campaigns_model_version_models")
        ),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_campaigns")),
        schema="survey",
    )
    op.create_index(op.f("ix_campaigns_model_version"), "campaigns", ["model_version"], unique=False, schema="survey")
    op.create_table(
        "assessments",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="not_started", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("published_revision", sa.Integer(), nullable=True),
        sa.Column("latest_revision", sa.Integer(), server_default="0", nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "returned_comments", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "state IN ('not_started', 'in_progress', 'submitted', 'returned', 'accepted', 'published')",
            name=op.f("ck_assessments_state"),
        ),
        sa.ForeignKeyConstraint(
            ["community_code"], ["survey.communities.code"], name=op.f("fk_assessments_community_code_communities")
        ),
        sa.ForeignKeyConstraint(["year"], ["survey.campaigns.year"], name=op.f("fk_assessments_year_campaigns")),
        sa.PrimaryKeyConstraint("year", "community_code", name=op.f("pk_assessments")),
        schema="survey",
    )
    op.create_index(
        op.f("ix_assessments_community_code"), "assessments", ["community_code"], unique=False, schema="survey"
    )
    op.create_table(
        "agreements",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("flag", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("agreed_by", sa.Text(), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("level IS NULL OR flag IS NULL", name=op.f("ck_agreements_level_or_flag")),
        sa.ForeignKeyConstraint(
            ["year", "community_code"],
            ["survey.assessments.year", "survey.assessments.community_code"],
            name=op.f("fk_agreements_year_community_code_assessments"),
        ),
        sa.PrimaryKeyConstraint("year", "community_code", "measure", name=op.f("pk_agreements")),
        schema="survey",
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["year", "community_code"],
            ["survey.assessments.year", "survey.assessments.community_code"],
            name=op.f("fk_events_year_community_code_assessments"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        schema="survey",
    )
    op.create_index(
        op.f("ix_events_year_community_code_at_id"),
        "events",
        ["year", "community_code", "at", "id"],
        unique=False,
        schema="survey",
    )
    op.create_table(
        "participations",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("respondent_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["year", "community_code"],
            ["survey.assessments.year", "survey.assessments.community_code"],
            name=op.f("fk_participations_year_community_code_assessments"),
        ),
        sa.PrimaryKeyConstraint("year", "community_code", "respondent_id", name=op.f("pk_participations")),
        schema="survey",
    )
    op.create_table(
        "snapshots",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Text(), nullable=False),
        sa.Column("answers_hash", sa.Text(), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("basis", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_version"], ["survey.models.version"], name=op.f("fk_snapshots_model_version_models")
        ),
        sa.ForeignKeyConstraint(
            ["year", "community_code"],
            ["survey.assessments.year", "survey.assessments.community_code"],
            name=op.f("fk_snapshots_year_community_code_assessments"),
        ),
        sa.PrimaryKeyConstraint("year", "community_code", "revision", name=op.f("pk_snapshots")),
        schema="survey",
    )
    op.create_index(op.f("ix_snapshots_model_version"), "snapshots", ["model_version"], unique=False, schema="survey")
    op.create_table(
        "answer_revisions",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("respondent_id", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("stakeholder_group", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("flag", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.ForeignKeyConstraint(
            ["year", "community_code", "respondent_id"],
            [
                "survey.participations.year",
                "survey.participations.community_code",
                "survey.participations.respondent_id",
            ],
            name=op.f("fk_answer_revisions_year_community_code_respondent_id_participations"),
        ),
        sa.PrimaryKeyConstraint(
            "year", "community_code", "respondent_id", "measure", "revision", name=op.f("pk_answer_revisions")
        ),
        schema="survey",
    )
    op.create_table(
        "answers",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("respondent_id", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("stakeholder_group", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("flag", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.CheckConstraint("(level IS NULL) <> (flag IS NULL)", name=op.f("ck_answers_level_or_flag")),
        sa.ForeignKeyConstraint(
            ["year", "community_code", "respondent_id"],
            [
                "survey.participations.year",
                "survey.participations.community_code",
                "survey.participations.respondent_id",
            ],
            name=op.f("fk_answers_year_community_code_respondent_id_participations"),
        ),
        sa.PrimaryKeyConstraint("year", "community_code", "respondent_id", "measure", name=op.f("pk_answers")),
        schema="survey",
    )
    op.create_table(
        "answers_kept_aside",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("respondent_id", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("base_revision", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("stakeholder_group", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("flag", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.ForeignKeyConstraint(
            ["year", "community_code", "respondent_id"],
            [
                "survey.participations.year",
                "survey.participations.community_code",
                "survey.participations.respondent_id",
            ],
            name=op.f("fk_answers_kept_aside_year_community_code_respondent_id_participations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers_kept_aside")),
        schema="survey",
    )
    op.create_index(
        op.f("ix_answers_kept_aside_year_community_code_respondent_id_measure"),
        "answers_kept_aside",
        ["year", "community_code", "respondent_id", "measure"],
        unique=False,
        schema="survey",
    )
    op.create_table(
        "receipts",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("respondent_id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("client_seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body_hash", sa.Text(), nullable=False),
        sa.Column("told", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["year", "community_code", "respondent_id"],
            [
                "survey.participations.year",
                "survey.participations.community_code",
                "survey.participations.respondent_id",
            ],
            name=op.f("fk_receipts_year_community_code_respondent_id_participations"),
        ),
        sa.PrimaryKeyConstraint(
            "year", "community_code", "respondent_id", "client_id", "client_seq", name=op.f("pk_receipts")
        ),
        schema="survey",
    )
