"""What counts: events, the facts that they state, what was dropped of them."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Sequence,
    Table,
    Text,
    text,
)

from service.store.tables.schema import Time, metadata

event_row_id = Sequence("event_row_id", metadata=metadata)
"""One number is a block of ids for one batch."""

event = Table(
    "event",
    metadata,
    Column("id", BigInteger, nullable=False),
    Column("record_time", Time, nullable=False),
    Column("occurred_at", Time, nullable=False),
    Column("source", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("customer", LargeBinary, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("placements", ARRAY(Integer), nullable=False),
    Column("contributions", ARRAY(BigInteger), nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("item", Integer, nullable=False),
    Column("document", LargeBinary, nullable=False),
    PrimaryKeyConstraint("id", "record_time"),
    Index(None, "occurred_at", postgresql_using="brin"),
    postgresql_partition_by="RANGE (record_time)",
)
"""Facts in force. `placements` holds ids of `placing`; `contributions` holds triples
(series, flags, value) where flags are 1 counted, 2 hit, 4 low. `document` is the canonical event.
"""

fact = Table(
    "fact",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("event_id", BigInteger),
    Column("record_time", Time),
    postgresql_partition_by="RANGE (key)",
)
"""Which version of which fact counts. Without `event_id` it was retracted."""

pruned = Table(
    "pruned",
    metadata,
    Column("before", Time, primary_key=True),
    Column("author", Text, nullable=False),
    Column("events", BigInteger, nullable=False),
    Column("facts", BigInteger, nullable=False),
    Column("pruned_at", Time, nullable=False, server_default=text("now()")),
)
"""Which events were dropped: those whose records are older than `before`."""
