"""`form`: bodies as web forms send them (`a=1&b=2`), which some webhooks still do.

The payload becomes a JSON object of texts. Names with brackets nest, as Rails and PHP read them:
`response[id]=7` is `{"response": {"id": "7"}}`, and `tag[]=a&tag[]=b` is a list, as is a name that
comes twice. A form is found by `content-type`, or by its first field where the header is missing.
"""

import re
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from msgspec.structs import replace

from connectors.envelopes.envelope import Envelope, Opened
from connectors.headers import header
from connectors.refusal import Refused
from connectors.strict_json import MAX_BYTES
from service.event import Record

MAX_FIELDS: Final = 1_000
MAX_DEPTH: Final = 8

_TYPE: Final = "application/x-www-form-urlencoded"
_FIRST_FIELD: Final = re.compile(rb"[A-Za-z_][A-Za-z0-9_.%\[\]-]{0,99}=[^\s{}\"<>]*\Z", re.ASCII)
_NAME: Final = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_INNER: Final = re.compile(r"\[([^\[\]]*)\]")


def open_form(record: Record) -> list[Opened] | None:
    """The fields as a JSON object; None if this is no form. Raises `Refused`."""
    value = record.value
    if value is None or not (_says_form(record) or _FIRST_FIELD.match(value)):
        return None
    return open_named_form(record)


def open_named_form(record: Record) -> list[Opened] | None:
    """As `open_form`, for a record that is said to be one."""
    if record.value is None or record.value[:1] == b"{":
        return None
    fields: dict[str, Any] = {}
    for name, value in _pairs(record.value):
        _put(fields, _path(name), value)
    return [replace(record, value=msgspec.json.encode(fields))]


def _says_form(record: Record) -> bool:
    return bool(record.headers) and header(record, "content-type").lower().startswith(_TYPE)


def _pairs(body: bytes) -> list[tuple[str, str]]:
    if len(body) > MAX_BYTES:
        raise Refused("too_large", f"{len(body)} bytes, at most {MAX_BYTES} are read")
    try:
        return parse_qsl(
            body.decode(),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:
        raise Refused("invalid_form", "the body is no form: name=value&name=value") from None


def _path(name: str) -> list[str]:
    match = _NAME.fullmatch(name)
    if match is None:
        return [name]
    path = [match[1], *_INNER.findall(match[2])]
    if len(path) > MAX_DEPTH:
        raise Refused("too_deep", f"a field is nested deeper than {MAX_DEPTH} levels")
    return path


def _put(fields: dict[str, Any], path: list[str], value: str) -> None:
    first, *inner = path
    *outer, last = first, *filter(None, inner)
    for name in outer:
        fields = fields.setdefault(name, {})
        if not isinstance(fields, dict):
            raise _both()
    before = fields.get(last, [])
    if isinstance(before, dict):
        raise _both()
    several = path[-1] == "" or last in fields
    values = [*(before if isinstance(before, list) else [before]), value]
    fields[last] = values if several else value


def _both() -> Refused:
    return Refused("invalid_form", "a field has both a value and fields inside it")


FORM: Final = Envelope("form", found=open_form, named=open_named_form)
