"""Stored events can be placed anew, and who did that is kept."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE rebuild (
            id BIGINT GENERATED ALWAYS AS IDENTITY,
            revision INTEGER NOT NULL,
            author TEXT NOT NULL,
            offsets JSONB NOT NULL,
            began_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
            ended_at TIMESTAMP WITH TIME ZONE,
            CONSTRAINT rebuild_pkey PRIMARY KEY (id)
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE rebuild")
