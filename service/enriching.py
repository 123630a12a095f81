"""Gets the whole of what thin notifications only name, and publishes it to their source's topic.

There it is read like any other record, and resolves the dead letters that await it. Everything may
happen twice: what is published twice counts once. What a tool does not have stays a dead letter
that says so, and is asked for again later and later.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

import asyncpg
import msgspec
from msgspec.structs import replace

from connectors.envelopes.schemas import NO_SCHEMAS
from connectors.lookups import Api
from connectors.registry import connectors
from service.configuring import database_line, kafka_lines, schema_book
from service.event import Failed, Lookup, Record
from service.exports.publishing import Destination, publish
from service.exports.reading import Exported
from service.framework.models import Framework, Source
from service.ingest.preparing.revision import Convert
from service.ingest.resettling.letters import NothingAppliedError
from service.lookups.asking import Answer, Asking, Away, Terms, Whole
from service.lookups.replies import Absent
from service.registry import SchemaBook
from service.settings import Settings
from service.sources import loaded_revision, open_source
from service.store.connecting import connect_for_ingest
from service.store.dead_letters import Letter
from service.store.lookups import Due, due_lookups, note_lookups
from service.store.revisions import current_revision, read_revision

AT_ONCE: Final = 20
"""Responses that are held at once, each within the limit of a record."""

NO_LOOKUP: Final = Absent("the notification does not name plainly what the tool could be asked for")
NO_TOKEN: Final = Away("there is no token for it in SIGNALBOX_ENRICH_TOKENS")


@dataclass
class Enriched:
    """What a round did for one source."""

    source: str
    published: int = 0
    absent: int = 0
    """How many the tool cannot tell."""
    waits_because: str = ""
    """Why the others wait, if they do."""


class _Tool(NamedTuple):
    """A source and whom to ask about it."""

    source: Source
    convert: Convert
    asking: Asking


Tools: TypeAlias = Iterator[tuple[Source, Api]]


@asynccontextmanager
async def enricher(settings: Settings) -> AsyncIterator["Enricher"]:
    """What enriches with these settings; leaving the context closes its connections."""
    async with AsyncExitStack() as stack:
        book = schema_book(settings)
        if book is not None:
            stack.push_async_callback(book.close)
        yield Enricher(settings, book, stack)


class Enricher:
    """Enriches in rounds, and remembers from one to the next how each API behaved."""

    def __init__(self, settings: Settings, book: SchemaBook | None, stack: AsyncExitStack) -> None:
        self._settings = settings
        self._book = book
        self._stack = stack
        self._asking: dict[tuple[str, Api], Asking] = {}

    async def round(self) -> list[Enriched]:
        """Ask for all that is due now, source by source: what came of it.

        Raises `NothingAppliedError`, and what database and broker raise. Running again is safe.
        """
        connection = await connect_for_ingest(database_line(self._settings))
        try:
            framework = await _framework(connection)
            return [
                await self._enrich(connection, source, api) for source, api in _tools(framework)
            ]
        finally:
            await connection.close()

    async def _enrich(self, connection: asyncpg.Connection, source: Source, api: Api) -> Enriched:
        told = Enriched(source.id)
        asking = self._asking_of(source, api)
        if asking is None:
            told.waits_because = NO_TOKEN.said
            return told
        tool = _Tool(source, open_source(source, self._book or NO_SCHEMAS), asking)
        while not told.waits_because:
            due = await due_lookups(connection, source.id, AT_ONCE)
            if not due:
                break
            answers: dict[Due, Whole | Absent] = {}
            for each in due:
                answer = await self._answer(tool, each.letter)
                if isinstance(answer, Away):
                    told.waits_because = answer.said
                    break
                answers[each] = answer
            await self._settle(connection, source.topic, answers)
            told.published += sum(isinstance(answer, Whole) for answer in answers.values())
            told.absent += sum(isinstance(answer, Absent) for answer in answers.values())
        return told

    def _asking_of(self, source: Source, api: Api) -> Asking | None:
        """The one that asks for a source, if there is a token for it."""
        token = self._settings.enrich_tokens.get(source.id)
        if token is None:
            return None
        if (source.id, api) not in self._asking:
            value = f"{api.scheme} {token.get_secret_value()}".lstrip()
            terms = Terms(self._settings.record_max_bytes, self._settings.enrich_max_per_s)
            asking = Asking(api.address, {api.header: value}, terms)
            self._stack.push_async_callback(asking.close)
            self._asking[source.id, api] = asking
        return self._asking[source.id, api]

    async def _answer(self, tool: _Tool, letter: Letter) -> Answer:
        """The record to publish for a letter, or why there is none."""
        if self._book is not None:
            await self._book.learn([letter.record])
        lookup = _lookup(tool.convert, letter)
        if lookup is None:
            return NO_LOOKUP
        answer = await tool.asking.ask(lookup.path)
        if not isinstance(answer, Whole):
            return answer
        whole = Whole(_completed(answer.body, lookup))
        return _unreadable(tool.convert, letter.record, whole.body) or whole

    async def _settle(
        self, connection: asyncpg.Connection, topic: str, answers: dict[Due, Whole | Absent]
    ) -> None:
        """Publish, and only then write down what was asked: cut off, it is asked again."""
        wholes = [a.body for a in answers.values() if isinstance(a, Whole)]
        if wholes:
            await self._publish(topic, wholes)
        said = ((due, a.said if isinstance(a, Absent) else "") for due, a in answers.items())
        await note_lookups(connection, ((due.key, due.version, text) for due, text in said))

    async def _publish(self, topic: str, bodies: Iterable[bytes]) -> None:
        settings = self._settings
        to = Destination(kafka_lines(settings), topic, (), settings.producer_idempotence)
        await publish((Exported("", body) for body in bodies), to, lambda _: None)


async def _framework(connection: asyncpg.Connection) -> Framework:
    number = await current_revision(connection)
    if number is None:
        raise NothingAppliedError
    return loaded_revision((await read_revision(connection, number)).files)


def _tools(framework: Framework) -> Tools:
    """The sources that say whom to ask."""
    found = connectors()
    for source in framework.sources:
        connector = found[source.connector]
        api = connector.api(connector.options.model_validate(source.options))
        if api is not None:
            yield source, api


def _lookup(convert: Convert, letter: Letter) -> Lookup | None:
    """What the letter's record names, as it is read under the revision in force."""
    items = convert(letter.record)
    item = items[letter.item] if letter.item < len(items) else None
    return item.lookup if isinstance(item, Failed) else None


def _completed(body: bytes, lookup: Lookup) -> bytes:
    if not lookup.adds:
        return body
    said: dict[str, msgspec.Raw] = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    added = {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in lookup.adds.items()}
    return msgspec.json.encode({**added, **said})


def _unreadable(convert: Convert, letter: Record, body: bytes) -> Absent | None:
    """Why the source could not read this, if so: it would be one dead letter more."""
    items = convert(replace(letter, key=None, headers=(), value=body))
    failed = [item for item in items if isinstance(item, Failed)]
    if len(failed) < len(items):
        return None
    return Absent(f"the tool tells it, and the source cannot read that: {failed[0].detail}")
