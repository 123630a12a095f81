"""Commands that look at an installation: what they say when all is well, and when it is not."""

import json
from pathlib import Path

import asyncpg
import pytest

from tests.support.command import SECRET, settings, signalbox
from tests.support.servers import MakeTopic

SHOP = Path(__file__).parents[2] / "examples" / "shop"
NOWHERE = "127.0.0.1:1"
GROUPS = {
    "dead-letters": ("list", "show", "retry", "discard"),
    "events": ("list", "show"),
    "opportunities": ("list", "show", "accept", "start", "solve", "dismiss"),
    "schema": ("event", "framework", "signal"),
}
COMMANDS = (
    *("demo", "run", "migrate", "init", "validate", "try", "apply", "load", "status", "explain"),
    *("rebuild", "prune", "audit", "config", "doctor"),
    *(f"{group} {command}" for group, commands in GROUPS.items() for command in commands),
)


@pytest.mark.parametrize("command", COMMANDS)
async def test_every_command_has_help_with_an_example(command: str) -> None:
    said = await signalbox(*command.split(), "--help")
    assert said.status == 0
    assert f"signalbox {command}" in " ".join(said.out.split("Example")[1].split())


async def test_without_a_command_there_is_the_list_of_commands() -> None:
    said = await signalbox()
    assert all(command.split()[0] in said.out + said.err for command in COMMANDS)


@pytest.mark.parametrize(
    "arguments",
    [("nothing",), ("status", "--window", "3x"), ("explain",), ("demo", "--seconds", "1")],
)
async def test_a_call_that_makes_no_sense_gives_status_2_and_says_why(
    arguments: tuple[str, ...],
) -> None:
    said = await signalbox(*arguments)
    assert said.status == 2
    assert "Usage" in said.err
    assert "Traceback" not in said.err


async def test_validate_needs_no_settings() -> None:
    said = await signalbox("validate", str(SHOP))
    assert (said.status, said.err) == (0, "")
    assert "2 journeys, 5 stages, 9 metrics, 22 rules, 5 detectors, 3 sources" in said.out


async def test_validate_tells_every_mistake_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text("framework: shop\ncolour: red\nrules:\n- {id: Bad Id}\n")
    said = await signalbox("validate", str(tmp_path))
    assert said.status == 1
    assert "shop.yaml:2:1" in said.out
    as_json = await signalbox("validate", str(tmp_path), "--json")
    document = json.loads(as_json.out)
    assert document["valid"] is False
    assert {"file", "line", "column", "message", "suggestion"} == set(document["problems"][0])


async def test_validate_of_a_directory_that_is_not_there_is_one_sentence() -> None:
    said = await signalbox("validate", "/no/such/directory")
    assert said.status == 1
    assert "No such file or directory" in said.out


async def test_a_missing_setting_is_named_with_its_meaning() -> None:
    said = await signalbox("status")
    assert said.status == 2
    assert "SIGNALBOX_DATABASE_URL is not set" in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize("command", ["status", "audit", "migrate", "explain 1"])
async def test_a_database_that_is_away_is_one_sentence(command: str) -> None:
    variables = settings(f"postgresql://jo:secret@{NOWHERE}/shop", NOWHERE)
    said = await signalbox(*command.split(), variables=variables)
    assert said.status == 2
    assert "The database 127.0.0.1:1/shop cannot be reached" in said.err
    assert "secret" not in said.err
    assert said.err.count("\n") == 1


async def test_a_database_that_is_not_migrated_says_so(empty_database_url: str) -> None:
    variables = settings(empty_database_url, NOWHERE)
    said = await signalbox("status", variables=variables)
    assert said.status == 2
    assert "Run: signalbox migrate" in said.err
    first = await signalbox("migrate", variables=variables)
    again = await signalbox("migrate", variables=variables)
    assert (first.status, again.status) == (0, 0)
    assert "applied" in first.out
    assert "up to date already" in again.out
    said = await signalbox("status", variables=variables)
    assert said.status == 2
    assert "Run: signalbox apply" in said.err


async def test_a_wrong_password_is_told_without_it(database_url: str) -> None:
    wrong = database_url.replace("postgres:", "postgres:not-", 1)
    if wrong == database_url:
        pytest.skip("the server named in the environment asks for no password")
    said = await signalbox("audit", variables=settings(wrong, NOWHERE))
    assert said.status == 2
    assert said.err.count("\n") == 1


async def test_config_shows_every_setting_and_no_secret(database_url: str) -> None:
    variables = settings(database_url, NOWHERE, colour="red")
    said = await signalbox("config", variables=variables)
    assert said.status == 0
    assert SECRET not in said.out
    assert "SIGNALBOX_HEALTH_PORT=0  (environment)" in said.out
    assert "SIGNALBOX_COLOUR is set and is no setting." in said.out
    document = json.loads((await signalbox("config", "--json", variables=variables)).out)
    assert SECRET not in json.dumps(document)
    assert {"variable", "value", "source", "meaning"} == set(document[0])


async def test_a_framework_is_applied_once(database_url: str) -> None:
    variables = settings(database_url, NOWHERE)
    first = await signalbox("apply", str(SHOP), variables=variables)
    assert first.status == 0
    assert "Revision 1 is in force" in first.out
    again = await signalbox("apply", str(SHOP), variables=variables)
    assert again.status == 0
    assert "nothing changed" in again.out


async def test_a_framework_with_a_mistake_changes_nothing(
    database_url: str, tmp_path: Path
) -> None:
    variables = settings(database_url, NOWHERE)
    await signalbox("apply", str(SHOP), variables=variables)
    (tmp_path / "bad.yaml").write_text("framework: other\nrules: 7\n")
    said = await signalbox("apply", str(tmp_path), variables=variables)
    assert said.status == 1
    assert "bad.yaml:2" in said.out
    status = await signalbox("status", "--json", variables=variables)
    document = json.loads(status.out)
    assert (document["framework"], document["revision"]) == ("shop", 1)


async def test_status_before_the_first_record_shows_the_whole_map(database_url: str) -> None:
    variables = settings(database_url, NOWHERE)
    await signalbox("apply", str(SHOP), variables=variables)
    said = await signalbox("status", variables=variables)
    assert said.status == 0
    for title in ("I wait for my parcel", "My parcel arrives", "Satisfied with delivery"):
        assert title in said.out
    assert "nothing yet" in said.out
    assert said.err == ""


async def test_status_counts_the_signals_that_are_kept_back(database_url: str) -> None:
    variables = settings(database_url, NOWHERE)
    await signalbox("apply", str(SHOP), variables=variables)
    connection = await asyncpg.connect(database_url)
    try:
        for state, times in (("sent", 2), ("not_sent: too_old", 3)):
            await connection.execute(
                """
                INSERT INTO outbox (topic, key, headers, value, signal, state)
                SELECT 'signals', '', '[]', '', 'reached', $1::text FROM generate_series(1, $2)
                """,
                state,
                times,
            )
    finally:
        await connection.close()
    said = await signalbox("status", variables=variables)
    told = "Signals: 2 sent, 3 kept and not sent, because they are about the past."
    assert told in said.out.splitlines()


async def test_lists_of_nothing_say_so(database_url: str) -> None:
    variables = settings(database_url, NOWHERE)
    await signalbox("apply", str(SHOP), variables=variables)
    assert "no dead letters" in (await signalbox("dead-letters", "list", variables=variables)).out
    listed = await signalbox("opportunities", "list", variables=variables)
    assert "No opportunities" in listed.out
    as_json = await signalbox("opportunities", "list", "--json", variables=variables)
    assert json.loads(as_json.out) == []


@pytest.mark.parametrize(
    "command", ["opportunities show 7", "dead-letters show 7", "explain 7", "explain shop:7"]
)
async def test_what_is_not_there_gives_status_1(database_url: str, command: str) -> None:
    said = await signalbox(*command.split(), variables=settings(database_url, NOWHERE))
    assert said.status == 1
    assert "There is no" in said.out


async def test_explain_refuses_what_is_neither_number_nor_event(database_url: str) -> None:
    said = await signalbox("explain", "that", variables=settings(database_url, NOWHERE))
    assert said.status == 2
    assert "SYSTEM:ID" in said.err


async def test_the_doctor_finds_nothing_wrong_with_a_complete_installation(
    database_url: str, broker: str, topics: MakeTopic, tmp_path: Path
) -> None:
    topic, signals = await topics("orders"), await topics("signals")
    (tmp_path / "shop.yaml").write_text(shop_that_reads(topic))
    variables = settings(database_url, broker, signals_topic=signals)
    applied = await signalbox("apply", str(tmp_path), variables=variables)
    assert applied.status == 0, applied.out
    said = await signalbox("doctor", variables=variables)
    assert said.status == 0, said.out
    assert said.out.count("ok") >= 7
    document = json.loads((await signalbox("doctor", "--json", variables=variables)).out)
    assert all(finding["well"] for finding in document)


async def test_the_doctor_names_a_remedy_beside_each_failure(
    empty_database_url: str, broker: str, topics: MakeTopic
) -> None:
    topic = await topics("journey.opportunities")
    variables = settings(empty_database_url, broker, signals_topic=topic[:-1])
    said = await signalbox("doctor", "--json", variables=variables)
    assert said.status == 1
    failures = {one["what"]: one for one in json.loads(said.out) if not one["well"]}
    assert failures["migrations"]["remedy"] == "Run: signalbox migrate"
    assert failures["topics"]["detail"] == f"The broker has no {topic[:-1]} (it has {topic})."
    assert "Create what is missing" in failures["topics"]["remedy"]
    assert all(failure["remedy"] for failure in failures.values())


async def test_the_doctor_tells_of_a_broker_that_is_away(database_url: str) -> None:
    said = await signalbox("doctor", variables=settings(database_url, NOWHERE))
    assert said.status == 1
    assert "The broker 127.0.0.1:1 cannot be reached" in said.out
    assert said.err == ""


def shop_that_reads(topic: str) -> str:
    """The smallest framework that reads a topic."""
    return f"""
framework: small
teams: [{{id: webshop, title: Webshop}}]
journeys:
- id: purchase
  title: I buy something
  owner: webshop
  stages:
  - id: buy
    title: I order
    owner: webshop
    touchpoints: [{{id: order-placed, title: I place my order}}]
rules:
- id: order
  when: event.kind == "sales.order.placed"
  place: purchase/buy/order-placed
sources:
- {{id: shop, connector: shopify, system: shop-de, topic: {topic}}}
"""
