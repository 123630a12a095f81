"""Who is who, and what they did before."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, PrimaryKeyConstraint, Table, Text

from service.store.tables.schema import Time, metadata

identifier = Table(
    "identifier",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("namespace", Text, nullable=False),
    Column("value", Text),
)

link = Table(
    "link",
    metadata,
    Column("one", LargeBinary, nullable=False),
    Column("other", LargeBinary, nullable=False),
    Column("strength", Text, nullable=False),
    PrimaryKeyConstraint("one", "other"),
)

customer = Table("customer", metadata, Column("key", LargeBinary, primary_key=True))
"""One row to lock per customer whom a history rule asks about."""

history = Table(
    "history",
    metadata,
    Column("customer", LargeBinary, nullable=False),
    Column("occurred_at", Time, nullable=False),
    Column("system", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("fact", LargeBinary, nullable=False),
    Column("kind", Text, nullable=False),
    Column("event_id", BigInteger, nullable=False),
    Column("record_time", Time, nullable=False),
    PrimaryKeyConstraint("customer", "occurred_at", "system", "event", "fact"),
)
"""A customer's events of the kinds that some rule asks about, in their order."""

postponed = Table(
    "postponed",
    metadata,
    Column("customer", LargeBinary, nullable=False),
    Column("event_id", BigInteger, nullable=False),
    Column("record_time", Time, nullable=False),
    PrimaryKeyConstraint("customer", "event_id"),
    Index(None, "event_id"),
)
"""Stored events that are to be placed again, because a batch met too many of one customer."""
