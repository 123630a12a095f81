"""What a newcomer writes wrong on the command line and in settings, and what is said."""

import re
import shutil
from pathlib import Path

import pytest

from tests.integration.newcomers.saying import EMPTY, NOWHERE, Say
from tests.support.command import settings


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ("validate", "shop"),
            "error shop: cannot be read: No such file or directory\n1 error.\n",
        ),
        (("validate", "."), "error .: there are no *.yaml files here\n1 error.\n"),
        (
            ("init", "taken"),
            (
                "signalbox: taken/framework.yaml is there already. Name a new directory: nothing "
                "was written.\n"
            ),
        ),
        (
            ("try", "taken", "--file", "x.jsonl"),
            (
                "signalbox: x.jsonl:2: this line is not a whole JSON value. A file has one JSON "
                "value a line, or one array that begins with [.\n"
            ),
        ),
        (
            ("try", "taken", "--file", "x.jsonl", "--source", "help"),
            (
                'signalbox: Framework my-company has no source help; did you mean "helpdesk"? Its '
                "sources are helpdesk.\n"
            ),
        ),
        (
            ("explain", "that"),
            (
                "signalbox: 'that' is neither an opportunity nor an event. Write the number of an "
                "opportunity, such as 7, or SYSTEM:ID of an event, such as "
                "zendesk-de:ticket:5158:rating\n"
            ),
        ),
    ],
)
def test_in_files_and_names(
    say: Say, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    shutil.copytree(EMPTY, tmp_path / "taken")
    (tmp_path / "x.jsonl").write_text('{"id": "1"}\n{"id": "2"\n')
    assert say(*arguments) == told


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"SIGNALBOX_DATABASE_URL": ""},
            (
                "signalbox: SIGNALBOX_DATABASE_URL is not set. The PostgreSQL database, as "
                "postgresql://user:password@host:5432/database; with TLS that is verified, "
                "?sslmode=verify-full&sslrootcert=FILE behind it. Set it in the environment or in "
                ".env.\n"
            ),
        ),
        (
            {"SIGNALBOX_DATABASE_URL": "mysql://jo:secret@localhost/shop"},
            (
                "signalbox: SIGNALBOX_DATABASE_URL: must look like "
                "postgresql://user:password@host:5432/database\n"
            ),
        ),
        (
            {"SIGNALBOX_DATABASE_URL": "postgresql://jo:secret@localhost:port/shop"},
            (
                "signalbox: SIGNALBOX_DATABASE_URL: must look like "
                "postgresql://user:password@host:5432/database\n"
            ),
        ),
        (
            {"SIGNALBOX_DATABASE_URL": "", "SIGNALBOX_DATABSE_URL": "postgresql://jo@localhost/a"},
            (
                "signalbox: SIGNALBOX_DATABASE_URL is not set. The PostgreSQL database, as "
                "postgresql://user:password@host:5432/database; with TLS that is verified, "
                "?sslmode=verify-full&sslrootcert=FILE behind it. Set it in the environment or in "
                ".env.\nSIGNALBOX_DATABSE_URL is set and is no setting. Did you mean "
                "SIGNALBOX_DATABASE_URL?\n"
            ),
        ),
        (
            {"SIGNALBOX_KAFKA_BOOTSTRAP": "kafka://localhost"},
            "signalbox: SIGNALBOX_KAFKA_BOOTSTRAP: must be host:port, several with commas\n",
        ),
        (
            {"SIGNALBOX_SESSION_TIMEOUT_MS": "30s"},
            (
                "signalbox: SIGNALBOX_SESSION_TIMEOUT_MS: must be a whole number: digits alone, "
                "without a unit\n"
            ),
        ),
        (
            {"SIGNALBOX_PRODUCER_IDEMPOTENCE": "sure"},
            "signalbox: SIGNALBOX_PRODUCER_IDEMPOTENCE: must be true or false\n",
        ),
        (
            {"SIGNALBOX_SUBJECT_KEY": "short"},
            "signalbox: SIGNALBOX_SUBJECT_KEY: must have at least 16 characters\n",
        ),
    ],
)
def test_in_the_settings(say: Say, changes: dict[str, str], told: str) -> None:
    variables = settings("postgresql://jo:secret@localhost/shop", NOWHERE)
    assert say("status", **(variables | changes)) == told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ("events", "list", "--since", "01/31/2025"),
            "'--since': '01/31/2025' is no time: write a date (2025-01-31), a date with a time",
        ),
        (
            ("prune", "--before", "last year"),
            "'--before': 'last year' is no day: write it as 2025-01-31",
        ),
        (
            ("status", "--window", "7 days"),
            "'--window': a duration is a whole number and one of s, m, h, d, w, such as 7d",
        ),
        (
            ("opportunities", "effort", "7", "2.5", "--because", "So."),
            "'EFFORT': '2.5' is no effort: write a whole number from 0 (nothing to do) to 5",
        ),
        (
            ("try", ".", "--file", "x", "--header", "X-Shopify-Topic: orders/create"),
            "'X-Shopify-Topic: orders/create' is no header: write --header NAME=VALUE",
        ),
        (("oportunities", "list"), "No such command 'oportunities'. Did you mean 'opportunities'?"),
        (("load", "helpdesk", "x.jsonl"), "There is no file x.jsonl. Nothing was published."),
    ],
)
def test_on_the_command_line(
    say: Say, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    shutil.copytree(EMPTY, tmp_path, dirs_exist_ok=True)
    assert told in re.sub(r"[\s│]+", " ", say(*arguments))
