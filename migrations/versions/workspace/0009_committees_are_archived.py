"""committees_are_archived"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '10min'")
    op.add_column("committees", sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True), schema="workspace")
    op.add_column("committees", sa.Column("archived_by_name", sa.Text(), nullable=True), schema="workspace")
