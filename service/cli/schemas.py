"""The schemas that records which are only looked at were written with."""

from collections.abc import Iterable, Sequence

from connectors.envelopes.schemas import NO_SCHEMAS, Schemas, schema_id
from service.cli.failing import CommandError
from service.event import Record


async def schemas_of(records: Iterable[Record]) -> Schemas:
    """What these records need, from the registry that is set, if one is and they need any.

    Raises `CommandError` where it does not answer.
    """
    framed = [record for record in records if schema_id(record) is not None]
    return await _fetched(framed) if framed else NO_SCHEMAS


async def _fetched(framed: Sequence[Record]) -> Schemas:
    from service.configuring import schema_book
    from service.settings import SettingsError, load_schema_settings

    try:
        book = schema_book(load_schema_settings())
    except SettingsError as error:
        raise CommandError(str(error)) from error
    if book is None:
        return NO_SCHEMAS
    try:
        if await book.learn(framed):
            return book
    finally:
        await book.close()
    raise CommandError(
        f"Schemas cannot be fetched: {book.waits_because}.",
        "Correct SIGNALBOX_SCHEMA_REGISTRY_URL and the settings beside it.",
    )
