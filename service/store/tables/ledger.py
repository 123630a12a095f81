"""How far topics were read, and what went by on the way."""

from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from service.store.tables.schema import Time, metadata

ledger = Table(
    "ledger",
    metadata,
    Column("consumer_group", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("first_offset", BigInteger, nullable=False),
    Column("next_offset", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("since", Time, nullable=False, server_default=text("now()")),
    Column("topic_id", Text),
    Column("made_anew_at", Time),
    PrimaryKeyConstraint("consumer_group", "topic", "partition"),
)
"""The truth about offsets: everything below `next_offset` and from `first_offset` on is settled.

Offsets here and everywhere go on counting when a topic is made anew (`service.offsets`).
`topic_id` is the broker's for the topic that was read. Since `made_anew_at` it is known to be
another one, and nothing of it is read until that is accepted.
"""

incident = Table(
    "incident",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("consumer_group", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("first_offset", BigInteger, nullable=False),
    Column("next_offset", BigInteger, nullable=False),
    Column("seen_at", Time, nullable=False, server_default=text("now()")),
)
"""Records that were gone before they were read, from `first_offset` up to `next_offset`."""

topic_reset = Table(
    "topic_reset",
    metadata,
    Column("consumer_group", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("left_at", BigInteger, nullable=False),
    Column("first_offset", BigInteger, nullable=False),
    Column("decided_at", Time, nullable=False, server_default=text("now()")),
    Column("author", Text, nullable=False),
    PrimaryKeyConstraint("consumer_group", "topic", "partition", "first_offset"),
)
"""Who accepted that a topic was made anew: the one before was read up to `left_at`, the new one
counts from `first_offset` on.
"""

batch = Table(
    "batch",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("consumer_group", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("first_offset", BigInteger, nullable=False),
    Column("next_offset", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("records", Integer, nullable=False),
    Column("items", Integer, nullable=False),
    Column("events", Integer, nullable=False),
    Column("duplicates", Integer, nullable=False),
    Column("superseded", Integer, nullable=False),
    Column("ignored", Integer, nullable=False),
    Column("dead_letters", Integer, nullable=False),
    Column("corrected_events", Integer, nullable=False),
    Column("corrected_duplicates", Integer, nullable=False),
    Column("corrected_superseded", Integer, nullable=False),
    Column("corrected_dead_letters", Integer, nullable=False),
    Column("committed_at", Time, nullable=False, server_default=text("now()")),
    Column("corrected_items", Integer, nullable=False, server_default=text("0")),
    Column("corrected_ignored", Integer, nullable=False, server_default=text("0")),
)
"""The log of batches, a row per partition. `corrected_*` changes outcomes of earlier ranges; the
row of a retry does nothing else, its range is empty.
"""
