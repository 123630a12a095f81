"""Envelopes: what wraps a payload in a topic, opened before the connector sees the record.

An envelope takes a record and gives what it holds: records, each with an opened payload as its
value, or parts that are ignored or failed. Envelopes lie in each other (a compressed array, a
Debezium change in a CloudEvent), so opening goes on until none is found. They are pure.

An envelope is found by signs that no payload of a system has, or it is named by `envelope` of the
source, which also opens its looser forms and refuses what is not in it. `plain` opens nothing.

What an envelope knows beside the payload goes into headers, as CloudEvents does it on Kafka:
`ce_type`, `debezium_op`. A connector reads them with `connectors.headers.header`.
"""

from connectors.envelopes.envelope import NAMES, Envelope, EnvelopeName, Opened
from connectors.envelopes.opening import Opening, enveloped, opened

__all__ = ["NAMES", "Envelope", "EnvelopeName", "Opened", "Opening", "enveloped", "opened"]
