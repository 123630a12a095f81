"""The tables. `migrations/` builds them; a test compares both.

Row layout: an ordinary event costs one `event` row and one `fact` row. Ids are internal, they are
never compared and never shown. Placements and contributions lie in the event row as flat arrays of
whole numbers, so that a re-placement rewrites one row and the audit is one query.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    Sequence,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
    }
)

Time = TIMESTAMP(timezone=True)

# --- what was decided -------------------------------------------------------------------------

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

# --- where we are -----------------------------------------------------------------------------

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

# --- what happened ----------------------------------------------------------------------------

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
)
"""What a record told whole, by its key, and the greatest version as of which one did."""

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

# --- who is who, and what they did before -----------------------------------------------------

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

# --- numbers ----------------------------------------------------------------------------------

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

# --- what was found ---------------------------------------------------------------------------

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
