"""workshops_and_review"""

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
        "wrong_codes",
        sa.Column("visitor", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("visitor", "began_at", name=op.f("pk_wrong_codes")),
        schema="survey",
    )
    op.create_index(op.f("ix_wrong_codes_began_at"), "wrong_codes", ["began_at"], unique=False, schema="survey")
    op.create_table(
        "gap_actions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("board", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_key", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), server_default="todo", nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("level_then", sa.Double(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_by_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("board <> 'community' OR task_id IS NULL", name=op.f("ck_gap_actions_task_of_a_committee")),
        sa.CheckConstraint(
            "state IN ('todo', 'doing', 'review', 'done', 'cancelled')", name=op.f("ck_gap_actions_state")
        ),
        sa.ForeignKeyConstraint(
            ["year", "community_code"],
            ["survey.assessments.year", "survey.assessments.community_code"],
            name=op.f("fk_gap_actions_year_community_code_assessments"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap_actions")),
        sa.UniqueConstraint(
            "year",
            "community_code",
            "measure",
            "board",
            "title_key",
            name=op.f("uq_gap_actions_year_community_code_measure_board_title_key"),
        ),
        schema="survey",
    )
    op.create_index(op.f("ix_gap_actions_task_id"), "gap_actions", ["task_id"], unique=False, schema="survey")
    op.create_table(
        "minority_notes",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("stakeholder_group", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("about_level", sa.Integer(), nullable=True),
        sa.Column("about_flag", sa.Text(), nullable=True),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.Column("noted_by_name", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["year", "community_code"],
            ["survey.assessments.year", "survey.assessments.community_code"],
            name=op.f("fk_minority_notes_year_community_code_assessments"),
        ),
        sa.PrimaryKeyConstraint(
            "year", "community_code", "measure", "stakeholder_group", name=op.f("pk_minority_notes")
        ),
        schema="survey",
    )
    op.create_table(
        "review_comments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Text(), nullable=False),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_name", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["year", "community_code"],
            ["survey.assessments.year", "survey.assessments.community_code"],
            name=op.f("fk_review_comments_year_community_code_assessments"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_comments")),
        schema="survey",
    )
    op.create_index(
        op.f("ix_review_comments_year_community_code_created_at_id"),
        "review_comments",
        ["year", "community_code", "created_at", "id"],
        unique=False,
        schema="survey",
    )
    op.create_table(
        "workshops",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("opened_by_name", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("measure", sa.Text(), nullable=True),
        sa.Column("taking_votes", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["year", "community_code"],
            ["survey.assessments.year", "survey.assessments.community_code"],
            name=op.f("fk_workshops_year_community_code_assessments"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workshops")),
        sa.UniqueConstraint("code", name=op.f("uq_workshops_code")),
        schema="survey",
    )
    op.create_index(
        op.f("ix_workshops_year_community_code_opened_at"),
        "workshops",
        ["year", "community_code", "opened_at"],
        unique=False,
        schema="survey",
    )
    op.create_index(
        "uq_workshops_under_way",
        "workshops",
        ["year", "community_code"],
        unique=True,
        schema="survey",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "participants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workshop_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("stakeholder_group", sa.Text(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["workshop_id"],
            ["survey.workshops.id"],
            name=op.f("fk_participants_workshop_id_workshops"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participants")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_participants_token_hash")),
        schema="survey",
    )
    op.create_index(
        op.f("ix_participants_workshop_id_id"), "participants", ["workshop_id", "id"], unique=False, schema="survey"
    )
    op.create_table(
        "review_replies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Text(), nullable=False),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("from_secretariat", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["survey.review_comments.id"],
            name=op.f("fk_review_replies_comment_id_review_comments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_replies")),
        schema="survey",
    )
    op.create_index(
        op.f("ix_review_replies_comment_id_created_at_id"),
        "review_replies",
        ["comment_id", "created_at", "id"],
        unique=False,
        schema="survey",
    )
    op.create_table(
        "workshop_records",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workshop_id", sa.Uuid(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("flag", sa.Text(), nullable=True),
        sa.Column("votes", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("attendance", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_by_name", sa.Text(), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["workshop_id"],
            ["survey.workshops.id"],
            name=op.f("fk_workshop_records_workshop_id_workshops"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["year", "community_code"],
            ["survey.assessments.year", "survey.assessments.community_code"],
            name=op.f("fk_workshop_records_year_community_code_assessments"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workshop_records")),
        schema="survey",
    )
    op.create_index(
        op.f("ix_workshop_records_workshop_id"), "workshop_records", ["workshop_id"], unique=False, schema="survey"
    )
    op.create_index(
        op.f("ix_workshop_records_year_community_code_measure_recorded_at"),
        "workshop_records",
        ["year", "community_code", "measure", "recorded_at"],
        unique=False,
        schema="survey",
    )
    op.create_table(
        "workshop_votes",
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("workshop_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("flag", sa.Text(), nullable=True),
        sa.Column("voted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("(level IS NULL) <> (flag IS NULL)", name=op.f("ck_workshop_votes_level_or_flag")),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["survey.participants.id"],
            name=op.f("fk_workshop_votes_participant_id_participants"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workshop_id"],
            ["survey.workshops.id"],
            name=op.f("fk_workshop_votes_workshop_id_workshops"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("participant_id", "measure", name=op.f("pk_workshop_votes")),
        schema="survey",
    )
    op.create_index(
        op.f("ix_workshop_votes_workshop_id_measure"),
        "workshop_votes",
        ["workshop_id", "measure"],
        unique=False,
        schema="survey",
    )
