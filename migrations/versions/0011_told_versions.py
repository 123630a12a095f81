"""What is told and awaited has a version: an answer as it was before its change tells no change."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE told ADD COLUMN version BIGINT NOT NULL DEFAULT 0")
    op.execute("ALTER TABLE told ALTER COLUMN version DROP DEFAULT")
    op.execute("ALTER TABLE dead_letter ADD COLUMN awaits_version BIGINT")
    op.execute("UPDATE dead_letter SET awaits_version = 0 WHERE awaits IS NOT NULL")
    op.execute("ALTER TABLE lookup ADD COLUMN version BIGINT NOT NULL DEFAULT 0")
    op.execute("ALTER TABLE lookup ALTER COLUMN version DROP DEFAULT")


def downgrade() -> None:
    op.execute("ALTER TABLE lookup DROP COLUMN version")
    op.execute("ALTER TABLE dead_letter DROP COLUMN awaits_version")
    op.execute("ALTER TABLE told DROP COLUMN version")
