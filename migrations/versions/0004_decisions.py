"""What people decide about opportunities is kept."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE decision (
            opportunity INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
            author TEXT NOT NULL,
            action TEXT NOT NULL,
            because TEXT NOT NULL,
            CONSTRAINT decision_pkey PRIMARY KEY (opportunity, sequence)
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE decision")
