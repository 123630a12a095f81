"""Records through their envelope and their connector, as the service reads them."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from connectors.conformance import record
from connectors.envelopes import enveloped
from connectors.registry import OURS
from service.event import Event, Failed, Item, Telling


def convert(
    name: str,
    payload: object,
    headers: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
) -> list[Item]:
    """The items of the record by the connector of that name, without what resolves notifications,
    which is `tellings`.
    """
    items = _converted(name, payload, headers, options)
    return [item if isinstance(item, Failed) else replace(item, tells=None) for item in items]


def tellings(name: str, payload: object, options: Mapping[str, Any] | None = None) -> list[Telling]:
    """What the items of the record tell whole."""
    items = _converted(name, payload, None, options)
    told = (None if isinstance(item, Failed) else item.tells for item in items)
    return [telling for telling in told if telling is not None]


def _converted(
    name: str,
    payload: object,
    headers: Mapping[str, str] | None,
    options: Mapping[str, Any] | None,
) -> list[Item]:
    connector = OURS[name]
    chosen = connector.options.model_validate(options or {})
    return enveloped(connector.open(chosen), chosen.envelope)(record(payload, headers))


def only_event(items: list[Item]) -> Event:
    """The one item, which must be an event."""
    (item,) = items
    assert isinstance(item, Event), item
    return item
