"""Records through their envelope and their connector, as the service reads them."""

from collections.abc import Mapping
from typing import Any

from connectors.conformance import record
from connectors.envelopes import enveloped
from connectors.registry import OURS
from service.event import Event, Item


def convert(
    name: str,
    payload: object,
    headers: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
) -> list[Item]:
    """The items of the record by the connector of that name."""
    connector = OURS[name]
    chosen = connector.options.model_validate(options or {})
    return enveloped(connector.open(chosen), chosen.envelope)(record(payload, headers))


def only_event(items: list[Item]) -> Event:
    """The one item, which must be an event."""
    (item,) = items
    assert isinstance(item, Event), item
    return item
