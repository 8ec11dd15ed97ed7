"""coordinators_record_activities"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '10min'")
    op.add_column(
        "activities",
        sa.Column("recorded_by", sa.Text(), server_default="secretariat", nullable=False),
        schema="registry",
    )
    op.create_check_constraint(
        op.f("ck_activities_recorded_by"),
        "activities",
        "recorded_by IN ('secretariat', 'community')",
        schema="registry",
    )
