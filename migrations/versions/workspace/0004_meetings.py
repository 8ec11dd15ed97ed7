"""meetings"""

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
        "calendar_tokens",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_calendar_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_tokens_token_hash")),
        schema="workspace",
    )
    op.create_table(
        "digests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digests")),
        sa.UniqueConstraint("user_id", "day", name=op.f("uq_digests_user_id_day")),
        schema="workspace",
    )
    op.create_table(
        "committee_visits",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("committee", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["committee"], ["workspace.committees.slug"], name=op.f("fk_committee_visits_committee_committees")
        ),
        sa.PrimaryKeyConstraint("user_id", "committee", name=op.f("pk_committee_visits")),
        schema="workspace",
    )
    op.create_index(
        op.f("ix_committee_visits_committee"), "committee_visits", ["committee"], unique=False, schema="workspace"
    )
    op.create_table(
        "elections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("committee", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("seats", sa.SmallInteger(), nullable=False),
        sa.Column("quorum", sa.Double(), nullable=False),
        sa.Column("nominations_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voting_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voting_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("roll_hash", sa.Text(), nullable=True),
        sa.Column("roll_frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_because", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_by_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("method IN ('approval', 'single_choice')", name=op.f("ck_elections_method")),
        sa.CheckConstraint(
            "nominations_until <= voting_from AND voting_from < voting_until", name=op.f("ck_elections_order")
        ),
        sa.CheckConstraint("quorum BETWEEN 0 AND 1", name=op.f("ck_elections_quorum")),
        sa.ForeignKeyConstraint(
            ["committee"], ["workspace.committees.slug"], name=op.f("fk_elections_committee_committees")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_elections")),
        schema="workspace",
    )
    op.create_index(
        op.f("ix_elections_committee_voting_until_id"),
        "elections",
        ["committee", "voting_until", "id"],
        unique=False,
        schema="workspace",
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("committee", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("rrule", sa.Text(), nullable=True),
        sa.Column("last_key", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("agenda", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("cancelled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sequence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_by_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_events_order")),
        sa.ForeignKeyConstraint(
            ["committee"], ["workspace.committees.slug"], name=op.f("fk_events_committee_committees")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        schema="workspace",
    )
    op.create_index(
        op.f("ix_events_committee_starts_at_id"),
        "events",
        ["committee", "starts_at", "id"],
        unique=False,
        schema="workspace",
    )
    op.create_index(
        op.f("ix_events_starts_at_id"),
        "events",
        ["starts_at", "id"],
        unique=False,
        schema="workspace",
        postgresql_where=sa.text("public"),
    )
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("committee", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kinds", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["committee"], ["workspace.committees.slug"], name=op.f("fk_webhooks_committee_committees")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
        schema="workspace",
    )
    op.create_index(op.f("ix_webhooks_committee"), "webhooks", ["committee"], unique=False, schema="workspace")
    op.create_table(
        "attendance",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("occurrence", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["workspace.events.id"], name=op.f("fk_attendance_event_id_events"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", "occurrence", "user_id", name=op.f("pk_attendance")),
        schema="workspace",
    )
    op.create_table(
        "ballot_boxes",
        sa.Column("election_id", sa.Uuid(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["election_id"],
            ["workspace.elections.id"],
            name=op.f("fk_ballot_boxes_election_id_elections"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("election_id", name=op.f("pk_ballot_boxes")),
        schema="workspace",
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("committee", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("superseded_by", sa.Uuid(), nullable=True),
        sa.Column("created_by_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("state IN ('in_force', 'superseded', 'withdrawn')", name=op.f("ck_decisions_state")),
        sa.ForeignKeyConstraint(
            ["committee"], ["workspace.committees.slug"], name=op.f("fk_decisions_committee_committees")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["workspace.events.id"], name=op.f("fk_decisions_event_id_events"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["superseded_by"],
            ["workspace.decisions.id"],
            name=op.f("fk_decisions_superseded_by_decisions"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("committee", "year", "number", name=op.f("uq_decisions_committee_year_number")),
        schema="workspace",
    )
    op.create_index(op.f("ix_decisions_event_id"), "decisions", ["event_id"], unique=False, schema="workspace")
    op.create_index(
        op.f("ix_decisions_superseded_by"), "decisions", ["superseded_by"], unique=False, schema="workspace"
    )
    op.create_table(
        "event_deviations",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.DateTime(timezone=True), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["workspace.events.id"], name=op.f("fk_event_deviations_event_id_events"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", "key", name=op.f("pk_event_deviations")),
        schema="workspace",
    )
    op.create_table(
        "minutes",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("occurrence", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("present", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("written_by_name", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_name", sa.Text(), nullable=True),
        sa.Column("approved_in", sa.Uuid(), nullable=True),
        sa.Column("approved_in_occurrence", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["approved_in"], ["workspace.events.id"], name=op.f("fk_minutes_approved_in_events")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["workspace.events.id"], name=op.f("fk_minutes_event_id_events"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", "occurrence", name=op.f("pk_minutes")),
        schema="workspace",
    )
    op.create_index(op.f("ix_minutes_approved_in"), "minutes", ["approved_in"], unique=False, schema="workspace")
    op.create_table(
        "nominations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("election_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=True),
        sa.Column("nominated_by", sa.Uuid(), nullable=True),
        sa.Column("nominated_by_name", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["election_id"],
            ["workspace.elections.id"],
            name=op.f("fk_nominations_election_id_elections"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nominations")),
        sa.UniqueConstraint("election_id", "user_id", name=op.f("uq_nominations_election_id_user_id")),
        schema="workspace",
    )
    op.create_table(
        "polls",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("committee", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_by_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["committee"], ["workspace.committees.slug"], name=op.f("fk_polls_committee_committees")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["workspace.events.id"], name=op.f("fk_polls_event_id_events"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_polls")),
        schema="workspace",
    )
    op.create_index(
        op.f("ix_polls_committee_created_at_id"),
        "polls",
        ["committee", "created_at", "id"],
        unique=False,
        schema="workspace",
    )
    op.create_index(op.f("ix_polls_event_id"), "polls", ["event_id"], unique=False, schema="workspace")
    op.create_table(
        "voters",
        sa.Column("election_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("voted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["election_id"],
            ["workspace.elections.id"],
            name=op.f("fk_voters_election_id_elections"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("election_id", "user_id", name=op.f("pk_voters")),
        schema="workspace",
    )
    op.create_index(op.f("ix_voters_user_id"), "voters", ["user_id"], unique=False, schema="workspace")
    op.create_table(
        "webhook_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("last_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["webhook_id"],
            ["workspace.webhooks.id"],
            name=op.f("fk_webhook_messages_webhook_id_webhooks"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_messages")),
        schema="workspace",
    )
    op.create_index(
        op.f("ix_webhook_messages_webhook_id_created_at_id"),
        "webhook_messages",
        ["webhook_id", "created_at", "id"],
        unique=False,
        schema="workspace",
    )
    op.create_table(
        "poll_answers",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["poll_id"], ["workspace.polls.id"], name=op.f("fk_poll_answers_poll_id_polls"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("poll_id", "user_id", name=op.f("pk_poll_answers")),
        schema="workspace",
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("digest_id", sa.Uuid(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["digest_id"], ["workspace.digests.id"], name=op.f("fk_deliveries_digest_id_digests"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["workspace.notifications.id"],
            name=op.f("fk_deliveries_notification_id_notifications"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("notification_id", name=op.f("uq_deliveries_notification_id")),
        schema="workspace",
    )
    op.create_index(op.f("ix_deliveries_digest_id"), "deliveries", ["digest_id"], unique=False, schema="workspace")
    op.add_column(
        "notification_preferences",
        sa.Column("channels", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        schema="workspace",
    )
    op.add_column(
        "notification_preferences",
        sa.Column(
            "committees", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        schema="workspace",
    )
    op.add_column("notification_preferences", sa.Column("timezone", sa.Text(), nullable=True), schema="workspace")
    op.add_column(
        "notification_preferences", sa.Column("quiet_from", sa.SmallInteger(), nullable=True), schema="workspace"
    )
    op.add_column(
        "notification_preferences", sa.Column("quiet_until", sa.SmallInteger(), nullable=True), schema="workspace"
    )
    op.add_column("notifications", sa.Column("subject", sa.Text(), nullable=True), schema="workspace")
    op.add_column("notifications", sa.Column("link", sa.Text(), nullable=True), schema="workspace")
    op.add_column(
        "notifications",
        sa.Column("in_app", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        schema="workspace",
    )
