"""Connectors, and what becomes of a record, on a terminal and as documents.

An event's document is in the form that the connector `canonical` reads.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal, get_args, get_origin

import msgspec
from pydantic import TypeAdapter
from pydantic.fields import FieldInfo
from rich.table import Table
from rich.text import Text

from connectors.contract import Connector
from service.cli.converting import Tried
from service.event import Event, Failed, Ignored, Item, Money, Retraction
from service.store.times import moment

_RENAMED: Final = {"occurred_at_us": "occurred_at"}


def connector_table(connectors: Iterable[Connector]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column()
    for connector in connectors:
        table.add_row(connector.name, summary(connector))
    return table


def summary(connector: Connector) -> str:
    """The first sentence of its documentation, without its name."""
    first = connector.documentation.partition("\n\n")[0].replace("\n", " ")
    return first.partition("`: ")[2] or first


def connector_document(connector: Connector) -> dict[str, Any]:
    """Everything that is known of a connector."""
    return {
        "name": connector.name,
        "reads": summary(connector),
        "documentation": connector.documentation,
        "arrival": connector.arrival,
        "options": option_documents(connector),
        "ignored": dict(sorted(connector.ignored.items())),
    }


def option_documents(connector: Connector) -> list[dict[str, Any]]:
    """The options that sources take, by name."""
    return [
        {
            "name": name,
            "required": field.is_required(),
            "what": " ".join((field.description or "").split()),
            "one_of": _choices(field),
            "default": _default(field),
        }
        for name, field in connector.options.model_fields.items()
    ]


def default_words(option: Mapping[str, Any]) -> list[str]:
    """What an option is where the source does not say it, word by word."""
    default = option["default"] or []
    if isinstance(default, dict):
        return [f"{key}: {value}" for key, value in default.items()]
    return [default] if isinstance(default, str) else list(default)


def _choices(field: FieldInfo) -> list[str]:
    """All that an option may be, if these are a few words."""
    types = (field.annotation, *get_args(field.annotation))
    literals = (get_args(type_) for type_ in types if get_origin(type_) is Literal)
    return [word for words in literals for word in words if word]


def _default(field: FieldInfo) -> Any:
    """What an option is where the source does not say it, as YAML has it; None for nothing."""
    if field.is_required():
        return None
    of_type = TypeAdapter[Any](field.annotation or Any)
    default = field.get_default(call_default_factory=True)
    return of_type.dump_python(default, mode="json", exclude_defaults=True) or None


def connector_lines(connector: Connector) -> Iterator[Text]:
    """One connector: its documentation, how records arrive, its options, what it ignores."""
    yield Text(connector.documentation)
    if connector.arrival:
        yield Text(f"\n{connector.arrival}")
    yield Text("\nOptions of a source", "bold")
    for option in option_documents(connector):
        needed = " (must be there)" if option["required"] else ""
        yield Text.assemble(
            (f"  {option['name']}", "bold"), f"{needed}  {option['what']}", (_hint(option), "dim")
        )
    if connector.ignored:
        yield Text("\nIgnored event types", "bold")
    for type_, reason in sorted(connector.ignored.items()):
        yield Text.assemble(f"  {type_}", (f"  {reason}", "dim"))


def _hint(option: Mapping[str, Any]) -> str:
    default, choices = ", ".join(default_words(option)), ", ".join(option["one_of"])
    one_of = f"  one of {choices}" if choices else ""
    return f"{one_of}  ({default} unless said otherwise)" if default else one_of


def tried_lines(tried: Tried) -> Iterator[Text]:
    """What a record became, each part with what it is or why it is nothing."""
    yield Text.assemble(("envelope ", "dim"), tried.envelope)
    for event in tried.events:
        yield from _event_lines(event)
    for ignored in tried.ignored:
        yield Text.assemble(("ignored ", "yellow"), ignored.reason)
    for failed in tried.dead:
        yield Text.assemble(("dead letter ", "red"), f"{failed.reason}: {failed.detail}")


def _event_lines(event: Event | Retraction) -> Iterator[Text]:
    what = event.kind if isinstance(event, Event) else "retraction"
    yield Text.assemble(("event ", "green"), (what, "bold"))
    for name, value in event_document(event).items():
        if name != "kind":
            yield Text(f"  {name:16}{_readable(value)}")


def _readable(value: object) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def tried_document(tried: Tried) -> dict[str, Any]:
    return {
        "envelope": tried.envelope,
        "events": [event_document(event) for event in tried.events],
        "ignored": [_reason(part) for part in tried.ignored],
        "dead_letters": [_reason(part) for part in tried.dead],
    }


def _reason(part: Ignored | Failed) -> dict[str, Any]:
    return {name: value for name, value in _written(part) if name != "tells"}


def event_document(event: Event | Retraction) -> dict[str, Any]:
    """The event as `canonical` reads it: without what is empty, and what it tells of others."""
    written = {_RENAMED.get(name, name): value for name, value in _written(event)}
    written.pop("tells", None)
    written["occurred_at"] = moment(event.occurred_at_us).isoformat()
    if isinstance(event, Retraction):
        written["retracted"] = True
    elif event.money is not None:
        written["money"] = {"amount": _amount(event.money), "currency": event.money.currency}
    return written


def _written(item: Item) -> Iterator[tuple[str, Any]]:
    """Its fields that are not empty."""
    for name, value in msgspec.to_builtins(item).items():
        if value not in (None, "", [], {}, ()):
            yield name, value


def _amount(money: Money) -> str:
    if money.exponent == 0:
        return str(money.minor)
    digits = str(abs(money.minor)).rjust(money.exponent + 1, "0")
    whole, decimals = digits[: -money.exponent], digits[-money.exponent :]
    return f"{'-' if money.minor < 0 else ''}{whole}.{decimals}"
