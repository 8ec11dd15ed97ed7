"""campaigns_and_respondents"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '10min'")
    op.add_column('assessments', sa.Column('open_until', sa.Date(), nullable=True), schema='survey')
    op.add_column('campaigns', sa.Column('remind_days', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False), schema='survey')
