"""What placed events add up to, and the names that it is kept under."""

from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Integer,
    LargeBinary,
    Numeric,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from service.store.tables.schema import Time, metadata

placing = Table(
    "placing",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("rule", Text, nullable=False),
    Column("touchpoint", Text, nullable=False),
    UniqueConstraint("rule", "touchpoint"),
)

series = Table(
    "series",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("metric", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("segment", Text, nullable=False),
    UniqueConstraint("metric", "scope", "segment"),
)

bucket = Table(
    "bucket",
    metadata,
    Column("series", Integer, nullable=False),
    Column("start", Time, nullable=False),
    Column("stripe", SmallInteger, nullable=False, server_default=text("0")),
    Column("n", BigInteger, nullable=False),
    Column("hits", BigInteger, nullable=False),
    Column("low", BigInteger, nullable=False),
    Column("total", Numeric, nullable=False),
    Column("squares", Numeric, nullable=False),
    PrimaryKeyConstraint("series", "start", "stripe"),
)
"""Statistics of 15 minutes of UTC, by the time at which the events happened."""

base = Table(
    "base",
    metadata,
    Column("series", Integer, nullable=False),
    Column("start", Time, nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("hits", BigInteger, nullable=False),
    Column("low", BigInteger, nullable=False),
    Column("total", Numeric, nullable=False),
    Column("squares", Numeric, nullable=False),
    PrimaryKeyConstraint("series", "start"),
)
"""What events added to buckets that are dropped since."""

moment = Table(
    "moment",
    metadata,
    Column("touchpoint", Text, nullable=False),
    Column("event_id", BigInteger, nullable=False),
    Column("customer", LargeBinary, nullable=False),
    Column("occurred_at", Time, nullable=False),
    Column("record_time", Time, nullable=False),
    PrimaryKeyConstraint("touchpoint", "event_id"),
)
"""Placements at touchpoints that a milestone detector watches."""
