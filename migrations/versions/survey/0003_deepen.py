"""deepen"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SCORES_OF_SNAPSHOTS = """
INSERT INTO survey.edition_scores
  (year, community_code, revision, overall, level, worst, best, respondents, groups, pillars, points, demo)
SELECT s.year, s.community_code, s.revision, (s.result->>'overall')::float8, (s.result->>'level')::int,
  (s.result->>'worst')::float8, (s.result->>'best')::float8, coalesce((s.result->>'respondents')::int, 0),
  coalesce((s.result->>'groups')::int, 0),
  (SELECT coalesce(jsonb_object_agg(p->>'code', p->'score'), '{}') FROM jsonb_array_elements(s.result->'pillars') p),
  (SELECT coalesce(jsonb_object_agg(q->>'code', q->'score'), '{}')
     FROM jsonb_array_elements(s.result->'pillars') p, jsonb_array_elements(p->'points') q),
  s.demo
FROM survey.snapshots s
WHERE NOT EXISTS (SELECT FROM survey.edition_scores e
  WHERE (e.year, e.community_code, e.revision) = (s.year, s.community_code, s.revision))
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '10min'")
    op.create_table(
        "reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("community_code", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("progress", sa.Integer(), server_default="0", nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(kind = 'community') = (community_code IS NOT NULL)", name=op.f("ck_reports_whose")),
        sa.CheckConstraint("(state = 'done') = (sha256 IS NOT NULL)", name=op.f("ck_reports_file_when_done")),
        sa.CheckConstraint("kind IN ('community', 'network')", name=op.f("ck_reports_kind")),
        sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name=op.f("ck_reports_state")),
        sa.CheckConstraint("progress BETWEEN 0 AND 100", name=op.f("ck_reports_progress")),
        sa.ForeignKeyConstraint(
            ["community_code"], ["survey.communities.code"], name=op.f("fk_reports_community_code_communities")
        ),
        sa.ForeignKeyConstraint(["year"], ["survey.campaigns.year"], name=op.f("fk_reports_year_campaigns")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint(
            "kind",
            "year",
            "community_code",
            "edition",
            "language",
            name=op.f("uq_reports_kind_year_community_code_edition_language"),
            postgresql_nulls_not_distinct=True,
        ),
        schema="survey",
    )
    op.create_index(op.f("ix_reports_community_code"), "reports", ["community_code"], unique=False, schema="survey")
    op.create_index(
        op.f("ix_reports_year_community_code"), "reports", ["year", "community_code"], unique=False, schema="survey"
    )
    op.create_table(
        "edition_scores",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("overall", sa.Double(), nullable=True),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("worst", sa.Double(), nullable=True),
        sa.Column("best", sa.Double(), nullable=True),
        sa.Column("respondents", sa.Integer(), nullable=False),
        sa.Column("groups", sa.Integer(), nullable=False),
        sa.Column("pillars", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("points", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["year", "community_code", "revision"],
            ["survey.snapshots.year", "survey.snapshots.community_code", "survey.snapshots.revision"],
            name=op.f("fk_edition_scores_year_community_code_revision_snapshots"),
        ),
        sa.PrimaryKeyConstraint("year", "community_code", "revision", name=op.f("pk_edition_scores")),
        schema="survey",
    )
    op.execute(SCORES_OF_SNAPSHOTS)
