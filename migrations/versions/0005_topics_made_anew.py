"""Topics that were made anew, and records that were gone before they were read."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE ledger
            ADD COLUMN topic_id TEXT,
            ADD COLUMN made_anew_at TIMESTAMP WITH TIME ZONE
        """
    )
    op.execute(
        """
        CREATE TABLE incident (
            id BIGINT GENERATED ALWAYS AS IDENTITY,
            consumer_group TEXT NOT NULL,
            topic TEXT NOT NULL,
            partition INTEGER NOT NULL,
            first_offset BIGINT NOT NULL,
            next_offset BIGINT NOT NULL,
            seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
            CONSTRAINT incident_pkey PRIMARY KEY (id)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE topic_reset (
            consumer_group TEXT NOT NULL,
            topic TEXT NOT NULL,
            partition INTEGER NOT NULL,
            left_at BIGINT NOT NULL,
            first_offset BIGINT NOT NULL,
            decided_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
            author TEXT NOT NULL,
            CONSTRAINT topic_reset_pkey
                PRIMARY KEY (consumer_group, topic, partition, first_offset)
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE topic_reset")
    op.execute("DROP TABLE incident")
    op.execute("ALTER TABLE ledger DROP COLUMN made_anew_at, DROP COLUMN topic_id")
