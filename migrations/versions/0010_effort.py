"""How much effort people think an opportunity takes."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE decision ADD COLUMN effort SMALLINT")


def downgrade() -> None:
    op.execute("ALTER TABLE decision DROP COLUMN effort")
