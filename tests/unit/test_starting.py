"""What a process imports before it works: its start costs that, whatever it does afterwards."""

import subprocess
import sys
from pathlib import Path
from typing import Final

from connectors import registry

ROOT: Final = Path(__file__).parents[2]
TOOLS: Final = {place.partition(":")[0] for place in registry._PLACES.values()}
CLIENTS: Final = {"aiokafka", "asyncpg", "faststream", "httpx", "sqlalchemy", "starlette"}

TELLING: Final = """
import atexit, sys
atexit.register(lambda: print(*sys.modules, file=sys.stderr))
from service.cli.main import main
main()
"""


def imported_by(*arguments: str | Path) -> set[str]:
    """The modules that `signalbox` with these arguments has when it ends."""
    command = (sys.executable, "-c", TELLING, *arguments)
    ended = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    return set(ended.stderr.split())


def test_a_process_has_the_connectors_that_its_sources_name_and_no_others(tmp_path: Path) -> None:
    text = (ROOT / "examples" / "empty" / "framework.yaml").read_text()
    framework = tmp_path / "framework.yaml"
    framework.write_text(text.replace("connector: canonical", "connector: typeform"))
    assert imported_by("validate", framework) & TOOLS == {"connectors.feedback.typeform"}


def test_what_needs_no_server_has_no_client_of_one(tmp_path: Path) -> None:
    records = tmp_path / "records.jsonl"
    records.write_text("{}\n")
    example = ROOT / "examples" / "empty" / "framework.yaml"
    assert not imported_by("try", example, "--file", records) & CLIENTS
