"""The examples are there from a wheel, too, and are copied without touching what is there."""

import tomllib
from pathlib import Path

import pytest

from service.examples import ExampleError, copy_example

ROOT = Path(__file__).parents[2]
PACKED = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["data-files"]


def test_a_wheel_holds_every_file_of_every_example_in_its_folder() -> None:
    packed = {
        (target.removeprefix("share/signalbox/"), file.relative_to(ROOT).as_posix())
        for target, patterns in PACKED.items()
        for pattern in patterns
        for file in ROOT.glob(pattern)
    }
    there = [file.relative_to(ROOT) for file in (ROOT / "examples").rglob("*") if file.is_file()]
    assert packed == {(file.parent.as_posix(), file.as_posix()) for file in there}


def test_a_copy_is_the_example(tmp_path: Path) -> None:
    written = copy_example("saas", tmp_path / "new" / "deep")
    origin = ROOT / "examples" / "saas"
    assert [file.relative_to(tmp_path / "new" / "deep") for file in written] == sorted(
        file.relative_to(origin) for file in origin.rglob("*") if file.is_file()
    )
    assert (tmp_path / "new/deep/rules.yaml").read_text() == (origin / "rules.yaml").read_text()


def test_nothing_is_written_where_one_of_the_files_is_there(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text("mine\n")
    with pytest.raises(ExampleError, match=r"rules\.yaml is there already"):
        copy_example("saas", tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["rules.yaml"]
    assert (tmp_path / "rules.yaml").read_text() == "mine\n"
