"""Thin notifications await what tells the whole of them."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE dead_letter ADD COLUMN awaits BYTEA")
    op.execute("CREATE TABLE told (key BYTEA NOT NULL, CONSTRAINT told_pkey PRIMARY KEY (key))")


def downgrade() -> None:
    op.execute("DROP TABLE told")
    op.execute("ALTER TABLE dead_letter DROP COLUMN awaits")
