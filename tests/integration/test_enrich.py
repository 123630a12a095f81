"""`signalbox enrich`: what notifications only name is asked for, published and counted once.

A notification comes in, a dead letter is there, the tool is asked, its answer lies in the topic and
is read like any other record, and the letter is resolved.
"""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

from tests.contract.fixtures import qualtrics, salesforce, surveymonkey
from tests.support.command import Ended, ended, running, settings, signalbox, started
from tests.support.comparing.stored import read_next_offsets
from tests.support.ingesting import GROUP
from tests.support.records import end_offsets
from tests.support.servers import MakeTopic
from tests.support.small_shop import FRAMEWORK
from tests.support.tool_api import Reply, ToolApi, told, tool_api
from tests.support.waiting import wait_for

TOKENS: Final = {
    "monkey": "token-of-monkey",
    "qualtrics": "token-of-qualtrics",
    "cases": "token-of-cases",
}
DETAILS: Final = "/v3/surveys/S1/responses/{}/details?simple=true"
REFUSED: Final = "the API refuses the token (status 401): correct SIGNALBOX_ENRICH_TOKENS"
RESPONSE: Final = "/API/v3/surveys/SV_1/responses/R_1"
CASE: Final = f"/services/data/v62.0/sobjects/Case/{salesforce.CASE}"
ROW: Final = {
    "attributes": {"type": "Case", "url": CASE},
    "Id": salesforce.CASE,
    "LastModifiedDate": "2025-02-19T21:19:59.000+0000",
    **salesforce.case(),
}
"""Of a record that was changed a second before the gap was committed."""

SOURCES: Final = """
- id: monkey
  connector: surveymonkey
  system: surveys
  topic: {monkey}
  api: {url}
  questions: {{'101': {{kind: feedback.csat, scale: 1-3, choices: {{'12': 2}}}}}}
- id: qualtrics
  connector: qualtrics
  system: answers
  topic: {qualtrics}
  api: {url}/
  questions: {{SV_1.QID7: {{kind: feedback.csat, scale: 1-5, best: 5}}}}
- id: cases
  connector: salesforce
  system: salesforce
  topic: {cases}
  api: {url}
"""


OTHER: Final = "500AA0000099999YAC"
THIRD: Final = "500AA0000077777YAC"


def of_case(id_: str, type_: str, later_ms: int, **fields: str) -> dict[str, Any]:
    """A change of a case, so much later than the gaps."""
    return salesforce.change(
        "Case",
        type_,
        fields,
        recordIds=[id_],
        transactionKey=f"{id_}:{type_}",
        commitTimestamp=salesforce.COMMITTED_MS + later_ms,
    )


CHANGES: Final = [
    salesforce.change("Case", "GAP_UPDATE"),
    of_case(OTHER, "UPDATE", 1, Status="Working"),
    of_case(OTHER, "GAP_UPDATE", 0),
    of_case(THIRD, "UPDATE", -1, Status="Working"),
    of_case(THIRD, "GAP_UPDATE", 0),
]
"""A gap of which nothing else is told, one that what is told later resolves, and one that what was
told before does not.
"""


def apply_with(api: ToolApi, topics: Mapping[str, str], into: Path) -> str:
    before = FRAMEWORK[: FRAMEWORK.index("sources:")]
    sources = SOURCES.format(url=api.url, **topics)
    (into / "framework.yaml").write_text(f"{before}sources:{sources}")
    return str(into)


async def published(broker: str, records: Mapping[str, list[Any]]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=broker) as producer:
        for topic, payloads in records.items():
            for payload in payloads:
                await producer.send_and_wait(topic, json.dumps(payload).encode())


async def outcomes(variables: Mapping[str, str]) -> dict[str, int]:
    said = await signalbox("status", "--json", variables=variables)
    found: dict[str, int] = json.loads(said.out)["outcomes"]
    return found


async def letters(variables: Mapping[str, str]) -> list[tuple[str, str]]:
    said = await signalbox("dead-letters", "list", "--json", variables=variables)
    assert said.status == 0, said.err
    return [(each["source"], each["detail"]) for each in json.loads(said.out)["dead_letters"]]


@asynccontextmanager
async def until_read(variables: Mapping[str, str], records: int) -> AsyncIterator[None]:
    """Runs the service until so many records are settled."""
    connection = await asyncpg.connect(variables["SIGNALBOX_DATABASE_URL"])

    async def all_are_read() -> bool:
        return sum((await read_next_offsets(connection, GROUP)).values()) == records

    async with running(variables=variables):
        try:
            await wait_for(all_are_read, deadline_s=90)
            yield
        finally:
            await connection.close()


async def enriched(variables: Mapping[str, str], status: int = 0) -> Ended:
    said = await signalbox("enrich", "--once", variables=variables)
    assert (said.status, said.err) == (status, ""), said
    assert not any(token in said.out + said.err for token in TOKENS.values())
    return said


@pytest.mark.kafka
@pytest.mark.slow
async def test_what_was_only_named_is_asked_for_and_counts_once(
    database_url: str,
    broker: str,
    broker_is_durable: bool,  # noqa: FBT001 - a fixture has no other way
    topics: MakeTopic,
    tmp_path: Path,
) -> None:
    named = {source: await topics(source) for source in TOKENS}
    plain = settings(
        database_url,
        broker,
        producer_idempotence=str(broker_is_durable).lower(),
        session_timeout_ms="6000",
        enrich_max_per_s="50",
    )
    variables = plain | {"SIGNALBOX_ENRICH_TOKENS": json.dumps(TOKENS)}
    webhook = surveymonkey.webhook
    notices = {
        named["monkey"]: [
            webhook("response_completed"),
            webhook("response_updated", event_id="E2"),
            webhook("response_completed", object_id="R2"),
            webhook("response_completed", object_id="../R3"),
        ],
        named["qualtrics"]: [qualtrics.notification("surveyengine.completedResponse.SV_1")],
        named["cases"]: CHANGES,
    }
    with tool_api() as api:
        api.replies[DETAILS.format("R1")] = [
            Reply(503),
            told(
                surveymonkey.details(
                    surveymonkey.question("101", {"choice_id": "12"}),
                    date_modified="2025-06-02T10:00:00+00:00",
                )
            ),
        ]
        api.replies[CASE] = [told(ROW)]
        api.replies[RESPONSE] = [
            Reply(401),
            told({"result": qualtrics.response({"QID7": 4}), "meta": {}}),
        ]
        applied = await signalbox("apply", apply_with(api, named, tmp_path), variables=plain)
        assert applied.status == 0, applied.err
        await published(broker, notices)
        async with until_read(variables, records=5 + len(CHANGES)):
            assert len(await letters(variables)) == 5 + 2

        without = await enriched(plain, status=1)
        assert without.out.count("there is no token for it in SIGNALBOX_ENRICH_TOKENS") == 3
        assert api.asked == []

        refused = await enriched(variables, status=1)
        assert refused.out.splitlines() == [
            "monkey: 1 published, 2 not to be had.",
            f"qualtrics: 0 published, 0 not to be had. Others wait: {REFUSED}.",
            "cases: 1 published, 1 not to be had.",
        ]
        assert "qualtrics: 1 published, 0 not to be had." in (await enriched(variables)).out
        asked = len(api.asked)
        assert "monkey: 0 published, 0 not to be had." in (await enriched(variables)).out
        assert len(api.asked) == asked
        sent = [(each.get("Authorization"), each.get("X-API-TOKEN")) for each in api.headers]
        by_path = dict(zip(api.asked, sent, strict=True))
        assert by_path[DETAILS.format("R1")] == ("Bearer token-of-monkey", None)
        assert by_path[RESPONSE] == (None, "token-of-qualtrics")
        assert by_path[CASE] == ("Bearer token-of-cases", None)

        await as_if_cut_off_before_it_was_written_down(database_url)
        await asked_by_a_process(variables, broker, named)
        async with until_read(variables, records=5 + len(CHANGES) + 2 * 3):
            pass
    assert sorted(await letters(variables)) == [
        ("cases", "the tool was asked for it, and it is not there (status 404)"),
        ("monkey", "the notification does not name plainly what the tool could be asked for"),
        ("monkey", "the tool was asked for it, and it is not there (status 404)"),
    ]
    counted = await outcomes(variables)
    assert (counted["events"], counted["duplicates"], counted["dead_letters"]) == (3 + 2, 3, 5 + 3)
    listed = await signalbox("events", "list", "--json", variables=variables)
    assert json.loads(listed.out)["kinds"] == {
        "feedback.csat": 2,
        "support.contact": 1,
        "support.status_changed": 2,
    }
    assert (await signalbox("audit", variables=variables)).status == 0


async def as_if_cut_off_before_it_was_written_down(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("DELETE FROM lookup")
    finally:
        await connection.close()


async def asked_by_a_process(
    variables: Mapping[str, str], broker: str, topics: Mapping[str, str]
) -> None:
    """Lets `signalbox enrich` run until it has published a second time, and ends it."""
    once = {"monkey": 4, "qualtrics": 1, "cases": len(CHANGES)}
    ends = {(topics[source], 0): count + 2 for source, count in once.items()}

    async def all_are_there() -> bool:
        return await end_offsets(broker, dict.fromkeys(topics.values(), 1)) == ends

    process = await started("enrich", variables=variables)
    await wait_for(all_are_there, deadline_s=60)
    process.send_signal(signal.SIGTERM)
    how = await asyncio.wait_for(ended(process), 30)
    assert how.status == 0, how.err
    assert not any(token in how.err for token in TOKENS.values())


async def test_without_a_source_that_says_whom_to_ask_there_is_nothing_to_do(
    database_url: str, tmp_path: Path
) -> None:
    variables = settings(database_url, "127.0.0.1:1")
    early = await signalbox("enrich", "--once", variables=variables)
    assert (early.status, "No framework has been applied yet." in early.err) == (2, True)
    (tmp_path / "framework.yaml").write_text(FRAMEWORK)
    assert (await signalbox("apply", str(tmp_path), variables=variables)).status == 0
    nobody = await signalbox("enrich", "--once", variables=variables)
    assert (nobody.status, "No source of the applied framework says" in nobody.err) == (2, True)
