"""Crosswalks between versions of the model, and earlier results that came from files."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '10min'")
    op.create_table(
        "crosswalks",
        sa.Column("to_version", sa.Text(), nullable=False),
        sa.Column("from_version", sa.Text(), nullable=False),
        sa.Column("links", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("edition", sa.Integer(), server_default="1", nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("from_version <> to_version", name=op.f("ck_crosswalks_two_versions")),
        sa.ForeignKeyConstraint(
            ["from_version"],
            ["survey.models.version"],
            name=op.f("fk_crosswalks_from_version_models"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["to_version"], ["survey.models.version"], name=op.f("fk_crosswalks_to_version_models"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("to_version", "from_version", name=op.f("pk_crosswalks")),
        schema="survey",
    )
    op.create_index(op.f("ix_crosswalks_from_version"), "crosswalks", ["from_version"], unique=False, schema="survey")
    op.create_table(
        "history_imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.Column("imported_by_name", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edition", sa.Integer(), server_default="1", nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_version"], ["survey.models.version"], name=op.f("fk_history_imports_model_version_models")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history_imports")),
        schema="survey",
    )
    op.create_index(
        op.f("ix_history_imports_imported_at_id"),
        "history_imports",
        ["imported_at", "id"],
        unique=False,
        schema="survey",
    )
    op.create_index(
        op.f("ix_history_imports_model_version"), "history_imports", ["model_version"], unique=False, schema="survey"
    )
    op.create_table(
        "imported_results",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("community_code", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_code"], ["survey.communities.code"], name=op.f("fk_imported_results_community_code_communities")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["survey.history_imports.id"],
            name=op.f("fk_imported_results_import_id_history_imports"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("year", "community_code", name=op.f("pk_imported_results")),
        schema="survey",
    )
    op.create_index(
        op.f("ix_imported_results_community_code"),
        "imported_results",
        ["community_code"],
        unique=False,
        schema="survey",
    )
    op.create_index(
        op.f("ix_imported_results_import_id"), "imported_results", ["import_id"], unique=False, schema="survey"
    )
    op.add_column("models", sa.Column("based_on", sa.Text(), nullable=True), schema="survey")
    op.create_index(op.f("ix_models_based_on"), "models", ["based_on"], unique=False, schema="survey")
    op.create_foreign_key(
        op.f("fk_models_based_on_models"),
        "models",
        "models",
        ["based_on"],
        ["version"],
        source_schema="survey",
        referent_schema="survey",
        ondelete="SET NULL",
    )
