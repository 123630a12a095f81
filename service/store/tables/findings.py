"""What checks found, what people decided about it, what is told of it."""

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from service.store.tables.schema import Time, metadata

objective_check = Table(
    "objective_check",
    metadata,
    Column("objective", Text, nullable=False),
    Column("checked_at", Time, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("offsets", JSONB, nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("customers", BigInteger, nullable=False),
    Column("value", Double),
    Column("low", Double),
    Column("high", Double),
    Column("health", Text, nullable=False),
    Column("decided_letters", BigInteger, nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("objective", "checked_at"),
)
"""What an objective's check found, written once, with the offsets of its snapshot and how far the
journal of dead letters went in it.
"""

opportunity = Table(
    "opportunity",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("detector", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("opened_at", Time, nullable=False),
    Column("changed_at", Time, nullable=False),
    Column("recovered_at", Time),
    Column("document", JSONB, nullable=False),
    Index(None, "detector", "stage"),
)

milestone = Table(
    "milestone",
    metadata,
    Column("detector", Text, nullable=False),
    Column("customer", LargeBinary, nullable=False),
    Column("touchpoint", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("occurred_at", Time, nullable=False),
    Column("checked_at", Time, nullable=False),
    PrimaryKeyConstraint("detector", "customer"),
)
"""Who reached what: one row for each customer, never taken back."""

decision = Table(
    "decision",
    metadata,
    Column("opportunity", Integer, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("decided_at", Time, nullable=False),
    Column("author", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("effort", SmallInteger),
    PrimaryKeyConstraint("opportunity", "sequence"),
)
"""What people decided about opportunities, and which sequence that gave them."""

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("topic", Text, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("headers", LargeBinary, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("signal", Text, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'pending'")),
    Column("created_at", Time, nullable=False, server_default=text("now()")),
    Column("sent_at", Time),
    Index(None, "id", postgresql_where=text("state = 'pending'")),
)
"""Signals as the bytes they are sent in. `state` is pending, sent or `not_sent: too_old`."""

fence = Table(
    "fence",
    metadata,
    Column("name", Text, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("holder", Text, nullable=False),
)
"""Who evaluates: a holder whose epoch is no longer here writes nothing."""
