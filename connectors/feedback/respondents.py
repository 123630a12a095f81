"""Who answered a survey: `respondent`, of what the company passed through it or what was typed in.

What the company put into a link or an invitation (`stated`) names one customer. What is typed in
beside it is linked weakly: anybody can type anything. So is an account, which many share.
"""

from collections.abc import Container, Iterable, Mapping
from typing import Any, Final

from connectors.naming import Named, named
from service.event import AttributeValue, Identifier

FIELDS: Final[Mapping[str, str]] = {
    "user_id": "user",
    "customer_id": "customer",
    "email": "email",
    "phone": "phone",
    "order_id": "order",
    "account_id": "account",
}
"""Fields of their own in which companies pass a name through a survey, and its namespace."""

_SHARED: Final = frozenset({"account", "company", "group", "organization"})


def respondent(
    response: Identifier,
    stated: Iterable[Identifier | None],
    typed: Iterable[Identifier] = (),
) -> Named:
    """The response itself stands in where nobody is named. None are names that are not there."""
    known = [name for name in stated if name is not None]
    same = [name for name in known if name.namespace not in _SHARED]
    around = [*typed, *(name for name in known if name.namespace in _SHARED)]
    return named(*same, around=around) if same or around else named(response)


def passed_through(
    values: Mapping[str, Any] | None, apart: Container[str]
) -> dict[str, AttributeValue]:
    """What else the company passed through, as attributes: without the fields in `apart`."""
    return {
        field: value
        for field, value in (values or {}).items()
        if field not in apart and value != "" and isinstance(value, str | int | float)
    }
