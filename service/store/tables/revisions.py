"""Frameworks as they were applied, and when all events were placed anew."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from service.store.tables.schema import Time, metadata

revision = Table(
    "revision",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("applied_at", Time, nullable=False, server_default=text("now()")),
    Column("author", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("files", JSONB, nullable=False),
    Column("changes", JSONB, nullable=False),
    Column("history", JSONB, nullable=False),
)
"""The framework as applied: its files by name, what changed against the revision before, and what
the rules of this and all earlier revisions ask of histories.
"""

revision_start = Table(
    "revision_start",
    metadata,
    Column("revision", Integer, ForeignKey("revision.id"), nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("first_offset", BigInteger, nullable=False),
    PrimaryKeyConstraint("revision", "topic", "partition"),
)
"""From which offset on a revision counts. A partition without a row begins under the revision."""

rebuild = Table(
    "rebuild",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("author", Text, nullable=False),
    Column("offsets", JSONB, nullable=False),
    Column("began_at", Time, nullable=False, server_default=text("now()")),
    Column("ended_at", Time),
)
"""When all stored events were placed anew, and by whom; `offsets` is where the ledger was."""
