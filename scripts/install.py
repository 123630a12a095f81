"""Sets the project up: makes `.venv` and installs the locked versions and the project into it.

    python3 scripts/install.py

Only the standard library, and only what every Python since 3.7 can read, so that a wrong one is
told so. What goes wrong is said in one sentence with what to do. Running it again is quick.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
NEEDED_BYTES = 1_500_000_000
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "installed"
INTERPRETERS = ("python3.13", "python3.12", "python3.11")

# What pip says, and what that means for the person who reads it. The first that fits is told.
MEANINGS = {
    "No space left on device": "The disk is full: free about 1.5 GB and run this again.",
    "DO NOT MATCH THE HASHES": (
        "A downloaded package is not the one that was locked: the package index or a cache on "
        "the way changed it. Run this again; if it stays, ask who runs your package index."
    ),
    "Temporary failure in name resolution": (
        "There is no network, or no name service: connect and run this again."
    ),
    "Failed to establish a new connection": (
        "The package index cannot be reached: check the network and pip's proxy settings, then "
        "run this again."
    ),
    "timed out": "The package index does not answer: check the network and run this again.",
    "No matching distribution found": (
        "A locked package is not to be had for this machine and this Python."
    ),
    "Permission denied": "The project's folder is not yours to write in: change that.",
}


class SetupError(Exception):
    """The set-up cannot go on. The text is the sentence for the person in front of it."""


def main() -> int:
    try:
        install(python())
    except SetupError as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run it again to go on.", file=sys.stderr)
        return 130
    return 0


def install(interpreter: str) -> None:
    wanted = digest(interpreter)
    if STAMP.exists() and STAMP.read_text() == wanted:
        print("Already installed in .venv.")
        return
    check_disk()
    make_venv(interpreter)
    print("Installing the locked versions into .venv; the first time takes a minute or two.")
    pip("--require-hashes", "-r", str(LOCK))
    pip("--no-deps", "--no-build-isolation", "-e", str(ROOT))
    STAMP.write_text(wanted)
    print("Installed. Next: make demo, or .venv/bin/signalbox --help")


def python() -> str:
    """The interpreter to use: this one, or a newer one on the path if this one is too old."""
    if sys.version_info >= OLDEST:
        return sys.executable
    newer = next(filter(new_enough, map(shutil.which, INTERPRETERS)), None)
    if newer is None:
        raise SetupError(
            f"Signalbox needs Python {OLDEST[0]}.{OLDEST[1]} or newer and this is "
            f"{sys.version_info[0]}.{sys.version_info[1]}: install one, or name it, as in "
            "make install PYTHON=/opt/python3.12/bin/python3"
        )
    return newer


def digest(interpreter: str) -> str:
    content = LOCK.read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    return hashlib.sha256(content + os.path.realpath(interpreter).encode()).hexdigest()


def check_disk() -> None:
    free = shutil.disk_usage(str(ROOT)).free
    if free < NEEDED_BYTES:
        raise SetupError(
            f"The set-up needs about {NEEDED_BYTES / 1e9:.1f} GB and {ROOT} has "
            f"{free / 1e9:.1f} GB left: free some and run this again."
        )


def make_venv(interpreter: str) -> None:
    if usable_venv():
        return
    print(f"Making .venv with {interpreter}")
    made = subprocess.run(
        [interpreter, "-m", "venv", "--clear", str(VENV)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if made.returncode == 0:
        return
    if "ensurepip" in made.stdout or "No module named venv" in made.stdout:
        raise SetupError(
            "This Python lacks its venv module: on Debian and Ubuntu, apt install python3-venv, "
            "then run this again."
        )
    raise SetupError(f"Python could not make .venv: {sentence(made.stdout.splitlines())}")


def usable_venv() -> bool:
    """Whether `.venv` is there with a Python that is new enough and has pip."""
    return new_enough(str(VENV / "bin" / "python"), "import pip")


def new_enough(program: str | None, also: str = "") -> bool:
    """Whether the program is a Python that runs and is new enough (and can do something else)."""
    if program is None or not Path(program).exists():
        return False
    asked = f"import sys; {also}\nsys.exit(sys.version_info < {OLDEST!r})"
    run = subprocess.run([program, "-c", asked], stderr=subprocess.DEVNULL, check=False)
    return run.returncode == 0


def pip(*arguments: str) -> None:
    """Runs pip's install, shows how far it is, and explains a failure."""
    command = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--no-input", "--retries", "2"]
    command += ["--disable-pip-version-check", "--progress-bar", "off"]
    process = subprocess.Popen(
        command + list(arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines = follow(process)
    if process.wait() != 0:
        raise SetupError(sentence(lines))


def follow(process: subprocess.Popen[str]) -> list[str]:
    """Reads what pip says to its end; the lines."""
    total = sum(1 for line in LOCK.read_text().splitlines() if "==" in line)
    lines, found = [], 0
    for line in process.stdout or ():
        lines.append(line.rstrip())
        if line.startswith(("Collecting", "Requirement already satisfied")):
            found += 1
            if found % 10 == 0:
                print(f"  {found} of {total} packages found", flush=True)
        elif line.startswith("Installing collected"):
            print("  unpacking", flush=True)
    return lines


def sentence(lines: list[str]) -> str:
    """What went wrong in plain words, and then in pip's."""
    said = "\n".join(lines)
    last = ([line for line in lines if line.startswith("ERROR: ")] or lines or [""])[-1]
    meaning = next((MEANINGS[mark] for mark in MEANINGS if mark in said), "The set-up failed.")
    return f"{meaning}\n({last.replace('ERROR: ', '')})"


if __name__ == "__main__":
    sys.exit(main())
