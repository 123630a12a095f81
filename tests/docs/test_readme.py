"""What the README tells people to type works, in the order in which it is told."""

import re
import shutil
import subprocess
from functools import partial
from pathlib import Path

import pytest

from connectors.registry import connector_options
from service.embedded import free_port, listening
from service.framework.loading import Accepted, load_directory
from service.settings import Settings
from tests.docs.guides import assert_is_command, mentioned
from tests.support.command import running, settings, signalbox
from tests.support.servers import MakeTopic
from tests.support.waiting import wait_for

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    """The code blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def commands(word: str) -> list[list[str]]:
    """The lines of shell blocks that begin with a word, in order, as arguments."""
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    return [line.split()[1:] for line in lines if line.split()[0] == word]


def written_framework(into: Path) -> Path:
    """The framework of the README, in the file that its first line names."""
    (text,) = blocks("yaml")
    file = into / text.splitlines()[0].removeprefix("# ")
    file.parent.mkdir()
    file.write_text(text)
    return file


def test_shell_blocks_hold_nothing_that_is_not_tried_here() -> None:
    words = {line.split()[0] for block in blocks("sh") for line in block.splitlines()}
    assert words == {"make", "export", "signalbox"}


@pytest.mark.parametrize("target", [target for (target,) in commands("make")])
def test_make_knows_what_the_readme_asks_of_it(target: str) -> None:
    make = shutil.which("make")
    assert make is not None
    dry = subprocess.run([make, "-n", target], cwd=ROOT, capture_output=True, check=False)
    assert dry.returncode == 0, dry.stderr


def test_variables_are_settings() -> None:
    names = {assignment.partition("=")[0] for assignment, *_comment in commands("export")}
    settable = {f"SIGNALBOX_{name.upper()}" for name in Settings.model_fields}
    assert names - settable == {"PATH"}


@pytest.mark.parametrize("arguments", mentioned(README), ids=" ".join)
def test_a_command_in_a_sentence_is_one_that_there_is(arguments: list[str]) -> None:
    assert_is_command(arguments)


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_picture_shows_the_example_framework_as_it_is() -> None:
    loaded = load_directory(ROOT / "examples" / "shop", connector_options())
    assert isinstance(loaded, Accepted)
    picture = README.split("```")[1]
    for journey in loaded.framework.journeys:
        titles = [journey.title, *(stage.title for stage in journey.stages)]
        titles += [t.title for stage in journey.stages for t in stage.touchpoints]
        assert [title for title in titles if title not in picture] == []
    assert all(metric.title in picture for metric in loaded.framework.metrics)


async def test_the_first_topic_is_read_with_the_commands_as_they_stand(
    empty_database_url: str, broker: str, topics: MakeTopic, tmp_path: Path
) -> None:
    framework = written_framework(tmp_path)
    topic = await topics("shop.webhooks")
    framework.write_text(framework.read_text().replace("shop.webhooks", topic))
    port = free_port()
    variables = settings(empty_database_url, broker, signals_topic=await topics("signals"))
    variables["SIGNALBOX_HEALTH_PORT"] = str(port)
    given = commands("signalbox")
    at_run = given.index(["run"])

    async def typed(arguments: list[str]) -> None:
        in_place = [str(framework.parent) if word == "my-shop" else word for word in arguments]
        said = await signalbox(*in_place, variables=variables)
        assert (said.status, said.err) == (0, ""), (arguments, said.out)

    for arguments in given[:at_run]:
        await typed(arguments)
    async with running(variables=variables):
        await wait_for(partial(listening, port), deadline_s=60)
        for arguments in given[at_run + 1 :]:
            await typed(arguments)
