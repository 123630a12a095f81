"""`signalbox dead-letters`: what people see of them, retry, and give up."""

import json
from typing import Any

import pytest
import yaml

from tests.support.command import settings as variables_for
from tests.support.command import signalbox
from tests.support.ingesting import START_US, differences, ingesting, record, span
from tests.support.letters import ANSWERS, AS_TEXT, RIGHT, answer, with_survey
from tests.support.small_shop import ordered

TOPICS = ("one", "two", ANSWERS)


async def survey_gone_wrong(database_url: str) -> dict[str, str]:
    """A database with four letters of wrong type, one broken, and two event types unknown."""
    async with ingesting(database_url, with_survey(AS_TEXT), TOPICS) as here:
        answers = [answer(n, f"r{n}", 4) for n in range(4)]
        deleted = [answer(n, f"r{n}", 4, kind="form_deleted") for n in range(4, 7)]
        moved = answer(7, "r7", 4, kind="form.moved")
        await here.committed(span([record(0, b"{"), record(1, ordered("o1", START_US))]))
        await here.committed(span([*answers, *deleted, moved]))
    return variables_for(database_url, "127.0.0.1:1", subject_key="a key for tests alone")


async def listed(variables: dict[str, str], *arguments: str) -> Any:
    said = await signalbox("dead-letters", "list", "--json", *arguments, variables=variables)
    assert said.status == 0, said.err
    return json.loads(said.out)


async def test_letters_are_found_by_source_reason_and_time(database_url: str) -> None:
    variables = await survey_gone_wrong(database_url)
    whole = await listed(variables)
    assert len(whole["dead_letters"]) == 9
    for arguments, number in (
        (("--source", "one"), 1),
        (("--reason", "wrong_type"), 4),
        (("--source", "one", "--reason", "wrong_type"), 0),
        (("--until", "2026-10-28T00:00:01"), 2),
        (("--since", "2026-10-28T00:00:01"), 7),
        (("--since", "2026-10-28T00:00:01+00:00", "--until", "2026-10-28T00:00:02Z"), 1),
        (("--since", "1h"), 0),
    ):
        found = await listed(variables, *arguments)
        assert len(found["dead_letters"]) == number, arguments
        assert sum(group["letters"] for group in found["groups"]) == number, arguments
    said = await signalbox("dead-letters", "list", "--since", "yesterday", variables=variables)
    assert said.status == 2
    assert "'yesterday' is no time: write a date" in said.err


async def test_unknown_event_types_are_one_line_each_which_fits_into_the_source(
    database_url: str,
) -> None:
    variables = await survey_gone_wrong(database_url)
    said = await signalbox("dead-letters", "list", variables=variables)
    lines = [line for line in said.out.splitlines() if "ignore: [" in line]
    assert [line.split(maxsplit=2) for line in lines] == [
        ["3", "survey", 'ignore: ["form_deleted"]'],
        ["1", "survey", 'ignore: ["form.moved"]'],
    ]
    async with ingesting(database_url, None) as here:
        await here.apply(
            with_survey(f"{RIGHT[: RIGHT.index(', ignore')]}, {lines[0].split(maxsplit=2)[2]}")
        )
    said = await signalbox("dead-letters", "list", variables=variables)
    line = next(line for line in said.out.splitlines() if "form.moved" in line)
    assert yaml.safe_load(line.split(maxsplit=2)[2]) == {"ignore": ["form_deleted", "form.moved"]}


async def test_a_retry_says_what_it_would_do_and_what_it_did(database_url: str) -> None:
    variables = await survey_gone_wrong(database_url)
    async with ingesting(database_url, None) as here:
        await here.apply(with_survey(RIGHT))
    said = await signalbox("dead-letters", "retry", "--dry-run", variables=variables)
    assert said.status == 1
    assert "Tried 9. They would become: events 4, ignored 3, dead letters 2." in said.out
    assert "Nothing was changed." in said.out
    said = await signalbox("dead-letters", "retry", "--source", "survey", variables=variables)
    assert "Tried 8. They became: events 4, ignored 3, dead letters 1." in said.out
    assert "Still wrong: survey unknown_type 1." in said.out
    said = await signalbox("dead-letters", "retry", "--json", variables=variables)
    assert json.loads(said.out)["letters"] == 2
    assert await differences(database_url) == []
    status = await signalbox("status", "--json", variables=variables)
    assert json.loads(status.out)["outcomes"]["dead_letters"] == 2


async def test_discarding_needs_a_choice_and_a_reason(database_url: str) -> None:
    variables = await survey_gone_wrong(database_url)
    for arguments in (("--because", "x"), ("1",), ("1", "--because", " ")):
        said = await signalbox("dead-letters", "discard", *arguments, variables=variables)
        assert said.status == 2, arguments
    (letter,) = (await listed(variables, "--source", "one"))["dead_letters"]
    chosen = (str(letter["id"]), "--because", "sent by a test")
    said = await signalbox("dead-letters", "discard", *chosen, variables=variables)
    assert (said.status, said.out) == (0, "1 discarded.\n")
    assert len((await listed(variables))["dead_letters"]) == 8
    assert await differences(database_url) == []


@pytest.mark.parametrize("command", ["retry", "discard 1 --because x"])
async def test_without_a_revision_nothing_is_decided(command: str, database_url: str) -> None:
    variables = variables_for(database_url, "127.0.0.1:1")
    said = await signalbox("dead-letters", *command.split(), variables=variables)
    assert said.status == 2
    assert "No framework has been applied yet" in said.err
