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
| `time`                 | when it happened; `{at: payload.ts, format: epoch_ms}`, `{at:`       |
|                        | `payload.day, format: "%d.%m.%Y", zone: Europe/Berlin}`              |
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

What an expression asks for and is not there leaves an optional field empty. In `kind`, `id`,
`time`, `subject`, `fact` and in the value of a score or money it makes the item fail, and so does
any other error, alone and with the name of the field. In `when`, what is not there is false.
"""

from connectors.mapping.connector import MAPPING

__all__ = ["MAPPING"]
