"""charters_and_plans_are_found"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '10min'")
    op.add_column("search_entries", sa.Column("charter_of", sa.Text(), nullable=True), schema="workspace")
    op.add_column("search_entries", sa.Column("charter_number", sa.Integer(), nullable=True), schema="workspace")
    op.add_column("search_entries", sa.Column("plan_item_id", sa.Uuid(), nullable=True), schema="workspace")
    op.create_unique_constraint(
        op.f("uq_search_entries_charter_of_charter_number"),
        "search_entries",
        ["charter_of", "charter_number"],
        schema="workspace",
    )
    op.create_unique_constraint(
        op.f("uq_search_entries_plan_item_id"), "search_entries", ["plan_item_id"], schema="workspace"
    )
    op.create_foreign_key(
        "fk_search_entries_charter_revision",
        "search_entries",
        "charter_revisions",
        ["charter_of", "charter_number"],
        ["committee", "number"],
        source_schema="workspace",
        referent_schema="workspace",
        ondelete="CASCADE",
    )
    op.create_foreign_key(
        op.f("fk_search_entries_plan_item_id_plan_items"),
        "search_entries",
        "plan_items",
        ["plan_item_id"],
        ["id"],
        source_schema="workspace",
        referent_schema="workspace",
        ondelete="CASCADE",
    )
    op.drop_constraint(op.f("ck_search_entries_subject"), "search_entries", schema="workspace")
    op.create_check_constraint(
        op.f("ck_search_entries_subject"),
        "search_entries",
        "num_nonnulls(document_id, task_id, comment_id, post_id, charter_of, plan_item_id) = 1",
        schema="workspace",
    )
