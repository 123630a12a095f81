"""`snowplow`: enriched events of Snowplow, as TSV or as the JSON of its analytics SDKs.

| event                                             | becomes                                      |
|---------------------------------------------------|----------------------------------------------|
| `page_view`                                       | `behaviour.page`, title = that of the page   |
| `unstruct`, of the name `screen_view`             | `behaviour.screen`, title = its name         |
| `unstruct`, of any other name                     | `behaviour.action`, title = the name         |
| `struct`                                          | `behaviour.action`, title = its action       |
| `transaction`, ecommerce action of that type      | `sales.order.placed`                         |
| ecommerce action of the type `refund`             | `sales.order.refunded`                       |

Ignored are the events listed below. `ignore` of a source names events or names of `unstruct` ones.

The event id is `event_id` with `event_fingerprint`: two events may have one id by accident. A
tracker sends again what it is not sure of, so of several with one id the first that was collected
counts; an order is placed once (`order:<id>:placed`, the first counts). The time is
`derived_tstamp`, corrected for the clock of the device, else that of the collector, both in UTC.

The `user` and the `domain_user` (a cookie) that one event has are one customer, as is the `order`;
the `network_user` is linked weakly; an event of nobody is that of its `session`. Money is that of
the transaction in its currency; without a currency there is none. What an `unstruct` event says in
texts, numbers, true or false, is its attributes.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from connectors import strict_json
from connectors.behaviour.snowplow_columns import fields_of
from connectors.contract import Connector, ConnectorOptions, Convert, total
from connectors.event_types import by_type, ignoring, mapped
from connectors.money import parse_money
from connectors.naming import Named, name, named
from connectors.refusal import Refused
from connectors.strict_json import Id
from connectors.timestamps import UTC_ZONE, parse_local
from service.event import AttributeValue, Event, Fact, Identifier, Item, Money, Record

IGNORED: Final[Mapping[str, str]] = ignoring(
    {
        "a page that stays open, told by its view": "page_ping",
        "a part of an order, told by its transaction": "transaction_item",
        "an advertisement was shown, the customer did nothing": "ad_impression",
    }
)

ECOMMERCE: Final = "com_snowplowanalytics_snowplow_ecommerce"
"""The vendor of the ecommerce events and their entities."""

_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode


class _Enriched(msgspec.Struct):
    event_id: Id
    event: str
    collector_tstamp: str
    derived_tstamp: str | None = None
    event_name: str | None = None
    event_fingerprint: str | None = None
    app_id: str | None = None
    platform: str | None = None
    user_id: str | None = None
    domain_userid: str | None = None
    domain_sessionid: str | None = None
    network_userid: str | None = None
    geo_country: str | None = None
    page_title: str | None = None
    page_urlpath: str | None = None
    refr_medium: str | None = None
    mkt_source: str | None = None
    mkt_campaign: str | None = None
    br_lang: str | None = None
    se_category: str | None = None
    se_action: str | None = None
    se_label: str | None = None
    se_property: str | None = None
    se_value: str | float | None = None
    tr_orderid: str | None = None
    tr_total: str | float | None = None
    tr_currency: str | None = None


def open_snowplow(options: ConnectorOptions) -> Convert:
    """What converts the records of a source with these options."""
    of_type = by_type(_MAPPED, IGNORED, options.ignore)
    left_out = frozenset(options.ignore)

    def read(record: Record) -> list[Item]:
        fields = _fields(record.value)
        type_ = fields.get("event")
        if not isinstance(type_, str):
            raise Refused("missing_field", "`event` is missing: this is no enriched event")
        name = fields.get("event_name")
        if isinstance(name, str) and name in left_out:
            type_ = name
        return of_type(type_)(fields, fields)

    return total(read)


def _fields(raw: bytes | None) -> Mapping[str, Any]:
    """The fields of the event in the form of the analytics SDKs, whichever form it has."""
    if raw is None or b"\t" not in raw or raw.lstrip()[:1] == b"{":
        return strict_json.read_object(raw)
    if len(raw) > strict_json.MAX_BYTES:
        raise Refused("too_large", f"{len(raw)} bytes, at most {strict_json.MAX_BYTES} are read")
    try:
        fields = fields_of(raw.decode().rstrip("\n"))
    except UnicodeDecodeError:
        raise Refused("invalid_tsv", "not valid UTF-8") from None
    if fields is None:
        raise Refused("invalid_tsv", "fewer columns than an enriched event has")
    return _with_entities(fields)


def _with_entities(fields: dict[str, Any]) -> dict[str, Any]:
    """The JSON inside the columns under the names that the analytics SDKs give it."""
    if "unstruct_event" in fields:
        own = _inside(fields["unstruct_event"], "unstruct_event").get("data")
        if isinstance(own, dict):
            fields[f"unstruct_event_{_sdk_name(own)}"] = own.get("data")
    if "contexts" in fields:
        entities = _inside(fields["contexts"], "contexts").get("data")
        for entity in entities if isinstance(entities, list) else ():
            if isinstance(entity, dict):
                fields.setdefault(f"contexts_{_sdk_name(entity)}", []).append(entity.get("data"))
    return fields


def _inside(text: str, column: str) -> dict[str, Any]:
    try:
        return _decode(text.encode())
    except (msgspec.DecodeError, RecursionError):
        raise Refused("invalid_json", f"column `{column}` holds no JSON object") from None


def _sdk_name(entity: Mapping[str, Any]) -> str:
    """`iglu:com.acme/link_click/jsonschema/1-0-1` is `com_acme_link_click_1`."""
    schema = entity.get("schema")
    parts = schema.removeprefix("iglu:").split("/") if isinstance(schema, str) else []
    if len(parts) != 4:
        return ""
    vendor, thing, _, version = parts
    return f"{vendor.replace('.', '_')}_{thing}_{version.partition('-')[0]}"


def _page(event: _Enriched, _: Mapping[str, Any]) -> list[Item]:
    return [_event(event, "behaviour.page", event.page_title or "", {})]


def _struct(event: _Enriched, _: Mapping[str, Any]) -> list[Item]:
    return [_event(event, "behaviour.action", event.se_action or "", {})]


def _unstruct(event: _Enriched, fields: Mapping[str, Any]) -> list[Item]:
    said = _said(fields)
    if event.event_name == "snowplow_ecommerce_action":
        what = said.get("type")
        if what == "transaction":
            return [_order(event, "placed", _entity(fields, "transaction"), "revenue")]
        if what == "refund":
            return [_order(event, "refunded", _entity(fields, "refund"), "refund_amount")]
    kind = "behaviour.screen" if event.event_name == "screen_view" else "behaviour.action"
    title = said.get("name") if kind == "behaviour.screen" else event.event_name
    return [_event(event, kind, title if isinstance(title, str) else "", said)]


def _transaction(event: _Enriched, _: Mapping[str, Any]) -> list[Item]:
    sold = {
        "transaction_id": event.tr_orderid,
        "revenue": event.tr_total,
        "currency": event.tr_currency,
    }
    return [_order(event, "placed", sold, "revenue")]


def _order(event: _Enriched, what: str, sold: Mapping[str, Any], amount: str) -> Event:
    order = sold.get("transaction_id")
    known = isinstance(order, str) and order != ""
    told = _event(event, f"sales.order.{what}", "", sold)
    once = Fact(f"order:{order}:{what}", -told.occurred_at_us) if known else told.fact
    return msgspec.structs.replace(
        told,
        fact=once if what == "placed" else told.fact,
        money=_money(sold.get(amount), sold.get("currency"), amount),
    )


def _money(amount: object, currency: object, field: str) -> Money | None:
    if not isinstance(currency, str) or not currency:
        return None
    if not isinstance(amount, str | int | float) or amount == "":
        return None
    return parse_money(amount, currency, field)


def _event(event: _Enriched, kind: str, title: str, said: Mapping[str, Any]) -> Event:
    """What every event has."""
    collected_us = _utc_us(event.collector_tstamp, "collector_tstamp")
    derived = event.derived_tstamp
    id_ = event.event_id
    if event.event_fingerprint:
        id_ = f"{id_}:{event.event_fingerprint}"
    who = _who(event, said)
    return Event(
        id=id_,
        kind=kind,
        occurred_at_us=_utc_us(derived, "derived_tstamp") if derived else collected_us,
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(id_, -collected_us),
        title=title,
        channel=event.platform or "",
        language=event.br_lang or "",
        attributes=_attributes(event, said),
    )


def _utc_us(text: str, field: str) -> int:
    return parse_local(text, UTC_ZONE, field)


def _who(event: _Enriched, said: Mapping[str, Any]) -> Named:
    order = said.get("transaction_id")
    names = (
        name("user", event.user_id),
        name("domain_user", event.domain_userid),
        name("order", order if isinstance(order, str) else None),
    )
    network = name("network_user", event.network_userid)
    if not any((*names, network)):
        return named(Identifier("session", event.domain_sessionid or event.event_id))
    return named(*names, around=[network])


def _attributes(event: _Enriched, said: Mapping[str, Any]) -> dict[str, AttributeValue]:
    about = {
        "app": event.app_id,
        "path": event.page_urlpath,
        "country": event.geo_country,
        "referrer": event.refr_medium,
        "source": event.mkt_source,
        "campaign": event.mkt_campaign,
        "category": event.se_category,
        "label": event.se_label,
        "property": event.se_property,
        "value": event.se_value,
    }
    known = {field: value for field, value in about.items() if value not in (None, "")}
    return known | {
        field: value
        for field, value in said.items()
        if value != "" and isinstance(value, str | int | float)
    }


def _said(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the event itself says, of a schema of its own."""
    for field, value in fields.items():
        if field.startswith("unstruct_event_") and isinstance(value, dict):
            return value
    return {}


def _entity(fields: Mapping[str, Any], thing: str) -> Mapping[str, Any]:
    """The first entity of the ecommerce vendor that is this thing."""
    entities = fields.get(f"contexts_{ECOMMERCE}_{thing}_1")
    first = entities[0] if isinstance(entities, list) and entities else None
    return first if isinstance(first, dict) else {}


_MAPPED: Final[Mapping[str, Callable[[object, Mapping[str, Any]], list[Item]]]] = {
    "page_view": mapped(_Enriched, _page),
    "struct": mapped(_Enriched, _struct),
    "unstruct": mapped(_Enriched, _unstruct),
    "transaction": mapped(_Enriched, _transaction),
}

KINDS: Final = frozenset(
    {
        "behaviour.action",
        "behaviour.page",
        "behaviour.screen",
        "sales.order.placed",
        "sales.order.refunded",
    }
)

SNOWPLOW: Final = Connector(
    name="snowplow",
    options=ConnectorOptions,
    open=open_snowplow,
    ignored=IGNORED,
    kinds=lambda _: KINDS,
    arrival=(
        "The enriched topic of a pipeline on Kafka is read as it is, and so is what "
        "Snowbridge makes of it. Failed events are in a topic of their own."
    ),
)
