"""The first schema: what was decided, where we are, what happened, numbers, what was found."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

FACT_PARTITIONS = 16

SEQUENCES = ("event_row_id",)

TABLES = (
    """
    CREATE TABLE revision (
        id INTEGER NOT NULL,
        applied_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        author TEXT NOT NULL,
        digest BYTEA NOT NULL,
        files JSONB NOT NULL,
        changes JSONB NOT NULL,
        history JSONB NOT NULL,
        CONSTRAINT revision_pkey PRIMARY KEY (id)
    )
    """,
    """
    CREATE TABLE revision_start (
        revision INTEGER NOT NULL,
        topic TEXT NOT NULL,
        partition INTEGER NOT NULL,
        first_offset BIGINT NOT NULL,
        CONSTRAINT revision_start_pkey PRIMARY KEY (revision, topic, partition),
        CONSTRAINT revision_start_revision_fkey FOREIGN KEY(revision) REFERENCES revision (id)
    )
    """,
    """
    CREATE TABLE ledger (
        consumer_group TEXT NOT NULL,
        topic TEXT NOT NULL,
        partition INTEGER NOT NULL,
        first_offset BIGINT NOT NULL,
        next_offset BIGINT NOT NULL,
        revision INTEGER NOT NULL,
        since TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        CONSTRAINT ledger_pkey PRIMARY KEY (consumer_group, topic, partition)
    )
    """,
    """
    CREATE TABLE batch (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        consumer_group TEXT NOT NULL,
        topic TEXT NOT NULL,
        partition INTEGER NOT NULL,
        first_offset BIGINT NOT NULL,
        next_offset BIGINT NOT NULL,
        revision INTEGER NOT NULL,
        records INTEGER NOT NULL,
        items INTEGER NOT NULL,
        events INTEGER NOT NULL,
        duplicates INTEGER NOT NULL,
        superseded INTEGER NOT NULL,
        ignored INTEGER NOT NULL,
        dead_letters INTEGER NOT NULL,
        corrected_events INTEGER NOT NULL,
        corrected_duplicates INTEGER NOT NULL,
        corrected_superseded INTEGER NOT NULL,
        corrected_dead_letters INTEGER NOT NULL,
        committed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        CONSTRAINT batch_pkey PRIMARY KEY (id)
    )
    """,
    """
    CREATE TABLE event (
        id BIGINT NOT NULL,
        record_time TIMESTAMP WITH TIME ZONE NOT NULL,
        occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
        source TEXT NOT NULL,
        kind TEXT NOT NULL,
        customer BYTEA NOT NULL,
        revision INTEGER NOT NULL,
        placements INTEGER[] NOT NULL,
        contributions BIGINT[] NOT NULL,
        topic TEXT NOT NULL,
        partition INTEGER NOT NULL,
        "offset" BIGINT NOT NULL,
        item INTEGER NOT NULL,
        document BYTEA NOT NULL,
        CONSTRAINT event_pkey PRIMARY KEY (id, record_time)
    ) PARTITION BY RANGE (record_time)
    """,
    "CREATE INDEX event_occurred_at_idx ON event USING brin (occurred_at)",
    """
    CREATE TABLE fact (
        key BYTEA NOT NULL,
        version BIGINT NOT NULL,
        digest BYTEA NOT NULL,
        event_id BIGINT,
        record_time TIMESTAMP WITH TIME ZONE,
        CONSTRAINT fact_pkey PRIMARY KEY (key)
    ) PARTITION BY RANGE (key)
    """,
    """
    CREATE TABLE dead_letter (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        source TEXT NOT NULL,
        topic TEXT NOT NULL,
        partition INTEGER NOT NULL,
        "offset" BIGINT NOT NULL,
        item INTEGER NOT NULL,
        record_time TIMESTAMP WITH TIME ZONE NOT NULL,
        key BYTEA,
        headers BYTEA NOT NULL,
        value BYTEA,
        reason TEXT NOT NULL,
        detail TEXT NOT NULL,
        conflict BYTEA,
        CONSTRAINT dead_letter_pkey PRIMARY KEY (id),
        CONSTRAINT dead_letter_topic_partition_offset_item_key
                UNIQUE (topic, partition, "offset", item),
        CONSTRAINT dead_letter_conflict_key UNIQUE (conflict)
    )
    """,
    """
    CREATE TABLE identifier (
        key BYTEA NOT NULL,
        namespace TEXT NOT NULL,
        value TEXT,
        CONSTRAINT identifier_pkey PRIMARY KEY (key)
    )
    """,
    """
    CREATE TABLE link (
        one BYTEA NOT NULL,
        other BYTEA NOT NULL,
        strength TEXT NOT NULL,
        CONSTRAINT link_pkey PRIMARY KEY (one, other)
    )
    """,
    """
    CREATE TABLE customer (
        key BYTEA NOT NULL,
        CONSTRAINT customer_pkey PRIMARY KEY (key)
    )
    """,
    """
    CREATE TABLE history (
        customer BYTEA NOT NULL,
        occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
        system TEXT NOT NULL,
        event TEXT NOT NULL,
        fact BYTEA NOT NULL,
        kind TEXT NOT NULL,
        event_id BIGINT NOT NULL,
        record_time TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT history_pkey PRIMARY KEY (customer, occurred_at, system, event, fact)
    )
    """,
    """
    CREATE TABLE "placing" (
        id INTEGER GENERATED ALWAYS AS IDENTITY,
        rule TEXT NOT NULL,
        touchpoint TEXT NOT NULL,
        CONSTRAINT placing_pkey PRIMARY KEY (id),
        CONSTRAINT placing_rule_touchpoint_key UNIQUE (rule, touchpoint)
    )
    """,
    """
    CREATE TABLE series (
        id INTEGER GENERATED ALWAYS AS IDENTITY,
        metric TEXT NOT NULL,
        scope TEXT NOT NULL,
        segment TEXT NOT NULL,
        CONSTRAINT series_pkey PRIMARY KEY (id),
        CONSTRAINT series_metric_scope_segment_key UNIQUE (metric, scope, segment)
    )
    """,
    """
    CREATE TABLE bucket (
        series INTEGER NOT NULL,
        start TIMESTAMP WITH TIME ZONE NOT NULL,
        stripe SMALLINT DEFAULT 0 NOT NULL,
        n BIGINT NOT NULL,
        hits BIGINT NOT NULL,
        low BIGINT NOT NULL,
        total NUMERIC NOT NULL,
        squares NUMERIC NOT NULL,
        CONSTRAINT bucket_pkey PRIMARY KEY (series, start, stripe)
    )
    """,
    """
    CREATE TABLE moment (
        touchpoint TEXT NOT NULL,
        event_id BIGINT NOT NULL,
        customer BYTEA NOT NULL,
        occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
        record_time TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT moment_pkey PRIMARY KEY (touchpoint, event_id)
    )
    """,
    """
    CREATE TABLE objective_check (
        objective TEXT NOT NULL,
        checked_at TIMESTAMP WITH TIME ZONE NOT NULL,
        revision INTEGER NOT NULL,
        offsets JSONB NOT NULL,
        n BIGINT NOT NULL,
        customers BIGINT NOT NULL,
        value DOUBLE PRECISION,
        low DOUBLE PRECISION,
        high DOUBLE PRECISION,
        health TEXT NOT NULL,
        CONSTRAINT objective_check_pkey PRIMARY KEY (objective, checked_at)
    )
    """,
    """
    CREATE TABLE opportunity (
        id INTEGER NOT NULL,
        detector TEXT NOT NULL,
        stage TEXT NOT NULL,
        state TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
        changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
        recovered_at TIMESTAMP WITH TIME ZONE,
        document JSONB NOT NULL,
        CONSTRAINT opportunity_pkey PRIMARY KEY (id)
    )
    """,
    "CREATE INDEX opportunity_detector_stage_idx ON opportunity (detector, stage)",
    """
    CREATE TABLE milestone (
        detector TEXT NOT NULL,
        customer BYTEA NOT NULL,
        touchpoint TEXT NOT NULL,
        event TEXT NOT NULL,
        occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
        checked_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT milestone_pkey PRIMARY KEY (detector, customer)
    )
    """,
    """
    CREATE TABLE outbox (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        topic TEXT NOT NULL,
        key BYTEA NOT NULL,
        headers BYTEA NOT NULL,
        value BYTEA NOT NULL,
        signal TEXT NOT NULL,
        state TEXT DEFAULT 'pending' NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
        sent_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT outbox_pkey PRIMARY KEY (id)
    )
    """,
    "CREATE INDEX outbox_id_idx ON outbox (id) WHERE state = 'pending'",
    """
    CREATE TABLE fence (
        name TEXT NOT NULL,
        epoch BIGINT NOT NULL,
        holder TEXT NOT NULL,
        CONSTRAINT fence_pkey PRIMARY KEY (name)
    )
    """,
)


def bound(number: int) -> str:
    """Where a partition of facts begins. Their keys are hashes, so that ranges are equally full.

    Ranges and not hashes of the hashes: COPY writes partition after partition, and only in the
    order of the keys do writers of the same facts not wait for each other in a circle.
    """
    if number == 0:
        return "MINVALUE"
    if number == FACT_PARTITIONS:
        return "MAXVALUE"
    return f"'\\x{number * 256 // FACT_PARTITIONS:02x}'"


PARTITIONS = (
    "CREATE TABLE event_default PARTITION OF event DEFAULT",
    *(
        f"CREATE TABLE fact_{n} PARTITION OF fact FOR VALUES FROM ({bound(n)}) TO ({bound(n + 1)})"
        for n in range(FACT_PARTITIONS)
    ),
)

FUNCTIONS = (
    # Rows of a day without a partition lie in the default one, which holds whatever time a
    # producer stamped; partitions are made only for days around now, so that a broken clock
    # cannot make thousands.
    """
    CREATE FUNCTION make_event_partition(day date) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        IF day BETWEEN current_date - 400 AND current_date + 2 THEN
            EXECUTE format(
                'CREATE TABLE IF NOT EXISTS %I PARTITION OF event FOR VALUES FROM (%L) TO (%L)',
                'event_' || to_char(day, 'YYYYMMDD'),
                to_char(day, 'YYYY-MM-DD') || ' 00:00:00+00',
                to_char(day + 1, 'YYYY-MM-DD') || ' 00:00:00+00'
            );
        END IF;
    END $$
    """,
)

NAMES = (
    "fence",
    "outbox",
    "milestone",
    "opportunity",
    "objective_check",
    "moment",
    "bucket",
    "series",
    "placing",
    "history",
    "customer",
    "link",
    "identifier",
    "dead_letter",
    "fact",
    "event",
    "batch",
    "ledger",
    "revision_start",
    "revision",
)


def upgrade() -> None:
    for sequence in SEQUENCES:
        op.execute(f"CREATE SEQUENCE {sequence}")
    for statement in (*TABLES, *PARTITIONS, *FUNCTIONS):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP FUNCTION make_event_partition")
    for name in NAMES:
        op.execute(f'DROP TABLE "{name}"')
    for sequence in SEQUENCES:
        op.execute(f"DROP SEQUENCE {sequence}")
