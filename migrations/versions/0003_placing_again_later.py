"""Stored events can wait to be placed again."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE postponed (
            customer BYTEA NOT NULL,
            event_id BIGINT NOT NULL,
            record_time TIMESTAMP WITH TIME ZONE NOT NULL,
            CONSTRAINT postponed_pkey PRIMARY KEY (customer, event_id)
        )
        """
    )
    op.execute("CREATE INDEX postponed_event_id_idx ON postponed (event_id)")


def downgrade() -> None:
    op.execute("DROP TABLE postponed")
