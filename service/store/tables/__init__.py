"""The tables. `migrations/` builds them; a test compares both.

Row layout: an ordinary event costs one `event` row and one `fact` row. Ids are internal, they are
never compared and never shown. Placements and contributions lie in the event row as flat arrays of
whole numbers, so that a re-placement rewrites one row and the audit is one query.
"""

from service.store.tables.customers import customer, history, identifier, link, postponed
from service.store.tables.events import event, event_row_id, fact, pruned
from service.store.tables.findings import (
    decision,
    fence,
    milestone,
    objective_check,
    opportunity,
    outbox,
)
from service.store.tables.ledger import batch, incident, ledger, topic_reset
from service.store.tables.letters import dead_letter, letter_journal, lookup, told
from service.store.tables.numbers import base, bucket, moment, placing, series
from service.store.tables.revisions import rebuild, revision, revision_start
from service.store.tables.schema import Time, metadata

__all__ = [
    "Time",
    "base",
    "batch",
    "bucket",
    "customer",
    "dead_letter",
    "decision",
    "event",
    "event_row_id",
    "fact",
    "fence",
    "history",
    "identifier",
    "incident",
    "ledger",
    "letter_journal",
    "link",
    "lookup",
    "metadata",
    "milestone",
    "moment",
    "objective_check",
    "opportunity",
    "outbox",
    "placing",
    "postponed",
    "pruned",
    "rebuild",
    "revision",
    "revision_start",
    "series",
    "told",
    "topic_reset",
]
