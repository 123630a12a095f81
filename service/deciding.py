"""What people decide: about dead letters and about opportunities."""

from functools import partial

from sqlalchemy.pool import NullPool

from connectors.envelopes.schemas import NO_SCHEMAS
from service.configuring import compile_stored, database_line, kafka_lines, limits, schema_book
from service.ingest.locating.locator import read_again
from service.ingest.preparing.learning import nothing_to_learn
from service.ingest.resettling import letters
from service.ingest.resettling.letters import Retries, Surroundings, Told
from service.ingest.settling.rulebook import Rulebook
from service.opportunities.decisions import Said
from service.settings import Settings
from service.store import decisions
from service.store.connecting import connect_for_ingest, make_engine
from service.store.dead_letters import Selection


async def retry(
    settings: Settings, selection: Selection, author: str, *, rehearsing: bool = False
) -> Told:
    """Settles the selected dead letters anew, or says what that would do.

    Raises what `service.ingest.resettling.letters.Retries.run` raises.
    """
    book = schema_book(settings)
    connection = await connect_for_ingest(database_line(settings))
    around = Surroundings(
        settings.consumer_group,
        Rulebook(compile_stored(settings, NO_SCHEMAS if book is None else book)),
        partial(read_again, connection, settings.consumer_group, kafka_lines(settings)),
        limits(settings),
        author,
        nothing_to_learn if book is None else book.learn,
    )
    try:
        return await Retries(connection, around, rehearsing=rehearsing).run(selection)
    finally:
        await connection.close()
        if book is not None:
            await book.close()


async def discard(settings: Settings, selection: Selection, author: str, because: str) -> int:
    """Discards the selected dead letters: how many. Raises what `letters.discard` raises."""
    connection = await connect_for_ingest(database_line(settings))
    try:
        return await letters.discard(connection, selection, author, because)
    finally:
        await connection.close()


async def decide(settings: Settings, number: int, said: Said) -> decisions.Told:
    """Decides about an opportunity. Raises what the database raises."""
    engine = make_engine(settings.database_url.get_secret_value(), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            return await decisions.decide(connection, number, said, settings.signals_topic)
    finally:
        await engine.dispose()
