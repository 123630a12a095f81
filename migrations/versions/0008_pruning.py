"""Events of long ago can be dropped: what they added to metrics stays, as one sum a bucket."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE base (
            series INTEGER NOT NULL,
            start TIMESTAMP WITH TIME ZONE NOT NULL,
            n BIGINT NOT NULL,
            hits BIGINT NOT NULL,
            low BIGINT NOT NULL,
            total NUMERIC NOT NULL,
            squares NUMERIC NOT NULL,
            CONSTRAINT base_pkey PRIMARY KEY (series, start)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE pruned (
            before TIMESTAMP WITH TIME ZONE NOT NULL,
            author TEXT NOT NULL,
            events BIGINT NOT NULL,
            facts BIGINT NOT NULL,
            pruned_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
            CONSTRAINT pruned_pkey PRIMARY KEY (before)
        )
        """
    )
    op.execute(
        """
        CREATE FUNCTION drop_event_partitions(before timestamptz) RETURNS void
        LANGUAGE plpgsql AS $$
        DECLARE
            partition text;
        BEGIN
            FOR partition IN
                SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                WHERE i.inhparent = 'event'::regclass
                  AND c.relname ~ '^event_[0-9]{8}$'
                  AND to_date(substring(c.relname FROM 7), 'YYYYMMDD') + 1
                      <= (before AT TIME ZONE 'UTC')::date
            LOOP
                EXECUTE format('DROP TABLE %I', partition);
            END LOOP;
        END $$
        """
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION drop_event_partitions")
    op.execute("DROP TABLE pruned")
    op.execute("DROP TABLE base")
