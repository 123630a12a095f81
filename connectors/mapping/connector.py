"""The connector: a payload through every entry of `events`."""

from typing import Final

from connectors import strict_json
from connectors.contract import Connector, Convert, total
from connectors.mapping.asking import seen
from connectors.mapping.entry import entry_of
from connectors.mapping.options import MappingOptions
from service.event import Ignored, Item, Record

NO_ENTRY: Final = Ignored("no entry of `events` is about it")


def open_mapping(options: MappingOptions) -> Convert:
    """What converts the records of a source with these options."""
    entries = [entry_of(written) for written in options.events]
    ignored = frozenset(options.ignore)

    def read(record: Record) -> list[Item]:
        payload = seen(strict_json.read_object(record.value), record)
        items = [item for entry in entries for item in entry.items(payload, ignored)]
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
)
