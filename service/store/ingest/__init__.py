"""The statements of a batch's transaction, in the order in which locks are taken.

Ledger, facts, dead letters, customers, identifiers, names, buckets, what was told, outbox:
every writer takes them in this order, and each class sorted by its key. Times are microseconds
since 1970.
"""

from service.store.ingest.buckets import BucketSums, add_to_buckets, drop_empty_buckets
from service.store.ingest.customers import (
    HISTORY_COLUMNS,
    add_identifiers,
    add_links,
    copy_history,
    count_older,
    delete_history,
    lock_customers,
    read_histories,
)
from service.store.ingest.dead_letters import (
    DEAD_LETTER_COLUMNS,
    copy_dead_letters,
    delete_conflicts,
    keep_told,
    lock_conflicts,
)
from service.store.ingest.events import (
    DAY_US,
    EVENT_COLUMNS,
    add_moments,
    copy_events,
    delete_events,
    delete_moments,
    make_day_partitions,
    place_events,
    read_events,
    reserve_event_ids,
)
from service.store.ingest.facts import copy_facts, lock_facts, make_facts, update_facts
from service.store.ingest.ledger import (
    BATCH_COLUMNS,
    LedgerRow,
    hold_revision,
    lock_ledger,
    log_batch,
    move_ledger,
)
from service.store.ingest.postponed import (
    first_postponed,
    forget_postponed,
    postpone,
    read_postponed,
)

__all__ = [
    "BATCH_COLUMNS",
    "DAY_US",
    "DEAD_LETTER_COLUMNS",
    "EVENT_COLUMNS",
    "HISTORY_COLUMNS",
    "BucketSums",
    "LedgerRow",
    "add_identifiers",
    "add_links",
    "add_moments",
    "add_to_buckets",
    "copy_dead_letters",
    "copy_events",
    "copy_facts",
    "copy_history",
    "count_older",
    "delete_conflicts",
    "delete_events",
    "delete_history",
    "delete_moments",
    "drop_empty_buckets",
    "first_postponed",
    "forget_postponed",
    "hold_revision",
    "keep_told",
    "lock_conflicts",
    "lock_customers",
    "lock_facts",
    "lock_ledger",
    "log_batch",
    "make_day_partitions",
    "make_facts",
    "move_ledger",
    "place_events",
    "postpone",
    "read_events",
    "read_histories",
    "read_postponed",
    "reserve_event_ids",
    "update_facts",
]
