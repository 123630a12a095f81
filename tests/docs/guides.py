"""Guides as what is in them: blocks by language, shell lines by word."""

import re
import shlex
from pathlib import Path

import typer
from typer.core import TyperGroup

from service.cli.main import app

DOCS = Path(__file__).parents[2] / "docs"


class Guide:
    """One page of `docs`."""

    def __init__(self, name: str) -> None:
        self.text = (DOCS / name).read_text()

    def blocks(self, language: str) -> list[str]:
        """The code blocks of a language, in order."""
        pattern = rf"^```{language}\n(.*?)^```$"
        return re.findall(pattern, self.text, re.MULTILINE | re.DOTALL)

    def lines(self) -> list[list[str]]:
        """The lines of shell blocks, in order, as words."""
        return [shlex.split(line) for block in self.blocks("sh") for line in block.splitlines()]

    def commands(self) -> list[list[str]]:
        """The arguments of each `signalbox`, in order."""
        return [line[1:] for line in self.lines() if line[0] == "signalbox"]

    def broken_links(self) -> list[str]:
        links = re.findall(r"\]\(([^)#]+)\)", self.text)
        return [link for link in links if not (DOCS / link).exists()]


def mentioned(text: str) -> list[list[str]]:
    """The arguments of each `signalbox` in the middle of a sentence."""
    return [shlex.split(words) for words in re.findall(r"`signalbox ([^`]+)`", text)]


def assert_is_command(arguments: list[str]) -> None:
    """The command line takes these arguments; nothing is done."""
    command = typer.main.get_command(app)
    context = typer.Context(command)
    while isinstance(command, TyperGroup):
        name, found, arguments = command.resolve_command(context, list(arguments))
        assert found is not None
        command, context = found, typer.Context(found, parent=context, info_name=name)
    command.make_context(command.name, arguments)
