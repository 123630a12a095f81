"""Records that are broken, each kind with the word that its dead letter must carry."""

import json
from collections.abc import Callable
from typing import Any

from tests.support.payloads import dumped, in_microseconds
from tests.support.traffic.desk import DAY_US, Desk, Draft
from tests.support.truth import Broken

Headers = tuple[tuple[str, bytes], ...]

NOT_UTF8: Headers = (("trace", b"\xff\xfe\x00"), ("trace", b"twice"), ("empty", b""))
ORDER_HEADERS: Headers = (("X-Shopify-Topic", b"orders/create"), ("X-Shopify-Event-Id", b"e-1"))
BIG_BYTES = 1_100_000


def whole(desk: Desk, record_us: int) -> dict[str, Any]:
    """A payload without fault, to be broken."""
    return {
        "id": desk.uuid(),
        "kind": "feedback.csat",
        "occurred_at": in_microseconds(record_us),
        "subject": {"namespace": "contact", "value": "C-1"},
        "score": {"value": 4, "low": 1, "high": 5, "best": 5},
        "attributes": {"form": "delivery", "note": "n" * 300},
    }


Break = Callable[[Desk, dict[str, Any], int], bytes | None]


def _truncated(desk: Desk, payload: dict[str, Any], record_us: int) -> bytes:
    value = dumped(payload)
    return value[: desk.dice.randrange(1, len(value))]


def _nan(desk: Desk, payload: dict[str, Any], record_us: int) -> bytes:
    payload["score"]["value"] = float("nan")
    return json.dumps(payload).encode()


def _infinite(desk: Desk, payload: dict[str, Any], record_us: int) -> bytes:
    return dumped(payload).replace(b'"value":4', b'"value":Infinity')


def _twice(desk: Desk, payload: dict[str, Any], record_us: int) -> bytes:
    return dumped(payload).replace(b'"kind":', b'"kind":"feedback.nps","kind":')


def _surrogate(desk: Desk, payload: dict[str, Any], record_us: int) -> bytes:
    return dumped(payload).replace(b'"note":"', b'"note":"\\ud800')


def _random_bytes(desk: Desk, payload: dict[str, Any], record_us: int) -> bytes:
    return b"\xc3\x28" + desk.dice.randbytes(500)


def _utf16(desk: Desk, payload: dict[str, Any], record_us: int) -> bytes:
    return json.dumps(payload).encode("utf-16")


def _byte_order_mark(desk: Desk, payload: dict[str, Any], record_us: int) -> bytes:
    return b"\xef\xbb\xbf" + dumped(payload)


def _empty(desk: Desk, payload: dict[str, Any], record_us: int) -> bytes:
    return b""


def _tombstone(desk: Desk, payload: dict[str, Any], record_us: int) -> None:
    return None


def _deep(desk: Desk, payload: dict[str, Any], record_us: int) -> bytes:
    return b"[" * 100_000 + b"]" * 100_000


def _big(desk: Desk, payload: dict[str, Any], record_us: int) -> bytes:
    payload["text"] = "b" * BIG_BYTES
    return dumped(payload)


def _nul(desk: Desk, payload: dict[str, Any], record_us: int) -> bytes:
    payload["id"] = "a\0b"
    return dumped(payload)


def _nul_in_attribute(desk: Desk, payload: dict[str, Any], record_us: int) -> bytes:
    payload["attributes"]["note"] = "\0"
    return dumped(payload)


def _no_subject(desk: Desk, payload: dict[str, Any], record_us: int) -> bytes:
    del payload["subject"]
    return dumped(payload)


def _no_score(desk: Desk, payload: dict[str, Any], record_us: int) -> bytes:
    del payload["score"]
    return dumped(payload)


def _text_as_score(desk: Desk, payload: dict[str, Any], record_us: int) -> bytes:
    payload["score"]["value"] = "4"
    return dumped(payload)


def _out_of_scale(desk: Desk, payload: dict[str, Any], record_us: int) -> bytes:
    payload["score"]["value"] = 6
    return dumped(payload)


def _unknown_field(desk: Desk, payload: dict[str, Any], record_us: int) -> bytes:
    payload["scroe"] = 4
    return dumped(payload)


def _unknown_kind(desk: Desk, payload: dict[str, Any], record_us: int) -> bytes:
    payload["kind"] = "feedback.csta"
    return dumped(payload)


def _no_zone(desk: Desk, payload: dict[str, Any], record_us: int) -> bytes:
    payload["occurred_at"] = "2026-01-02T03:04:05"
    return dumped(payload)


def _no_such_day(desk: Desk, payload: dict[str, Any], record_us: int) -> bytes:
    payload["occurred_at"] = "2026-02-30T03:04:05Z"
    return dumped(payload)


def _in_the_future(desk: Desk, payload: dict[str, Any], record_us: int) -> bytes:
    payload["occurred_at"] = in_microseconds(record_us + 30 * DAY_US)
    return dumped(payload)


def _bad_money(desk: Desk, payload: dict[str, Any], record_us: int) -> bytes:
    payload["money"] = {"amount": "12.505", "currency": "EUR"}
    return dumped(payload)


def _huge_version(desk: Desk, payload: dict[str, Any], record_us: int) -> bytes:
    payload["fact"] = {"id": "f", "version": 2**63}
    return dumped(payload)


ANYWHERE: tuple[tuple[str, Break], ...] = (
    ("invalid_json", _truncated),
    ("invalid_json", _nan),
    ("invalid_json", _infinite),
    ("invalid_json", _surrogate),
    ("invalid_json", _random_bytes),
    ("invalid_json", _utf16),
    ("invalid_json", _byte_order_mark),
    ("empty", _empty),
    ("tombstone", _tombstone),
)
"""What no connector can read."""

CANONICAL: tuple[tuple[str, Break], ...] = (
    *ANYWHERE,
    ("duplicate_key", _twice),
    ("nul_character", _nul),
    ("nul_character", _nul_in_attribute),
    ("missing_field", _no_subject),
    ("missing_field", _no_score),
    ("wrong_type", _text_as_score),
    ("out_of_scale", _out_of_scale),
    ("unknown_field", _unknown_field),
    ("unknown_kind", _unknown_kind),
    ("bad_time", _no_zone),
    ("bad_time", _no_such_day),
    ("in_the_future", _in_the_future),
    ("bad_money", _bad_money),
    ("number_out_of_range", _huge_version),
)
RARE: tuple[tuple[str, str, Break], ...] = (
    ("shop.webhooks", "too_deep", _deep),
    ("crm.events", "too_large", _big),
)
"""What would make the traffic too heavy if there was more of it."""


def broken(desk: Desk, phase: int) -> None:
    """One broken record in one of the topics."""
    topic = desk.dice.choice(
        ("crm.events", "crm.mirror", "support.tickets", "surveys.delivery", "shop.webhooks")
    )
    ways = CANONICAL if topic.startswith("crm.") else ANYWHERE
    reason, break_ = desk.dice.choice(ways)
    if desk.chance(0.02):
        topic, reason, break_ = desk.dice.choice(RARE)
    record_us = desk.record_time(phase)
    value = break_(desk, whole(desk, record_us), record_us)
    headers = ORDER_HEADERS if topic == "shop.webhooks" else ()
    if desk.chance(0.5):
        headers = (*headers, *NOT_UTF8)
    key = desk.dice.choice((None, b"", b"\xff\x00key"))
    if value is None:
        key = b"gone"
    desk.put(phase, Draft(topic, record_us, key, headers, value, (Broken(reason),)))
