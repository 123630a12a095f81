"""What an envelope is: the contract of the modules in this package."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from service.event import Failed, Ignored, Record

EnvelopeName: TypeAlias = Literal[
    "plain",
    "array",
    "cloudevents",
    "compressed",
    "debezium",
    "eventbridge",
    "form",
    "kafka_connect",
    "schema_registry",
    "text",
]
"""What a source can say as its `envelope`."""

NAMES: Final[tuple[EnvelopeName, ...]] = get_args(EnvelopeName)

Opened: TypeAlias = Record | Ignored | Failed
"""One part of what an envelope holds."""

Open: TypeAlias = Callable[[Record], Sequence[Opened] | None]
"""What a record holds, or None if it is not in the envelope. Pure. Raises `Refused`."""


@dataclass(frozen=True)
class Envelope:
    """One way to wrap payloads.

    `found` opens a record that shows sure signs of the envelope, and is called for every record
    that is not surely plain, so it decides by first bytes and headers. `named` opens a record of a
    source that names the envelope: it may take looser forms as well.
    """

    name: EnvelopeName
    found: Open
    named: Open
