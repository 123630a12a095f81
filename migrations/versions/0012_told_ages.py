"""What was told has an age, so that it can be pruned; of what is there it begins now."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE told ADD COLUMN record_time TIMESTAMPTZ NOT NULL DEFAULT now()")
    op.execute("ALTER TABLE told ALTER COLUMN record_time DROP DEFAULT")


def downgrade() -> None:
    op.execute("ALTER TABLE told DROP COLUMN record_time")
