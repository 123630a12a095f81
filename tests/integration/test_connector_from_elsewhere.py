"""A connector from another project: made by `connectors new`, installed from its own wheel."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import signalbox

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `connectors new` made."""
    parent = tmp_path_factory.mktemp("projects")
    command = [sys.executable, "-m", "service.cli.main", "connectors", "new", "acme"]
    subprocess.run([*command, "--in", str(parent)], check=True, cwd=ROOT)
    return parent / "signalbox-acme"


@pytest.fixture(scope="module")
def site(project: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables of a process where that project is installed beside ours."""
    target = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    arguments = ["--no-build-isolation", "--target", str(target), str(project)]
    subprocess.run([*pip, *arguments], check=True, cwd=project)
    return {"PYTHONPATH": f"{target}:{ROOT}"}


async def test_it_is_listed_shown_and_tried_like_ours(project: Path, site: dict[str, str]) -> None:
    listed = await signalbox("connectors", "list", variables=site)
    assert re.search("^acme +tickets of acme, one a record.$", listed.out, re.MULTILINE)
    shown = await signalbox("connectors", "show", "acme", variables=site)
    assert "the work of agents" in shown.out
    example = str(project / "example.json")
    tried = await signalbox("connectors", "try", "acme", example, "--json", variables=site)
    (event,) = json.loads(tried.out)["events"]
    assert (event["kind"], event["score"]["value"]) == ("feedback.csat", 4.0)


async def test_a_framework_may_name_it(site: dict[str, str], tmp_path: Path) -> None:
    for file in (ROOT / "examples" / "shop").glob("*.yaml"):
        text = file.read_text().replace("connector: zendesk", "connector: acme")
        (tmp_path / file.name).write_text(text)
    validated = await signalbox("validate", str(tmp_path), variables=site)
    assert validated.status == 0, validated.out
    missing = await signalbox("validate", str(tmp_path))
    assert 'unknown connector "acme"' in missing.out


def test_its_own_tests_pass(project: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=project,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout


async def test_a_project_is_never_overwritten(project: Path) -> None:
    again = await signalbox("connectors", "new", "acme", "--in", str(project.parent))
    assert (again.status, "cannot be made" in again.err) == (2, True)
    named = await signalbox("connectors", "new", "Acme Inc", "--in", str(project.parent))
    assert "is no name for a connector" in named.err
    ours = await signalbox("connectors", "new", "zendesk", "--in", str(project.parent))
    assert "There is a connector zendesk already" in ours.err
