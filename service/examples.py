"""The frameworks that come along: where they are, in a checkout or where a wheel puts them."""

import shutil
import sysconfig
from pathlib import Path
from typing import Final, Literal, TypeAlias

Example: TypeAlias = Literal["shop", "saas", "empty"]

_CHECKOUT: Final = Path(__file__).parents[1] / "examples"
_INSTALLED: Final = Path(sysconfig.get_path("data")) / "share" / "signalbox" / "examples"


class ExampleError(Exception):
    """An example is not there, or there is no place for its copy. The text says what to do."""


def example_directory(name: Example) -> Path:
    """Where an example lies. Raises `ExampleError` if this installation lacks it."""
    found = next((each / name for each in (_CHECKOUT, _INSTALLED) if (each / name).is_dir()), None)
    if found is None:
        raise ExampleError(
            f"The example {name} is in neither {_CHECKOUT} nor {_INSTALLED}. "
            "Install Signalbox again, with its data files."
        )
    return found


def copy_example(name: Example, into: Path) -> list[Path]:
    """Copies an example to a directory, which is made; the files that it wrote, in order.

    Nothing that is there is touched: raises `ExampleError` if one of the files exists.
    """
    origin = example_directory(name)
    files = sorted(file.relative_to(origin) for file in origin.rglob("*") if file.is_file())
    there = next((into / file for file in files if (into / file).exists()), None)
    if there is not None:
        raise ExampleError(f"{there} is there already. Name a new directory: nothing was written.")
    for file in files:
        (into / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(origin / file, into / file)
    return [into / file for file in files]
