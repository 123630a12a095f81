"""What the guides tell people to type and to write works, in the order in which it is told."""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import yaml

from connectors.registry import connector_options
from service.embedded import free_port, listening
from service.framework.loading import Accepted, load_directory
from service.routing import check_condition
from tests.docs.guides import DOCS, Guide
from tests.support.command import running, settings, signalbox
from tests.support.servers import MakeTopic
from tests.support.waiting import wait_for

RULES, TUTORIAL = Guide("rules.md"), Guide("tutorial.md")
ROOT = DOCS.parent


@pytest.mark.parametrize("page", sorted(page.name for page in DOCS.glob("*.md")))
def test_links_lead_somewhere(page: str) -> None:
    assert Guide(page).broken_links() == []


def test_shell_blocks_hold_nothing_that_is_not_tried_here() -> None:
    words = {line[0] for guide in (RULES, TUTORIAL) for line in guide.lines()}
    assert words == {"make", "export", "signalbox"}


@pytest.mark.parametrize("condition", RULES.blocks("cel"))
def test_a_condition_of_the_guide_is_right(condition: str) -> None:
    assert not isinstance(check_condition(condition.strip()), tuple)


@pytest.mark.parametrize("mistake", RULES.blocks("text")[0].strip().split("\n\n"))
def test_a_mistake_of_the_guide_is_told_as_it_says(mistake: str, tmp_path: Path) -> None:
    written, told = mistake.splitlines()
    text = (ROOT / "examples" / "empty" / "framework.yaml").read_text()
    right = 'when: event.kind == "support.contact"'
    (tmp_path / "framework.yaml").write_text(text.replace(right, written, 1))
    loaded = load_directory(tmp_path, connector_options())
    assert not isinstance(loaded, Accepted)
    (problem,) = loaded.problems
    assert str(problem).split(": ", 1)[1] == told


def test_the_rules_of_the_guide_are_accepted_in_the_shop(tmp_path: Path) -> None:
    for file in (ROOT / "examples" / "shop").glob("*.yaml"):
        shutil.copy(file, tmp_path)
    for block in RULES.blocks("yaml"):
        (tmp_path / "rules.yaml").write_text(block)
        assert isinstance(load_directory(tmp_path, connector_options()), Accepted)


async def test_the_commands_of_the_rules_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments in RULES.commands():
        await typed(arguments)


async def typed(arguments: list[str], variables: Mapping[str, str] | None = None) -> str:
    said = await signalbox(*arguments, variables=variables)
    assert (said.status, said.err) == (0, ""), (arguments, said)
    return said.out


def written_out(framework: Path, topic: str) -> None:
    """The blocks of YAML in place of what the framework has of the same names."""
    whole = yaml.safe_load(framework.read_text())
    for block in TUTORIAL.blocks("yaml"):
        whole |= yaml.safe_load(block)
    whole["sources"][0]["topic"] = topic
    framework.write_text(yaml.safe_dump(whole, sort_keys=False))


def export_of_last_week() -> str:
    """The tutorial's export, with enough answers, most of them bad."""
    heading, example, *_ = TUTORIAL.blocks("csv")[0].splitlines()
    old = example.split(";")
    rows = [heading]
    for number in range(60):
        answered = datetime.now(UTC) - timedelta(days=1, minutes=number)
        stars = "2" if number % 3 else "5"
        row = [f"a-{number}", f"{answered:%d.%m.%Y %H:%M}", f"c{number}@mail.example", stars]
        rows.append(";".join([*row, old[4]]))
    return "\n".join(rows)


async def test_an_evening_ends_with_an_opportunity_of_ones_own(  # noqa: PLR0917 - fixtures
    empty_database_url: str,
    broker: str,
    broker_is_durable: bool,  # noqa: FBT001 - a fixture has no other way
    topics: MakeTopic,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "answers.csv").write_text(export_of_last_week())
    topic, port = await topics("survey.answers"), free_port()
    variables = settings(
        empty_database_url,
        broker,
        signals_topic=await topics("signals"),
        health_port=str(port),
        session_timeout_ms="6000",
        producer_idempotence=str(broker_is_durable).lower(),
    )
    given = TUTORIAL.commands()
    at_export = given.index(["try", "my-company", "--file", "answers.csv"])
    at_run, at_list = given.index(["run"]), given.index(["opportunities", "list"])
    for arguments in given[:at_export]:
        await typed(arguments)
    written_out(tmp_path / "my-company" / "framework.yaml", topic)
    for arguments in given[at_export:at_run]:
        said = await typed(arguments, variables)
        assert arguments[0] != "try" or "60 items: 60 events" in said

    async def is_found() -> bool:
        return "#1  " in await typed(["opportunities", "list"], variables)

    async with running(variables=variables):
        await wait_for(partial(listening, port), deadline_s=60)
        for arguments in given[at_run + 1 : at_list]:
            await typed(arguments, variables)
        await wait_for(is_found, deadline_s=90)
        out = {tuple(line[:2]): await typed(line, variables) for line in given[at_list:]}
    shown = " ".join(out["opportunities", "show"].split())
    assert "satisfied with our answers is 33 %, objective at least 80 %" in shown
    assert "20 of 60 answers were good in 28 days" in shown
    assert 'They say "Quick, thank you."' in shown
    assert "opportunity 1 is in progress now" in out["opportunities", "start"]
    assert "exact" in out["audit",].lower()
