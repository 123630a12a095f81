"""Dead letters can be settled anew or discarded, and what was decided about them is kept."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE dead_letter ADD COLUMN record_items INTEGER")
    op.execute("ALTER TABLE dead_letter ADD COLUMN discarded BOOLEAN DEFAULT false NOT NULL")
    op.execute("ALTER TABLE batch ADD COLUMN corrected_items INTEGER DEFAULT 0 NOT NULL")
    op.execute("ALTER TABLE batch ADD COLUMN corrected_ignored INTEGER DEFAULT 0 NOT NULL")
    op.execute("ALTER TABLE objective_check ADD COLUMN decided_letters BIGINT DEFAULT 0 NOT NULL")
    op.execute(
        """
        CREATE TABLE letter_journal (
            id BIGINT GENERATED ALWAYS AS IDENTITY,
            decided_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
            author TEXT NOT NULL,
            decision TEXT NOT NULL,
            because TEXT NOT NULL,
            revision INTEGER NOT NULL,
            topic TEXT NOT NULL,
            partition INTEGER NOT NULL,
            "offset" BIGINT NOT NULL,
            item INTEGER NOT NULL,
            reason TEXT NOT NULL,
            conflict BYTEA,
            CONSTRAINT letter_journal_pkey PRIMARY KEY (id)
        )
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE letter_journal")
    op.execute("ALTER TABLE objective_check DROP COLUMN decided_letters")
    op.execute("ALTER TABLE batch DROP COLUMN corrected_ignored")
    op.execute("ALTER TABLE batch DROP COLUMN corrected_items")
    op.execute("ALTER TABLE dead_letter DROP COLUMN discarded")
    op.execute("ALTER TABLE dead_letter DROP COLUMN record_items")
