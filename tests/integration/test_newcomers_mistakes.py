"""What a newcomer does wrong on the first day, and what is said: all of it, word by word.

More mistakes in a framework have a file each in `tests/data/frameworks/bad`. An old Python and a
full disk are met before anything of this runs: see `tests/unit/test_install.py`.
"""

import re
import shutil
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import asyncpg
import pytest

from service.cli.failing import CommandError, database_failures
from service.cli.main import main
from service.settings import load
from tests.support.command import settings

EMPTY = Path(__file__).parents[2] / "examples" / "empty"
NOWHERE = "127.0.0.1:1"
QUESTION = 'when: event.kind == "support.contact"'
PLACE = "place: get-help/ask/first-question"
STAGE_OWNER = "owner: service                  #"

Say: TypeAlias = Callable[..., str]


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


TOPIC = "topic: helpdesk.events"
FRAMEWORK = [
    (
        "a line that is one space off",
        ("    owner: service\n    stages", "   owner: service\n    stages"),
        (
            'error framework.yaml:22:4: an entry of this list must begin with "- ", indented like '
            "the others"
        ),
    ),
    (
        "a tab",
        ("    owner: service\n    stages", "\towner: service\n    stages"),
        "error framework.yaml:22:1: a tab is used for indentation; YAML allows only spaces there",
    ),
    (
        "a field that is there twice",
        ("    owner: service\n    stages", "    owner: service\n    owner: service\n    stages"),
        'error framework.yaml:23:5: field "owner" is here twice, first in line 22',
    ),
    (
        "a field that is misspelt",
        ("touchpoints:  ", "touch_points:  "),
        'error framework.yaml:28:9: unknown field "touch_points"; did you mean "touchpoints"?',
    ),
    (
        "a touchpoint that is misspelt",
        (PLACE, "place: get-help/ask/first-qestion"),
        (
            'error framework.yaml:57:12: unknown touchpoint "get-help/ask/first-qestion"; did you '
            'mean "get-help/ask/first-question"?'
        ),
    ),
    (
        "a touchpoint without its path",
        (PLACE, "place: first-question"),
        (
            'error framework.yaml:57:12: unknown touchpoint "first-question"; did you mean '
            '"get-help/ask/first-question"?'
        ),
    ),
    (
        "two owners",
        (STAGE_OWNER, "owner: [service, sales]         #"),
        (
            'error framework.yaml:26:16: field "owner" is not accepted: exactly one team answers; '
            "name the others of a stage in contributing"
        ),
    ),
    (
        "a team that is misspelt",
        (STAGE_OWNER, "owner: servcie                  #"),
        'error framework.yaml:26:16: unknown team "servcie"; did you mean "service"?',
    ),
    (
        "an objective as a fraction",
        ("at_least: 80", "at_least: 0.8"),
        "warning framework.yaml:46:15: 0.8 means 0.8 %; for 80 % write 80",
    ),
    (
        "an objective with its unit",
        ("at_least: 80", "at_least: 80 %"),
        'error framework.yaml:46:15: field "at_least" must be a number, without quotes or unit',
    ),
    (
        "an objective in another unit",
        ("at_least: 80", "at_least: 800"),
        "error framework.yaml:46:15: formula csat is a share in percent: between 0 and 100",
    ),
    (
        "a window in words",
        ("window: 7d", "window: 7 days"),
        (
            'error framework.yaml:47:13: field "window" is not accepted: a duration is a whole '
            "number and one of s, m, h, d, w, such as 7d"
        ),
    ),
    (
        "an unknown formula",
        ("formula: csat", "formula: cast"),
        (
            'error framework.yaml:39:14: field "formula" must be count, rate, ratio, mean, sum, '
            'nps, csat or ces; did you mean "csat"?'
        ),
    ),
    (
        "a kind that is misspelt",
        (QUESTION, QUESTION.replace("support", "suport")),
        (
            'error framework.yaml:56:25: no event is of kind "suport.contact": own kinds begin '
            'with x.; did you mean "support.contact"?'
        ),
    ),
    (
        "a kind without quotation marks",
        (QUESTION, "when: event.kind == support.contact"),
        (
            "error framework.yaml:56:25: support is not known: a kind is text and stands in "
            "quotation marks"
        ),
    ),
    (
        "a field of the event that is misspelt",
        (QUESTION, QUESTION.replace("kind", "kid")),
        'error framework.yaml:56:17: an event has no field kid; did you mean "event.kind"?',
    ),
    (
        "one equals sign",
        (QUESTION, QUESTION.replace("==", "=")),
        'error framework.yaml:56:22: = alone means nothing here; did you mean "=="?',
    ),
    (
        "and in words",
        (QUESTION, f'{QUESTION} and event.text == ""'),
        'error framework.yaml:56:43: and cannot stand here; did you mean "&&"?',
    ),
    (
        "a touchpoint without a rule",
        (f"  - id: question\n    {QUESTION}\n    {PLACE}\n", ""),
        'warning framework.yaml:29:17: no rule places events at touchpoint "first-question"',
    ),
    (
        "a rule that is copied",
        ("  - id: answer-rated\n    when", "  - id: question\n    when"),
        'error framework.yaml:58:9: another rule has the id "question"; see framework.yaml:55',
    ),
    (
        "a detector at a journey",
        ("stage: get-help/ask", "stage: get-help"),
        'error framework.yaml:71:12: "get-help" is a journey; this must be a stage',
    ),
    (
        "a connector that is misspelt",
        ("connector: canonical ", "connector: zendsk "),
        'error framework.yaml:79:16: unknown connector "zendsk"; did you mean "zendesk"?',
    ),
    (
        "a start in words",
        ("    # start: earliest", "    start: yesterday  #"),
        (
            'error framework.yaml:82:12: "yesterday" is no start: write earliest, latest or a date '
            "such as 2025-01-31"
        ),
    ),
    (
        "a colon within text",
        ("title: I need help", "title: I need help: now"),
        (
            'error framework.yaml:21:23: ": " is not expected here; check the indentation; if it '
            "is inside text, put the whole value in single quotes, or write it below after |"
        ),
    ),
    (
        "a source without a topic",
        (f"    {TOPIC}\n", ""),
        'error framework.yaml:78:5: missing field "topic": the topic that is read',
    ),
    (
        "two sources on a topic",
        ("sources:\n", f"sources:\n  - {{id: a, connector: zendesk, system: z, {TOPIC}}}\n"),
        (
            'error framework.yaml:82:12: another source reads the topic "helpdesk.events"; see '
            "framework.yaml:78"
        ),
    ),
    (
        "an option that the connector does not have",
        (TOPIC, f"{TOPIC}\n    region: eu"),
        (
            'error framework.yaml:82:5: unknown field "region"; known here: attributes, connector, '
            "customer, envelope, expect_every, id, ignore, start, system, text, topic"
        ),
    ),
    (
        "an envelope that is misspelt",
        (TOPIC, f"{TOPIC}\n    envelope: debezum"),
        (
            'error framework.yaml:82:15: field "envelope" must be plain, array, cloudevents, '
            "compressed, debezium, form, kafka_connect, schema_registry or text; did you mean "
            '"debezium"?'
        ),
    ),
    (
        "a length of time in minutes",
        (TOPIC, f"{TOPIC}\n    expect_every: 30min"),
        (
            'error framework.yaml:82:19: field "expect_every" is not accepted: a duration is a '
            "whole number and one of s, m, h, d, w, such as 30m"
        ),
    ),
    (
        "no time at all",
        ("check_every: 6h", "check_every: 0h"),
        (
            'error framework.yaml:48:18: field "check_every" is not accepted: a duration is longer '
            "than nothing, such as 1h"
        ),
    ),
    (
        "a time zone as a difference",
        ("timezone: Europe/Berlin", "timezone: GMT+1"),
        'error framework.yaml:8:11: unknown time zone "GMT+1"; write it as Europe/Berlin or UTC',
    ),
    (
        "stages that are no list",
        ("      - id: ask", "        id: ask"),
        'error framework.yaml:24:9: field "stages" must be a list; begin each entry with "- "',
    ),
    (
        "not in words",
        (QUESTION, 'when: not "vip" in event.tags'),
        'error framework.yaml:56:11: not cannot stand here; did you mean "!"?',
    ),
    (
        "curly quotation marks",
        (QUESTION, "when: event.kind == “support.contact”"),
        (
            "error framework.yaml:56:25: “ is a curly quotation mark: write a straight one, as in "
            "a program"
        ),
    ),
    (
        "a word's end with one backslash",
        (QUESTION, r'when: event.text.matches("parcel\b")'),
        (
            "error framework.yaml:56:30: the pattern cannot be read: it has a backspace in it; for "
            r"where a word begins or ends write \\b"
        ),
    ),
    (
        "days as a duration",
        (QUESTION, 'when: history.count("support.contact", duration("30d")) == 3'),
        (
            'error framework.yaml:56:53: the text is not a length of time such as "24h" or '
            '"1h30m"; for days, days(30)'
        ),
    ),
    (
        "a score as text",
        (QUESTION, 'when: event.score > "3"'),
        "error framework.yaml:56:23: > never compares a decimal number with text",
    ),
    (
        "a rule at a stage",
        (PLACE, "place: get-help/ask"),
        (
            'error framework.yaml:57:12: "get-help/ask" is a stage; this must be a touchpoint, '
            "such as get-help/ask/answer-rated"
        ),
    ),
    (
        "a ratio of nothing",
        ("formula: csat", "formula: ratio"),
        'error framework.yaml:37:5: formula ratio needs the field "per"',
    ),
    (
        "both sides of an objective",
        ("at_least: 80 ", "at_most: 90\n    at_least: 80 "),
        'error framework.yaml:46:5: only one of "at_least" and "at_most"',
    ),
    (
        "an anchor",
        ("teams:", "teams: &all"),
        (
            "error framework.yaml:12:8: anchors (&name) are not read here; if it is text, put it "
            "in quotes"
        ),
    ),
]


@pytest.mark.parametrize(
    ("edit", "told"), [row[1:] for row in FRAMEWORK], ids=[r[0] for r in FRAMEWORK]
)
def test_in_the_framework(say: Say, tmp_path: Path, edit: tuple[str, str], told: str) -> None:
    text = (EMPTY / "framework.yaml").read_text()
    assert edit[0] in text
    (tmp_path / "framework.yaml").write_text(text.replace(*edit, 1))
    first, second = say("validate", ".").splitlines()
    assert first == told
    ending = "1 error." if told.startswith("error") else ". can be applied: 1 journey, 1 stage, "
    assert second.startswith(ending)


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


def test_a_database_that_is_not_there(say: Say) -> None:
    variables = settings(f"postgresql://jo:secret@{NOWHERE}/shop", NOWHERE)
    told = say("status", **variables)
    assert told.startswith("signalbox: The database 127.0.0.1:1/shop cannot be reached: ")
    assert told.endswith(" Start PostgreSQL, or correct SIGNALBOX_DATABASE_URL.\n")


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (
            asyncpg.DiskFullError("could not extend file: No space left on device"),
            (
                "The database localhost:5432/shop ended the work: could not extend file: No space "
                "left on device (SQLSTATE 53100). Make room on the database's disk; nothing was "
                "lost."
            ),
        ),
        (
            asyncpg.InsufficientPrivilegeError("permission denied for table event"),
            (
                "The database localhost:5432/shop refuses: permission denied for table event. Make "
                "the account of SIGNALBOX_DATABASE_URL the owner of the tables."
            ),
        ),
    ],
)
def test_a_database_that_refuses(
    monkeypatch: pytest.MonkeyPatch, refusal: asyncpg.PostgresError, said: str
) -> None:
    for name, value in settings("postgresql://jo:secret@localhost/shop", NOWHERE).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(CommandError) as told, database_failures(load(None)):
        raise refusal
    assert str(told.value) == said


def test_a_database_without_tables(say: Say, empty_database_url: str) -> None:
    where = empty_database_url.rpartition("@")[2]
    told = say("status", **settings(empty_database_url, NOWHERE))
    assert told == (
        f"signalbox: The database {where} lacks tables of this version. Run: signalbox migrate\n"
    )


def test_no_framework_yet(say: Say, database_url: str) -> None:
    told = say("status", **settings(database_url, NOWHERE))
    assert told == (
        "signalbox: No framework has been applied yet. Run: signalbox apply DIRECTORY "
        "(such as examples/shop)\n"
    )


def test_a_broker_that_is_not_there(say: Say) -> None:
    variables = settings("postgresql://jo:secret@localhost/shop", NOWHERE)
    told = say("try", str(EMPTY), "--last", "3", **variables)
    assert told == (
        "signalbox: The broker 127.0.0.1:1 cannot be reached (ConnectionRefusedError). Start it, "
        "or correct SIGNALBOX_KAFKA_BOOTSTRAP.\n"
    )


def test_a_port_that_is_taken(say: Say, database_url: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        variables = settings(database_url, NOWHERE) | {"SIGNALBOX_HEALTH_PORT": str(port)}
        told = say("run", **variables)
    assert told == (
        f"signalbox: cannot listen on 127.0.0.1:{port} (Address already in use): end what uses it, "
        "or choose another with SIGNALBOX_HEALTH_HOST and SIGNALBOX_HEALTH_PORT (0 takes a free "
        "port)\n"
    )
