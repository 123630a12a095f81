"""Headers of a record by name, whatever their case: HTTP bridges write them as they like."""

from connectors.refusal import Refused
from service.event import Record


def header(record: Record, name: str) -> str:
    """The first header of that name (`name` in lower case), or "". Raises `Refused`."""
    for candidate, value in record.headers:
        if candidate.lower() == name:
            return _text(value, name)
    return ""


def _text(value: bytes, name: str) -> str:
    try:
        return value.decode().strip()
    except UnicodeDecodeError:
        raise Refused("bad_header", f"header {name} is not valid UTF-8") from None
