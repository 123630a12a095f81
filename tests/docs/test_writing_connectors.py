"""What `docs/connectors/writing.md` tells people to do works, in the order in which it is told."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
TUTORIAL = (ROOT / "docs" / "connectors" / "writing.md").read_text(encoding="utf-8")


class Block(NamedTuple):
    """A block of code: its language, the file that it is, its text."""

    language: str
    file: str
    text: str


BLOCKS = [
    Block(*found)
    for found in re.findall(r"^```(\w+) ?(\S*)\n(.*?)^```$", TUTORIAL, re.MULTILINE | re.DOTALL)
]


class Reader:
    """Somebody who follows the page in a directory of their own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._site = directory / "site"
        self._said = ""

    def follow(self, block: Block) -> None:
        if block.file:
            (self.directory / block.file).write_text(block.text, encoding="utf-8")
        elif block.language == "sh":
            self._said = "".join(self._run(line) for line in block.text.splitlines())
        elif block.language == "output":
            assert block.text.rstrip() in self._said
        elif block.language == "diff":
            self._edit(block.text)

    def _run(self, line: str) -> str:
        program, *arguments = line.split()
        if program == "cd":
            self.directory = self.directory / arguments[0]
            return ""
        module = {"signalbox": ["-m", "service.cli.main"], "pip": ["-m", "pip"], "python": []}
        if program == "pip":
            # Without a network, and not into the environment of the tests.
            arguments += ["-q", "--no-deps", "--no-index", "--no-build-isolation"]
            arguments += ["--target", str(self._site)]
        # What is edited comes before what was installed.
        path = os.pathsep.join(map(str, (self.directory, self._site, ROOT)))
        ran = subprocess.run(
            [sys.executable, *module[program], *arguments],
            cwd=self.directory,
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def _edit(self, diff: str) -> None:
        """Each stretch of the diff, which names no lines, is found by its words."""
        head, *stretches = diff.split("@@\n")
        name = re.search(r"^\+\+\+ b/(\S+)$", head, re.MULTILINE)
        assert name is not None
        file = self.directory / name[1]
        text = file.read_text(encoding="utf-8")
        for stretch in stretches:
            lines = stretch.splitlines(keepends=True)
            before = "".join(line[1:] for line in lines if line[0] in " -")
            after = "".join(line[1:] for line in lines if line[0] in " +")
            assert text.count(before) == 1, before
            text = text.replace(before, after)
        file.write_text(text, encoding="utf-8")


@pytest.mark.slow
def test_the_tutorial_works_from_top_to_bottom(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    for block in BLOCKS:
        reader.follow(block)
    assert {block.language for block in BLOCKS} == {"json", "yaml", "sh", "output", "diff"}
