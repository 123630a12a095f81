"""`mapping`: any JSON payload, described in YAML by expressions.

For the systems that no connector is named after. The source says what its records mean:

    connector: mapping
    events:
      - kind: sales.order.delivered
        when: payload.state == "DELIVERED"
        id: payload.parcel + ":delivered"
        time: payload.delivered_at
        subject: {customer: payload.customer.number}
        identifiers: {email: payload.customer.email}
        links: {email: strong}
        attributes: {carrier: payload.carrier}

Each entry of `events` whose `when` holds gives an event; a record that none gives anything of is
ignored. Expressions are CEL, as in rules. They see

| name      | what                                                                              |
|-----------|-----------------------------------------------------------------------------------|
| `payload` | the record's JSON; a field that is null is not there                              |
| `each`    | one item of the list that `each` of the entry names, for an event for each item   |
| `key`     | the record's key: JSON if it is an object, else text                              |
| `headers` | by name in lower case, as text: `headers["content-type"]`, `headers.ce_type`      |
| `record`  | `record.topic`, `record.time`                                                     |

| field                  | what it says                                                         |
|------------------------|----------------------------------------------------------------------|
| `kind`                 | a kind; or `{of: payload.type, is: {made: sales.order.placed}}`      |
| `when`                 | which payloads (or items) it is about; all, if it is left out        |
| `each`                 | a list: one event for each of its items                              |
| `id`                   | unique in the system for ever, the same on every delivery            |
| `time`                 | when it happened; `{at: payload.ts, format: epoch_ms}` or            |
|                        | `{at: payload.day, format: "%d.%m.%Y", zone: Europe/Berlin}`         |
| `subject`              | one identifier: its namespace and an expression                      |
| `identifiers`, `links` | further ones; which are linked with the subject, `strong` or `weak`  |
| `fact`                 | `{id: ..., version: ...}` of what is restated; version is a whole    |
|                        | number or a time                                                     |
| `retract`              | whether the fact no longer holds                                     |
| `score`                | `{value: payload.stars, scale: 1-5, best: 5}`                        |
| `money`                | `{amount: payload.total, currency: EUR}`, or `minor` for cents       |
| `title`, `text`, `channel`, `language`, `status`, `previous_status` | text                    |
| `tags`                 | a list, or one text                                                  |
| `attributes`           | by name: texts, numbers, true and false                              |

| where                                            | write                                     |
|--------------------------------------------------|-------------------------------------------|
| an id is made of a number                        | `"ticket:" + string(payload.ticket.id)`   |
| a field has a name with `$`, `@`, `-` or a blank | `payload.properties["$insert_id"]`        |
| a time is a number                               | `{at: payload.ts, format: epoch_s}`       |
| a time has no zone                               | `{at: payload.created, zone: UTC}`        |
| only some items of a list count                  | `each: payload.messages.filter(m, !m.ai)` |
| tags are objects                                 | `tags: payload.tags.map(t, t.name)`       |
| the type is in a header, or the topic tells it   | `headers.ce_type`, `record.topic`         |
| a row is deleted                                 | `retract: headers.debezium_op == "d"`     |
| the same is told again with other content        | `fact`, with what grows as its `version`  |

What an expression asks for and is not there leaves an optional field empty. In `kind`, `id`,
`time`, `subject`, `fact` and in the value of a score or money it makes the item fail, and so does
any other error, alone and with the name of the field. In `when`, what is not there is false. A row
that was deleted (`headers.debezium_op == "d"`) is the business of entries with `retract`, or whose
`when` asks for the operation; others are not about it.
"""

from typing import Final

from connectors import strict_json
from connectors.contract import Connector, Convert, total
from connectors.mapping.asking import headers_of, seen
from connectors.mapping.entry import DELETED, OPERATION, entry_of
from connectors.mapping.options import MappingOptions
from service.event import Ignored, Item, Record

NO_ENTRY: Final = Ignored("no entry of `events` is about it")


def open_mapping(options: MappingOptions) -> Convert:
    """What converts the records of a source with these options."""
    entries = [entry_of(written) for written in options.events]
    ignored = frozenset(options.ignore)

    def read(record: Record) -> list[Item]:
        headers = headers_of(record)
        payload = seen(strict_json.read_object(record.value), headers, record)
        gone = headers.get(OPERATION) == DELETED
        about_it = (entry for entry in entries if entry.of_deleted or not gone)
        items = [item for entry in about_it for item in entry.items(payload, ignored)]
        return items or [NO_ENTRY]

    return total(read)


def _kinds(options: MappingOptions) -> frozenset[str]:
    return frozenset(kind for entry in options.events for kind in entry.kind.kinds)


MAPPING: Final = Connector(
    name="mapping",
    options=MappingOptions,
    open=open_mapping,
    ignored={},
    kinds=_kinds,
    arrival=(
        "However your systems publish: as plain JSON, in a CloudEvent, as changes of a table by "
        "Debezium, with a schema. Envelopes are opened first, and what they know is in `headers`: "
        "`headers.ce_type`, `headers.debezium_op`. Where a bridge drops the type or an id, another "
        "expression stands in, such as `record.topic` or `key`."
    ),
)
