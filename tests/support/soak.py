"""All faults at full length, one part after the other, and what came of them as a table.

`make soak` runs it; arguments are tests to run instead of all parts. What a test counts it writes
as a line of JSON; the table has it beside the test's result. The status is 1 if a test failed.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[2]
PARTS: Final = ("tests/simulation", "tests/integration/test_replay.py", "tests/faults")
LENGTH: Final = {
    "SIGNALBOX_TEST_RECORDS": "200000",
    "SIGNALBOX_TEST_STORIES": "10000",
    "SIGNALBOX_TEST_SEED": str(int(time.time())),
}
"""What is in the environment already stays."""

WRONG: Final = frozenset({"failure", "error", "skipped"})


class Ended(NamedTuple):
    """A test, how it ended, and what it counted."""

    name: str
    result: str
    seconds: float
    counted: str

    def line(self) -> str:
        return f"| `{self.name}` | {self.result} | {self.seconds:.0f} | {self.counted} |"


def main(tests: Sequence[str]) -> int:
    """Run the parts and print the table: the exit status."""
    length = {name: os.environ.get(name, value) for name, value in LENGTH.items()}
    ended = [one for part in tests or PARTS for one in _run(part, os.environ | length)]
    minutes = sum(one.seconds for one in ended) / 60
    said = ", ".join(f"`{name}={value}`" for name, value in length.items())
    head = f"{datetime.now(UTC):%Y-%m-%d}, {minutes:.0f} minutes on {os.cpu_count()} cores: {said}"
    table = ["| test | result | seconds | what it counted |", "|---|---|---|---|"]
    sys.stdout.write("\n".join(["", head, "", *table, *(one.line() for one in ended), ""]))
    return int(not ended or any(one.result != "passed" for one in ended))


def _run(part: str, environment: dict[str, str]) -> Iterator[Ended]:
    """A part runs to its end, whatever fails in it."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        subprocess.run(
            [
                *(sys.executable, "-m", "pytest", part, f"--junitxml={report}"),
                *("-o", "junit_logging=system-out", "-o", "faulthandler_timeout=0"),
            ],
            cwd=ROOT,
            env=environment,
            check=False,
        )
        cases = ET.parse(report).iter("testcase") if report.exists() else ()
        for name, same in groupby(cases, key=_name):
            yield _ended(name, list(same))


def _name(case: ET.Element) -> str:
    """Of a test, whatever its parameters."""
    module = case.get("classname", "").replace(".", "/")
    return f"{module}.py::{case.get('name', '').partition('[')[0]}"


def _ended(name: str, cases: Sequence[ET.Element]) -> Ended:
    wrong = [child.tag for case in cases for child in case if child.tag in WRONG]
    said = [line for case in cases for line in (case.findtext("system-out") or "").splitlines()]
    return Ended(
        name,
        wrong[0] if wrong else "passed",
        sum(float(case.get("time", 0)) for case in cases),
        "; ".join(_words(json.loads(line)) for line in said if line.startswith("{")),
    )


def _words(counted: dict[str, object]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counted.items())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
