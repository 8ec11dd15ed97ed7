"""Audit trail, idempotency keys and job queue."""

from migrations import steps

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    steps.create_audit("portal")
    steps.create_idempotency_keys("portal")
    steps.install_queue("portal")
