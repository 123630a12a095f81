"""Applies a framework: to what comes, and by a rebuild to what is stored."""

from collections.abc import Callable

from service.configuring import compile_stored, database_line
from service.framework.loading import Accepted
from service.framework.models import Framework
from service.framework.revisions import changes, digest, rule_specs
from service.history.needs import HistoryNeeds
from service.ingest.preparing.revision import watched_touchpoints
from service.ingest.resettling.rebuild import Rebuild, Step
from service.ingest.settling.rulebook import Rulebook
from service.routing import Router
from service.settings import Settings
from service.sources import loaded_revision
from service.store.connecting import connect_for_ingest
from service.store.revisions import (
    Applied,
    NewRevision,
    Unchanged,
    apply_revision,
    current_revision,
    read_revision,
)


async def apply(settings: Settings, accepted: Accepted, author: str) -> Applied | Unchanged:
    """Makes a framework the revision in force, or changes nothing.

    Raises `service.sources.UnreadableRevisionError` if the one before it does not load here, and
    what the database raises.
    """
    connection = await connect_for_ingest(database_line(settings))
    try:
        number = await current_revision(connection)
        before = None
        if number is not None:
            before = loaded_revision((await read_revision(connection, number)).files)
        return await apply_revision(connection, new_revision(accepted, before, author))
    finally:
        await connection.close()


def new_revision(accepted: Accepted, before: Framework | None, author: str) -> NewRevision:
    """What to store when `accepted` is applied after `before`."""
    framework = accepted.framework
    router = Router.compile(rule_specs(framework))
    return NewRevision(
        author=author,
        digest=digest(framework),
        files=dict(accepted.files),
        changes=[change.text for change in changes(before, framework)],
        needs=HistoryNeeds(router.asked, router.askers, router.widest_bounded_us),
        watched=watched_touchpoints(framework),
    )


async def rebuild(
    settings: Settings, author: str, begins: Callable[[int], None], goes_on: Callable[[int], None]
) -> Step:
    """Places all stored events anew under the revision in force: what that did in all.

    `begins` is told how many there are to be done, `goes_on` how many more are done. Raises
    LookupError if no revision was applied, and what the database raises.
    """
    connection = await connect_for_ingest(database_line(settings))
    try:
        rebuilding = Rebuild(Rulebook(compile_stored(settings)))
        begins(await rebuilding.begin(connection, author))
        events = moved = 0
        while (step := await rebuilding.step(connection)).events:
            events, moved = events + step.events, moved + step.moved
            goes_on(step.events)
        return Step(events, moved)
    finally:
        await connection.close()
