"""How the commands of a newcomer are run."""

import sys
from pathlib import Path

import pytest

from service.cli.main import main
from tests.integration.newcomers.saying import Say


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Say:
    """Runs a command in this process, in an empty folder without settings: all that it says."""
    monkeypatch.chdir(tmp_path)

    def said(*arguments: str, **variables: str) -> str:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["signalbox", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code in (0, 1, 2)
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return out + err

    return said
