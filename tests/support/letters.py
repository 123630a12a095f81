"""A shop with a survey whose source can be wrong, and what its tables say."""

from collections.abc import Sequence
from typing import Any, Final

from service.configuring import limits
from service.event import Position, Record
from service.ingest.resettling.letters import Retries, Surroundings, Told
from service.store.dead_letters import Selection
from tests.support.ingesting import GROUP, START_US, Ingesting, record
from tests.support.payloads import typeform
from tests.support.small_shop import FRAMEWORK

ANSWERS: Final = "answers"
RIGHT: Final = """connector: typeform, questions: {
   how_was_delivery: {kind: feedback.csat, scale: 1-5, best: 5}}, ignore: [form_deleted]"""
AS_TEXT: Final = "connector: typeform, questions: {how_was_delivery: {kind: feedback.review}}"
NOT_OPENED: Final = "connector: canonical"


def with_survey(how: str, crm: str = "") -> str:
    """The framework with a source that reads the survey as `how` says; `crm` is added to the
    others.
    """
    framework = FRAMEWORK.replace("system: crm, ", f"system: crm, {crm}")
    return f"{framework}- {{id: survey, system: survey, topic: {ANSWERS}, {how}}}\n"


def with_crm(topic: str = ANSWERS) -> str:
    """The framework with a third source of the others' system."""
    source = f"{{id: three, connector: canonical, system: crm, topic: {topic}, customer: clear}}"
    return f"{FRAMEWORK}- {source}\n"


def answer(offset: int, token: str, rating: int, comment: str = "", kind: str = "") -> Record:
    """A response with a rating and, if there is a comment, a second item."""
    answers: dict[str, int | str] = {"how_was_delivery": rating}
    if comment:
        answers["anything_else"] = comment
    submitted_us = START_US + offset * 3_600_000_000
    value = typeform(f"e{offset}", token, submitted_us, {}, answers, kind or "form_response")
    return record(offset, value, ANSWERS)


async def retry(here: Ingesting, *, rehearsing: bool = False, **selected: Any) -> Told:
    """Retry the selected letters in the name of jo."""

    async def refetch(positions: Sequence[Position]) -> dict[Position, Record | None]:
        here.asked_again += positions
        return {position: here.topic.get(position) for position in positions}

    around = Surroundings(GROUP, here.rulebook, refetch, limits(here.settings), "jo")
    retries = Retries(here.connection, around, rehearsing=rehearsing)
    return await retries.run(Selection(**selected))


async def tables(here: Ingesting) -> dict[str, Any]:
    """All that is a function of the records and of what was decided, without the log's ranges."""
    return {
        "placed": await here.placed(),
        "buckets": await here.buckets(),
        "outcomes": await here.outcomes(),
        "events": await here.rows(
            'SELECT topic, partition, "offset", item, source, document FROM event'
            " ORDER BY 1, 2, 3, 4"
        ),
        "facts": await here.rows(
            "SELECT key, version, digest, event_id IS NULL, record_time FROM fact"
            " WHERE digest <> ''::bytea ORDER BY key"
        ),
        "histories": await here.rows(
            "SELECT customer, occurred_at, system, event, fact, kind FROM history"
            " ORDER BY 1, 2, 3, 4"
        ),
        "dead letters": [
            tuple(row)[1:]
            for row in await here.rows(
                'SELECT id, topic, partition, "offset", item, source, key, headers, value, reason,'
                " detail, conflict, discarded FROM dead_letter ORDER BY 2, 3, 4, 5"
            )
        ],
    }
