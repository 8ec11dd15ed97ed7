"""documents"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '10min'")
    op.create_table(
        "documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("committee", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_key", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("tags", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("latest", sa.Integer(), nullable=False),
        sa.Column("approved", sa.Integer(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_name", sa.Text(), nullable=True),
        sa.Column("published", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_by", sa.Text(), nullable=True),
        sa.Column("held_by_name", sa.Text(), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_note", sa.Text(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by_name", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_by_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("latest >= 1", name=op.f("ck_documents_latest")),
        sa.CheckConstraint("published IS NULL OR published <= latest", name=op.f("ck_documents_published")),
        sa.ForeignKeyConstraint(
            ["committee"], ["workspace.committees.slug"], name=op.f("fk_documents_committee_committees")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        schema="workspace",
    )
    op.create_index(
        op.f("ix_documents_committee_folder_title_key_id"),
        "documents",
        ["committee", "folder", "title_key", "id"],
        unique=False,
        schema="workspace",
    )
    op.create_index(
        op.f("ix_documents_published_at_id"),
        "documents",
        ["published_at", "id"],
        unique=False,
        schema="workspace",
        postgresql_where=sa.text("published IS NOT NULL AND removed_at IS NULL"),
    )
    op.create_index(
        op.f("ix_documents_updated_at_id"), "documents", ["updated_at", "id"], unique=False, schema="workspace"
    )
    op.create_table(
        "discussions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("committee", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("closed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("last_post_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_by_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["committee"], ["workspace.committees.slug"], name=op.f("fk_discussions_committee_committees")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["workspace.documents.id"],
            name=op.f("fk_discussions_document_id_documents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discussions")),
        schema="workspace",
    )
    op.create_index(
        op.f("ix_discussions_committee_last_post_at_id"),
        "discussions",
        ["committee", "last_post_at", "id"],
        unique=False,
        schema="workspace",
    )
    op.create_index(
        op.f("ix_discussions_document_id"), "discussions", ["document_id"], unique=False, schema="workspace"
    )
    op.create_table(
        "document_versions",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("text_state", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_by_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "text_state IN ('waiting', 'read', 'empty', 'unreadable')", name=op.f("ck_document_versions_text_state")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["workspace.documents.id"],
            name=op.f("fk_document_versions_document_id_documents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("document_id", "n", name=op.f("pk_document_versions")),
        schema="workspace",
    )
    op.create_index(
        op.f("ix_document_versions_sha256"), "document_versions", ["sha256"], unique=False, schema="workspace"
    )
    op.create_table(
        "uploads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("committee", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("base_version", sa.Integer(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("parts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("received >= 0 AND received <= size", name=op.f("ck_uploads_received")),
        sa.ForeignKeyConstraint(
            ["committee"], ["workspace.committees.slug"], name=op.f("fk_uploads_committee_committees")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["workspace.documents.id"],
            name=op.f("fk_uploads_document_id_documents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
        schema="workspace",
    )
    op.create_index(op.f("ix_uploads_committee"), "uploads", ["committee"], unique=False, schema="workspace")
    op.create_index(op.f("ix_uploads_created_by"), "uploads", ["created_by"], unique=False, schema="workspace")
    op.create_index(op.f("ix_uploads_document_id"), "uploads", ["document_id"], unique=False, schema="workspace")
    op.create_table(
        "discussion_reads",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("discussion_id", sa.Uuid(), nullable=False),
        sa.Column("read_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["discussion_id"],
            ["workspace.discussions.id"],
            name=op.f("fk_discussion_reads_discussion_id_discussions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "discussion_id", name=op.f("pk_discussion_reads")),
        schema="workspace",
    )
    op.create_index(
        op.f("ix_discussion_reads_discussion_id"),
        "discussion_reads",
        ["discussion_id"],
        unique=False,
        schema="workspace",
    )
    op.create_table(
        "posts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("discussion_id", sa.Uuid(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("mentions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("quotes", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["discussion_id"],
            ["workspace.discussions.id"],
            name=op.f("fk_posts_discussion_id_discussions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["quotes"], ["workspace.posts.id"], name=op.f("fk_posts_quotes_posts"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
        schema="workspace",
    )
    op.create_index(
        op.f("ix_posts_discussion_id_created_at_id"),
        "posts",
        ["discussion_id", "created_at", "id"],
        unique=False,
        schema="workspace",
    )
    op.create_index(op.f("ix_posts_quotes"), "posts", ["quotes"], unique=False, schema="workspace")
    op.create_table(
        "post_revisions",
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["workspace.posts.id"], name=op.f("fk_post_revisions_post_id_posts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", "n", name=op.f("pk_post_revisions")),
        schema="workspace",
    )
    op.create_table(
        "search_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("n", sa.Integer(), nullable=True),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("comment_id", sa.Uuid(), nullable=True),
        sa.Column("post_id", sa.Uuid(), nullable=True),
        sa.Column("vector", postgresql.TSVECTOR(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(document_id, task_id, comment_id, post_id) = 1", name=op.f("ck_search_entries_subject")
        ),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["workspace.comments.id"],
            name=op.f("fk_search_entries_comment_id_comments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["document_id", "n"],
            ["workspace.document_versions.document_id", "workspace.document_versions.n"],
            name="fk_search_entries_document_version",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["workspace.posts.id"], name=op.f("fk_search_entries_post_id_posts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["workspace.tasks.id"], name=op.f("fk_search_entries_task_id_tasks"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_entries")),
        sa.UniqueConstraint("comment_id", name=op.f("uq_search_entries_comment_id")),
        sa.UniqueConstraint("document_id", "n", name=op.f("uq_search_entries_document_id_n")),
        sa.UniqueConstraint("post_id", name=op.f("uq_search_entries_post_id")),
        sa.UniqueConstraint("task_id", name=op.f("uq_search_entries_task_id")),
        schema="workspace",
    )
    op.create_index(
        op.f("ix_search_entries_updated_at"), "search_entries", ["updated_at"], unique=False, schema="workspace"
    )
    op.create_index(
        op.f("ix_search_entries_vector"),
        "search_entries",
        ["vector"],
        unique=False,
        schema="workspace",
        postgresql_using="gin",
    )
