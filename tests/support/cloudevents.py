"""Whether a message is what CloudEvents 1.0 and the schema of our signals say.

Of the specification: context attributes, the JSON format, and structured mode over Kafka.
"""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from service.opportunities.signals import signal_schema
from tests.support.json_schema import faults

REQUIRED: Final = ("id", "source", "specversion", "type")
NAME: Final = re.compile(r"[a-z0-9]{1,20}")


@cache
def _schema() -> dict[str, Any]:
    return signal_schema()


def signal_faults(value: bytes, headers: Sequence[tuple[str, bytes]]) -> list[str]:
    """What is wrong with a message on the topic of signals."""
    event = json.loads(value)
    attributes = {name: said for name, said in event.items() if name != "data"}
    found = [f"{name} is missing" for name in REQUIRED if not attributes.get(name)]
    found += [f"{name} is no name" for name in attributes if not NAME.fullmatch(name)]
    found += [f"{name} is no text" for name, said in attributes.items() if not _is_text(said)]
    if attributes.get("specversion") != "1.0":
        found.append("not of CloudEvents 1.0")
    if datetime.fromisoformat(attributes["time"]).tzinfo is None:
        found.append("its time has no zone")
    if not dict(headers).get("content-type", b"").startswith(b"application/cloudevents+json"):
        found.append("its content type does not say that it is structured")
    return found + faults(_schema(), event)


def _is_text(said: object) -> bool:
    return isinstance(said, str) and said != ""
