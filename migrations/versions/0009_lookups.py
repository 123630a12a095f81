"""What tools were asked for, where notifications only name it."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE lookup (
            key BYTEA NOT NULL,
            times INTEGER NOT NULL,
            next_at TIMESTAMPTZ NOT NULL,
            said TEXT NOT NULL,
            CONSTRAINT lookup_pkey PRIMARY KEY (key)
        )
    """)


def downgrade() -> None:
    op.execute("DROP TABLE lookup")
