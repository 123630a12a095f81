"""What a connector is: the contract of `connectors.registry` and of connectors from elsewhere.

A connector turns a record into items. It is pure: no I/O, no clock, no state between records.
The same record gives the same items in every process, and no bytes make it raise.

`Connector` is the registration, `ConnectorOptions` the base of the keys that its sources take in
YAML, `Convert` what it does, and `total` makes a `Convert` of a function that raises `Refused`.
`isolated` keeps the parts of one record from each other; `telling` marks what resolves thin
notifications.
"""

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from inspect import getdoc
from typing import Any, Final, TypeAlias, TypeVar

import msgspec
from pydantic import BaseModel, ConfigDict

from connectors.envelopes.envelope import EnvelopeName
from connectors.limits import checked
from connectors.lookups import Api
from connectors.refusal import Refused
from service.event import Failed, Ignored, Item, Record, Telling

Convert: TypeAlias = Callable[[Record], list[Item]]
"""A record to its items, at least one. Pure, deterministic, never raises."""

T = TypeVar("T")

IGNORED_BY_SOURCE: Final = Ignored("left out by `ignore` of the source")
MAX_PARTS: Final = 5_000
"""An export has 1,000 of its own and whom they name. Each that fails keeps the whole record."""

NOTHING_IN_IT: Final = Ignored("a page or batch with nothing in it")


class ConnectorOptions(BaseModel):
    """Keys of a source that belong to its connector. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    ignore: tuple[str, ...] = ()
    """Event types to leave out in addition to the connector's own list."""

    envelope: EnvelopeName | None = None
    """What wraps the payloads in the topic, where it is not found by itself."""


def no_api(_: Any) -> None:
    """For tools whose records tell all that they can tell."""


@dataclass(frozen=True)
class Connector:
    """One kind of tool. `open` gives what converts the records of a source with these options.

    `ignored` has every documented event type that is of no interest, with a plain reason. A type
    that is neither there nor mapped fails as `unknown_type`, so that nothing new goes unnoticed.
    """

    name: str
    options: type[ConnectorOptions]
    open: Callable[[Any], Convert]
    ignored: Mapping[str, str]
    kinds: Callable[[Any], frozenset[str]]
    """The kinds of events that a source with these options can give."""
    arrival: str = ""
    """How records usually reach a topic, what such bridges drop, and which option stands in."""

    api: Callable[[Any], Api | None] = no_api
    """How a source with these options may be asked for what its notifications only name."""

    @property
    def documentation(self) -> str:
        """What it reads and what that becomes, in Markdown.

        That is the docstring of the module that `open` is in, and as chapters those of the modules
        beside it that it names: `shopify_subscriptions` of `shopify`.
        """
        module = self.open.__module__
        package = module.rpartition(".")[0]
        told = getdoc(sys.modules[module]) or ""
        parts = dict.fromkeys(re.findall(rf"`({re.escape(self.name)}_\w+)`", told))
        chapters = [
            f"## {part}\n\n{getdoc(sys.modules[name])}"
            for part in parts
            if (name := f"{package}.{part}") in sys.modules
        ]
        return "\n\n".join([told, *chapters])


def total(read: Callable[[Record], list[Item]]) -> Convert:
    """`read` as a `Convert`: what it refuses is a failed item, and items are within the limits."""

    def convert(record: Record) -> list[Item]:
        try:
            return [_within_limits(item) for item in read(record)]
        except Refused as refused:
            return [refused.failed]

    return convert


def isolated(parts: Iterable[T], read: Callable[[T], list[Item]]) -> list[Item]:
    """The items of all parts in their order; a part that `read` refuses is one failed item.

    `NOTHING_IN_IT` where there is none. Raises `Refused` for more than `MAX_PARTS`.
    """
    items: list[Item] = []
    for place, part in enumerate(parts):
        if place == MAX_PARTS:
            raise Refused("too_many_elements", f"a page of more than {MAX_PARTS} elements")
        try:
            items += read(part)
        except Refused as refused:
            items.append(refused.failed)
    return items or [NOTHING_IN_IT]


def telling(items: Iterable[Item], told: Telling) -> list[Item]:
    """The items, of which the first that did not fail `tells` this."""
    found = list(items)
    for place, item in enumerate(found):
        if not isinstance(item, Failed):
            found[place] = msgspec.structs.replace(item, tells=told)
            break
    return found


def _within_limits(item: Item) -> Item:
    try:
        return checked(item)
    except Refused as refused:
        return refused.failed
