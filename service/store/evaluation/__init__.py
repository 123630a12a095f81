"""What a check reads and writes. All of it belongs to one REPEATABLE READ transaction.

Windows are in microseconds of event time.
"""

from service.store.evaluation.checks import (
    CheckRow,
    last_checked,
    newest_checks,
    offsets_document,
    write_checks,
)
from service.store.evaluation.contributors import (
    crowds,
    distinct_customers,
    newest_affected,
    orders,
)
from service.store.evaluation.findings import (
    arrivals,
    newest_opportunities,
    next_opportunity_id,
    save_opportunity,
    save_reached,
)
from service.store.evaluation.numbers import Sum, sums
from service.store.evaluation.standing import (
    heard_of,
    is_rebuilding,
    ledger_offsets,
    postponed_events,
    read_to,
)

__all__ = [
    "CheckRow",
    "Sum",
    "arrivals",
    "crowds",
    "distinct_customers",
    "heard_of",
    "is_rebuilding",
    "last_checked",
    "ledger_offsets",
    "newest_affected",
    "newest_checks",
    "newest_opportunities",
    "next_opportunity_id",
    "offsets_document",
    "orders",
    "postponed_events",
    "read_to",
    "save_opportunity",
    "save_reached",
    "sums",
    "write_checks",
]
