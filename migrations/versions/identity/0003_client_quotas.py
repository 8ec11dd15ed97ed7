"""How many requests a program may send on a day, and how many it did."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '10min'")
    op.create_table(
        "client_days",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["identity.clients.id"], name=op.f("fk_client_days_client_id_clients"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("client_id", "day", name=op.f("pk_client_days")),
        schema="identity",
    )
    op.add_column("clients", sa.Column("daily_quota", sa.Integer(), nullable=True), schema="identity")
