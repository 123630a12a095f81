"""A small shop: its framework, and what its CRM says, as the JSON of canonical events."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from connectors.registry import connector_options
from service.framework.loading import Accepted, load_files

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

ORDER: Final = "sales.order.placed"
CONTACT: Final = "support.contact"
RATING: Final = "feedback.csat"

ORDERED: Final = "shop/buy/order"
HUNDREDTH: Final = "shop/buy/hundredth"
ASKED: Final = "shop/ask/contact"
THIRD: Final = "shop/ask/third"
RATED: Final = "shop/ask/rating"

FRAMEWORK: Final = """
framework: shop
segment: country
teams:
- {id: shop, title: Shop}
journeys:
- id: shop
  title: I buy something
  owner: shop
  stages:
  - id: buy
    title: I order
    owner: shop
    touchpoints:
    - {id: order, title: I order}
    - {id: hundredth, title: I order for the 100th time, wow_moment: true}
  - id: ask
    title: I ask
    owner: shop
    touchpoints:
    - {id: contact, title: I ask}
    - {id: third, title: I ask a third time in a month}
    - {id: rating, title: I rate}
metrics:
- {id: money, title: Money, formula: sum, of: sales.order.placed, value: event.amount, decimals: 2,
   unit: EUR, at: shop/buy}
- {id: hundredths, title: Hundredth orders, formula: count, of: sales.order.placed,
   at: shop/buy/hundredth}
- {id: contacts, title: Contacts, formula: count, of: support.contact, at: shop/ask/contact}
- {id: thirds, title: Third contacts, formula: count, of: support.contact, at: shop/ask/third}
- {id: happy, title: Happy, formula: csat, of: feedback.csat, at: shop/ask/rating}
rules:
- id: hundredth
  when: event.kind == "sales.order.placed" && history.count("sales.order.placed") == 100
  place: shop/buy/hundredth
- {id: order, when: event.kind == "sales.order.placed", place: shop/buy/order}
- {id: contact, when: event.kind == "support.contact", place: shop/ask/contact}
- {id: rating, when: event.kind == "feedback.csat", place: shop/ask/rating}
- id: third
  when: event.kind == "support.contact" && history.count("support.contact", days(30)) == 3
  place: shop/ask/third
  also: true
detectors:
- {id: hundredths, kind: milestone, touchpoint: shop/buy/hundredth, send: each_customer}
sources:
- {id: one, connector: canonical, system: crm, topic: one, customer: clear}
- {id: two, connector: canonical, system: crm, topic: two, customer: clear}
"""


def accepted(text: str = FRAMEWORK) -> Accepted:
    """A framework that was loaded and checked."""
    loaded = load_files({"framework.yaml": text}, connector_options())
    assert isinstance(loaded, Accepted), loaded
    return loaded


def framework_on(*topics: str, start: str = "earliest", also: str = "") -> str:
    """The framework with one source for each of these topics, and `also` before its sources."""
    sources = [
        f"- {{id: source-{n}, connector: canonical, system: crm, topic: {topic}, start: {start}}}"
        for n, topic in enumerate(topics)
    ]
    return "\n".join([FRAMEWORK.partition("sources:")[0] + also, "sources:", *sources, ""])


def iso(time_us: int) -> str:
    """The time as canonical events write it."""
    return (EPOCH + timedelta(microseconds=time_us)).isoformat()


def said(id: str, kind: str, at_us: int, customer: str = "jo", **content: Any) -> bytes:
    """The JSON of an event; `version` among its content makes it a version of the fact `id`."""
    event: dict[str, Any] = {
        "id": id,
        "kind": kind,
        "occurred_at": iso(at_us),
        "subject": {"namespace": "user", "value": customer},
    }
    if "version" in content:
        event["fact"] = {"id": id, "version": content.pop("version")}
    return json.dumps(event | content).encode()


def ordered(id: str, at_us: int, customer: str = "jo", amount: int = 10, **content: Any) -> bytes:
    """An order."""
    money = {"amount": f"{amount}.00", "currency": "EUR"}
    return said(id, ORDER, at_us, customer, money=money, **content)


def rated(id: str, at_us: int, value: int, **content: Any) -> bytes:
    """A rating of 1 to 5."""
    score = {"value": value, "low": 1, "high": 5, "best": 5}
    return said(id, RATING, at_us, score=score, **content)


def withdrawn(id: str, at_us: int, version: int) -> bytes:
    """A retraction of the fact `id`."""
    fact = {"id": id, "version": version}
    return json.dumps(
        {"id": id, "occurred_at": iso(at_us), "fact": fact, "retracted": True}
    ).encode()
