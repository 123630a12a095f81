"""A project for a connector from elsewhere: `scaffold` writes one that works and is tested."""

import re
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Final

from connectors.registry import connectors
from service.cli.failing import CommandError

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)

README: Final = """\
# signalbox-$name

Reads the records of $name for Signalbox.

    pip install .                       # beside Signalbox, which then lists it
    signalbox connectors show $name
    signalbox connectors try $name example.json
    python -m pytest                    # needs pytest and hypothesis

`signalbox_$name.py` is the connector, `tests/fixtures.py` has a valid record of each event type.
The tests hold it to what Signalbox asks of every connector.
"""

PYPROJECT: Final = """\
[build-system]
requires = ["setuptools>=80"]
build-backend = "setuptools.build_meta"

[project]
name = "signalbox-$name"
version = "0.1.0"
description = "Reads the records of $name for Signalbox."
requires-python = ">=3.11"
dependencies = ["journey-signalbox"]

[project.optional-dependencies]
test = ["hypothesis", "pytest"]

[project.entry-points."signalbox.connectors"]
$name = "signalbox_$name:$constant"

[tool.setuptools]
py-modules = ["signalbox_$name"]

[tool.pytest.ini_options]
pythonpath = [".", "tests"]
"""

CONNECTOR: Final = '''\
"""`$name`: tickets of $name, one a record.

| event type      | becomes                               |
|-----------------|---------------------------------------|
| `ticket.opened` | `support.contact`                     |
| `ticket.rated`  | `feedback.csat` on 1 to 5, 5 is best  |

A rating may be changed: it is the fact `ticket:<id>:rating`, and the newest counts.
"""

from typing import Final

import msgspec

from connectors import strict_json
from connectors.contract import Connector, ConnectorOptions, Convert, total
from connectors.event_types import by_type, ignoring, mapped
from connectors.refusal import Refused
from connectors.strict_json import Id
from connectors.timestamps import parse_time
from service.event import Event, Fact, Identifier, Item, Record, Score


class _Ticket(msgspec.Struct):
    event_id: Id
    at: str
    ticket: Id
    customer: Id
    text: str = ""


class _Rating(_Ticket, kw_only=True):
    stars: float


def open_$name(options: ConnectorOptions) -> Convert:
    """What converts the records of a source with these options."""
    of_type = by_type(_MAPPED, IGNORED, options.ignore)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        type_ = payload.get("type")
        if not isinstance(type_, str):
            raise Refused("missing_field", "`type` is missing")
        return of_type(type_)(payload)

    return total(read)


def _opened(ticket: _Ticket) -> list[Item]:
    return [_event(ticket, "support.contact")]


def _rated(rating: _Rating) -> list[Item]:
    event = _event(rating, "feedback.csat")
    fact = Fact(f"ticket:{rating.ticket}:rating", event.occurred_at_us)
    score = Score(rating.stars, low=1, high=5, best=5)
    return [msgspec.structs.replace(event, fact=fact, score=score)]


def _event(ticket: _Ticket, kind: str) -> Event:
    return Event(
        id=ticket.event_id,
        kind=kind,
        occurred_at_us=parse_time(ticket.at, "at"),
        subject=Identifier("customer", ticket.customer),
        text=ticket.text,
        attributes={"ticket_id": ticket.ticket},
    )


_MAPPED: Final = {
    "ticket.opened": mapped(_Ticket, _opened),
    "ticket.rated": mapped(_Rating, _rated),
}

IGNORED: Final = ignoring({"the work of agents": "ticket.assigned ticket.tagged"})

KINDS: Final = frozenset({"support.contact", "feedback.csat"})

$constant: Final = Connector(
    name="$name",
    options=ConnectorOptions,
    open=open_$name,
    ignored=IGNORED,
    kinds=lambda _: KINDS,
)
'''

FIXTURES: Final = '''\
"""Valid records of $name, one of each event type, and every type that it documents."""

from connectors.conformance import Fixtures, Specimen
from signalbox_$name import $constant

OPENED = {
    "type": "ticket.opened",
    "event_id": "e-1",
    "at": "2025-05-05T10:00:00Z",
    "ticket": "17",
    "customer": "9",
    "text": "Where is my parcel?",
}
RATED = {**OPENED, "type": "ticket.rated", "event_id": "e-2", "stars": 4}

FIXTURES = Fixtures(
    connector=$constant,
    specimens=(Specimen("ticket.opened", OPENED), Specimen("ticket.rated", RATED)),
    documented=frozenset({"ticket.opened", "ticket.rated", "ticket.assigned", "ticket.tagged"}),
    bare=lambda type_: Specimen(type_, {"type": type_}),
)
'''

TESTS: Final = '''\
"""`$name` keeps the promises of a connector, and makes the right events."""

import pytest

from connectors.conformance import Check, checks, record
from connectors.contract import ConnectorOptions
from fixtures import FIXTURES, RATED
from service.event import Score
from signalbox_$name import $constant


@pytest.mark.parametrize("check", checks(FIXTURES), ids=str)
def test_keeps_the_promises_of_a_connector(check: Check) -> None:
    check.run()


def test_stars_are_a_score() -> None:
    (event,) = $constant.open(ConnectorOptions())(record(RATED))
    assert (event.kind, event.score) == ("feedback.csat", Score(4, 1, 5, 5))
'''

EXAMPLE: Final = """\
{
  "type": "ticket.rated",
  "event_id": "e-2",
  "at": "2025-05-05T10:00:00Z",
  "ticket": "17",
  "customer": "9",
  "stars": 4,
  "text": "Quick, and kind."
}
"""

FILES: Final[Mapping[str, str]] = {
    "README.md": README,
    "pyproject.toml": PYPROJECT,
    "signalbox_$name.py": CONNECTOR,
    "tests/fixtures.py": FIXTURES,
    "tests/test_$name.py": TESTS,
    "example.json": EXAMPLE,
}


def scaffold(name: str, parent: Path) -> Path:
    """A new directory `signalbox-<name>` in `parent`. Raises `CommandError`; overwrites nothing."""
    if not _NAME.fullmatch(name):
        raise CommandError(
            f"{name} is no name for a connector.", "Use small letters, digits and underscores."
        )
    if name in connectors():
        raise CommandError(f"There is a connector {name} already.", "Choose another name.")
    directory = parent / f"signalbox-{name}"
    words = {"name": name, "constant": name.upper()}
    try:
        directory.mkdir(parents=True)
        (directory / "tests").mkdir()
        for file, text in FILES.items():
            path = directory / Template(file).substitute(words)
            path.write_text(Template(text).substitute(words), encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{directory} cannot be made: {error.strerror}.") from error
    return directory
