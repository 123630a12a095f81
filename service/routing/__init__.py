"""Rules in CEL: parse, check, compile, index.

`check_condition`, `check_event_condition` and `check_number` judge one expression over an event,
`check_payload_expression` one over a payload that is no event yet. `Router` holds all rules of a
revision and says where an event is placed. Nothing here knows YAML, the framework's models, a
clock or a database.
"""

from service.routing.conditions import (
    NO_HISTORY,
    Condition,
    Failure,
    Value,
    check_condition,
    check_event_condition,
    check_number,
)
from service.routing.explain import Tried
from service.routing.frame import History
from service.routing.payloads import (
    Absent,
    PayloadExpression,
    Seen,
    cel_value,
    check_payload_expression,
)
from service.routing.problems import Problem
from service.routing.router import Candidates, Conclusion, Router
from service.routing.rules import Placement, RuleSpec
from service.routing.values import Timestamp, timestamp_of

__all__ = [
    "NO_HISTORY",
    "Absent",
    "Candidates",
    "Conclusion",
    "Condition",
    "Failure",
    "History",
    "PayloadExpression",
    "Placement",
    "Problem",
    "Router",
    "RuleSpec",
    "Seen",
    "Timestamp",
    "Tried",
    "Value",
    "cel_value",
    "check_condition",
    "check_event_condition",
    "check_number",
    "check_payload_expression",
    "timestamp_of",
]
