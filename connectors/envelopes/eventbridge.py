"""`eventbridge`: events of Amazon EventBridge, where many systems are partners.

The payload is `detail`. What EventBridge says beside it are headers: `eventbridge_id`,
`eventbridge_source`, `eventbridge_detail_type`, `eventbridge_time`. Some partners send a webhook
with its headers, `detail` being `{"payload": ..., "metadata": ...}`: then the payload is that, and
the metadata are headers as if it had come by HTTP. An event whose `detail` says nothing, as those
of a schedule, is ignored.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from connectors import strict_json
from connectors.envelopes.envelope import Envelope, Opened
from connectors.envelopes.first_key import begins_with_key
from service.event import Ignored, Record

NO_DETAIL: Final = Ignored("an event of EventBridge without detail")

DETAIL_TYPE: Final = "detail-type"
FIELDS: Final = (
    "version", "id", DETAIL_TYPE, "source", "account", "time", "region", "resources", "detail",
    "replay-name",
)  # fmt: skip

_SURE: Final = frozenset({"id", DETAIL_TYPE, "source", "detail"})
_TOLD: Final = ("id", "source", DETAIL_TYPE, "time")
_OF_A_WEBHOOK: Final = frozenset({"payload", "metadata"})
MARK: Final = f'"{DETAIL_TYPE}"'.encode()
"""What every event has, and hardly any payload."""

_begins: Final = begins_with_key(FIELDS)


def open_eventbridge(record: Record) -> list[Opened] | None:
    """The detail; None if this is no event of EventBridge. Raises `Refused`."""
    value = record.value
    if value is None or MARK not in value or not _begins(value):
        return None
    return _opened(record, strict_json.read_object(value), _SURE)


def open_named_eventbridge(record: Record) -> list[Opened] | None:
    """As `open_eventbridge`, of which a rule's transformer may have left but the detail."""
    if record.value is None or record.value.lstrip()[:1] != b"{":
        return None
    return _opened(record, strict_json.read_object(record.value), frozenset({"detail"}))


def _opened(record: Record, event: dict[str, Any], needed: frozenset[str]) -> list[Opened] | None:
    detail = event.get("detail")
    if not needed <= event.keys() or not isinstance(detail, dict):
        return None
    if not detail:
        return [NO_DETAIL]
    said = (*_said_of(event), *record.headers)
    if _is_webhook(detail):
        payload, said = detail["payload"], (*_headers_of(detail["metadata"]), *said)
    else:
        payload = detail
    return [replace(record, value=msgspec.json.encode(payload), headers=said)]


def _said_of(event: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    for name in _TOLD:
        if isinstance(text := event.get(name), str):
            yield f"eventbridge_{name.replace('-', '_')}", text.encode()


def _is_webhook(detail: Mapping[str, Any]) -> bool:
    return detail.keys() == _OF_A_WEBHOOK and isinstance(detail["metadata"], dict)


def _headers_of(metadata: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    return ((name, text.encode()) for name, text in metadata.items() if isinstance(text, str))


EVENTBRIDGE: Final = Envelope("eventbridge", found=open_eventbridge, named=open_named_eventbridge)
