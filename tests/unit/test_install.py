"""The set-up says in one plain sentence what is wrong and what to do."""

import shutil
import sys
from types import SimpleNamespace

import pytest

from scripts import install


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES FROM", "not the one that was locked"),
        ("[Errno -3] Temporary failure in name resolution", "no network"),
        ("Failed to establish a new connection: refused", "cannot be reached"),
        ("Read timed out. (read timeout=15)", "does not answer"),
        ("ERROR: No matching distribution found for x==1", "not to be had"),
        ("Permission denied: '/srv/x'", "not yours to write in"),
        ("something else", "The set-up failed"),
    ],
)
def test_what_pip_says_is_put_in_plain_words(said: str, means: str) -> None:
    told = install.sentence(["Collecting x", f"ERROR: {said}"])

    assert means in told
    assert len(told.splitlines()) == 2


def test_an_old_python_is_told_so_where_no_newer_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(shutil, "which", lambda name: None)

    with pytest.raises(install.SetupError, match=r"needs Python 3\.11 or newer and this is 3\.9:"):
        install.python()


def test_a_newer_python_on_the_path_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(shutil, "which", {"python3.12": sys.executable}.get)

    assert install.python() == sys.executable


def test_a_newer_python_that_does_not_run_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Version managers leave names on the path that only say which version is chosen."""
    found = {"python3.13": shutil.which("false"), "python3.11": sys.executable}
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(shutil, "which", found.get)

    assert install.python() == sys.executable


def test_a_full_disk_is_noticed_before_anything_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=300_000_000))

    with pytest.raises(install.SetupError, match=r"needs about 1\.5 GB and .+ has 0\.3 GB left"):
        install.check_disk()
