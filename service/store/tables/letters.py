"""What could not become an event, what it awaits, what was decided about it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Identity,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from service.store.tables.schema import Time, metadata

dead_letter = Table(
    "dead_letter",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("source", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("item", Integer, nullable=False),
    Column("record_time", Time, nullable=False),
    Column("key", LargeBinary),
    Column("headers", LargeBinary, nullable=False),
    Column("value", LargeBinary),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("conflict", LargeBinary, unique=True),
    Column("record_items", Integer),
    Column("discarded", Boolean, nullable=False, server_default=text("false")),
    Column("awaits", LargeBinary),
    Column("awaits_version", BigInteger),
    UniqueConstraint("topic", "partition", "offset", "item"),
)
"""Items that could not become events, whole. `headers` is a JSON list of [name, base64].

`conflict` names the content of an id conflict: all copies of one losing content are one row.
`record_items` says how many items its record gave; it is not known of what was an event before.
A discarded letter keeps its place in the counts, but neither key nor headers nor value.
`awaits` is what a thin notification only names; once it is `told` as of `awaits_version` or later,
the letter is done.
"""

told = Table(
    "told",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("record_time", Time, nullable=False),
)
"""What a record told whole, by its key, the greatest version as of which one did, and when the last
of those that told this version was recorded.
"""

lookup = Table(
    "lookup",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("times", Integer, nullable=False),
    Column("next_at", Time, nullable=False),
    Column("said", Text, nullable=False),
)
"""How often a tool was asked for what dead letters await, as of which version at most, when it may
be asked again, and what it said if it does not have it. What it has is published, and becomes
`told` when it is read.
"""

letter_journal = Table(
    "letter_journal",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("decided_at", Time, nullable=False, server_default=text("now()")),
    Column("author", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("item", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("conflict", LargeBinary),
)
"""What was decided about dead letters, `retry` or `discard`, a row for each: by whom, when, why,
under which revision. Written one transaction after the other, so that `id` is their order.
"""
