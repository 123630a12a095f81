"""A framework from its files: everything at once or nothing, and never an exception.

`load_directory` reads the `*.yaml` and `*.yml` files of one directory (not of those below it, no
hidden ones) or a single file; `load_files` does the rest and touches no disk, so that a revision
stores the texts and every process reads the same framework from them. Files are taken in the
order of their names: lists are put one after the other, every other field may be set once.

What is read ends as `Accepted` or `Refused`. Of a framework with mistakes all are reported, in
the order of the text; a file that is not well-formed YAML is reported before anything else is
looked at. `load_options` reads what a source says to its connector from a file of its own.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from pydantic import BaseModel, ValidationError

from service.framework.checking import Connectors, check, warnings
from service.framework.document import (
    Field,
    Fields,
    Items,
    Leaf,
    Mark,
    Node,
    key_mark,
    node_at,
    parse,
    plain,
)
from service.framework.draft import LISTS, drafted
from service.framework.models import Framework, Source
from service.framework.problems import Finding, Problem, beside, nearest, quoted
from service.framework.spans import cut_by_comment, written_at
from service.framework.syntax import QUOTE_WHOLE
from service.framework.wording import findings

FILE_BYTES_LIMIT: Final = 1_048_576
SHORT: Final = 200
"""Right words are told where none is near to the wrong one and all have so many characters."""

SUGGESTIONS: Final = 50
"""How many problems get a suggestion: looking for one is the slowest part of a refusal."""


@dataclass(frozen=True)
class Accepted:
    """A valid framework, what may not be meant in it, and the texts it was read from."""

    framework: Framework
    warnings: tuple[Problem, ...]
    files: Mapping[str, str]


@dataclass(frozen=True)
class Refused:
    """What is wrong, at least one problem, in the order of files, lines and columns."""

    problems: tuple[Problem, ...]


Loaded: TypeAlias = Accepted | Refused
Options = TypeVar("Options", bound=BaseModel)

OF_EVERY_SOURCE: Final = frozenset(Source.model_fields) - {"ignore"}
"""The keys of a source that do not belong to its connector."""


def load_directory(path: Path, connectors: Connectors) -> Loaded:
    """The framework in a directory or a single file. Files are named without the directory."""
    files: dict[str, str] = {}
    problems: list[Problem] = []
    try:
        for file in _framework_files(path):
            match _read(file):
                case str(text):
                    files[file.name] = text
                case problem:
                    problems.append(problem)
    except OSError as error:
        problems.append(Problem(str(path), 0, 0, f"cannot be read: {error.strerror}"))
    if problems:
        return Refused(tuple(problems))
    if not files:
        return Refused((Problem(str(path), 0, 0, "there are no *.yaml files here"),))
    return load_files(files, connectors)


def load_files(files: Mapping[str, str], connectors: Connectors) -> Loaded:
    """The framework in these texts by file name. Equal texts give an equal outcome, anywhere."""
    roots: list[Node] = []
    problems: list[Problem] = []
    for name in sorted(files):
        match _parsed(name, files[name]):
            case Fields() | Items() | Leaf() as root:
                roots.append(root)
            case found:
                problems.extend(found)
    if problems:
        return Refused(tuple(problems))
    match _merged(roots):
        case Fields() as root:
            return _checked(root, files, connectors)
        case found:
            return Refused(found)


def load_options(path: Path, model: type[Options]) -> Options | Refused:
    """The options of one source in a file of their own. Keys of any source may stand there, too."""
    match _read(path):
        case str(text):
            parsed = _parsed(path.name, text)
        case problem:
            return Refused((problem,))
    match parsed:
        case Fields() as root:
            return _options(root, {path.name: text}, model)
        case Items() | Leaf():
            return Refused((Problem(path.name, 1, 1, "options are fields with values"),))
        case problems:
            return Refused(problems)


def _options(root: Fields, files: Mapping[str, str], model: type[Options]) -> Options | Refused:
    written = {name: plain(field.node) for name, field in root.fields.items()}
    own = {name: value for name, value in written.items() if name not in OF_EVERY_SOURCE}
    try:
        return model.model_validate(own)
    except ValidationError as error:
        return Refused(_problems(root, files, findings(error, Source | model, (), own)))


def _framework_files(path: Path) -> list[Path]:
    if not path.is_dir():
        path.stat()
        return [path]
    found = (file for file in path.iterdir() if file.suffix in (".yaml", ".yml"))
    return sorted(file for file in found if not file.name.startswith("."))


def _read(file: Path) -> str | Problem:
    if not file.is_file():
        return Problem(file.name, 0, 0, "is not a file")
    try:
        with file.open("rb") as stream:
            content = stream.read(FILE_BYTES_LIMIT + 1)
        if len(content) > FILE_BYTES_LIMIT:
            return _large(file.name)
        return content.decode("utf-8-sig")
    except OSError as error:
        return Problem(file.name, 0, 0, f"cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8")) + 1
        message = "this is not UTF-8; save the file as UTF-8"
        return Problem(file.name, before.count(b"\n") + 1, column, message)


def _large(name: str) -> Problem:
    return Problem(name, 0, 0, "is larger than 1 MiB; spread it over several files")


def _parsed(name: str, text: str) -> Node | tuple[Problem, ...]:
    try:
        size_bytes = len(text.encode())
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        column = error.start - text.rfind("\n", 0, error.start)
        return (Problem(name, line, column, "half a character (a lone surrogate); remove it"),)
    return (_large(name),) if size_bytes > FILE_BYTES_LIMIT else parse(name, text)


def _merged(roots: Iterable[Node]) -> Fields | tuple[Problem, ...]:
    """One tree of all files' trees, or which fields cannot be put together."""
    fields: dict[str, Field] = {}
    problems: list[Problem] = []
    marks = [root.mark for root in roots]
    for root in roots:
        match root:
            case Fields(fields=own):
                for name, field in own.items():
                    problems.extend(_add(fields, name, field))
            case Leaf(value=None):
                pass
            case _:
                message = "a framework file has fields, such as rules: or journeys:"
                problems.append(_problem(root.mark, message))
    return tuple(problems) or Fields(marks[0], fields)


def _add(fields: dict[str, Field], name: str, field: Field) -> Iterator[Problem]:
    if name in LISTS:
        match field.node:
            case Leaf(value=None):
                return
            case Items(items=items):
                before = fields.get(name, Field(field.key, Items(field.node.mark, ()))).node
                earlier = before.items if isinstance(before, Items) else ()
                key = fields[name].key if name in fields else field.key
                fields[name] = Field(key, Items(before.mark, earlier + items))
            case _:
                message = f'field {quoted(name)} must be a list; begin each entry with "- "'
                yield _problem(field.node.mark, message)
    elif name in fields:
        first = fields[name].key
        message = f"field {quoted(name)} is set already, in {first.file}:{first.line}"
        yield _problem(field.key, message)
    else:
        fields[name] = field


def _problem(mark: Mark, message: str) -> Problem:
    return Problem(mark.file, mark.line, mark.column, message)


def _checked(root: Fields, files: Mapping[str, str], connectors: Connectors) -> Loaded:
    data = plain(root)
    draft, findings = drafted(data if isinstance(data, dict) else {})
    found = [*findings, *check(draft, connectors)]
    if found:
        return Refused(_problems(root, files, found))
    framework = draft.framework()
    return Accepted(framework, _problems(root, files, warnings(framework)), files)


def _problems(
    root: Fields, files: Mapping[str, str], findings: Iterable[Finding]
) -> tuple[Problem, ...]:
    """The findings at their lines and columns, in the order of the text, each once."""
    placed = [(_place(root, files, one), _message(root, files, one), one) for one in findings]
    placed.sort(key=lambda one: one[:2])
    problems = (
        _guessed(place, message, one if n < SUGGESTIONS else one._replace(candidates=()))
        for n, (place, message, one) in enumerate(placed)
    )
    return tuple(dict.fromkeys(problems))


def _guessed(place: tuple[str, int, int], message: str, finding: Finding) -> Problem:
    """With the nearest right word, or with all that there are where they are few."""
    suggestion = nearest(finding.wrong, finding.candidates)
    known = ", ".join(sorted(beside(finding.wrong, finding.candidates)))
    if known and not suggestion and len(known) <= SHORT and message.startswith("unknown"):
        message += f"; known here: {known}"
    return Problem(*place, message, suggestion)


def _place(root: Fields, files: Mapping[str, str], finding: Finding) -> tuple[str, int, int]:
    if finding.at == "key":
        mark = key_mark(root, finding.location)
        return mark.file, mark.line, mark.column
    match node_at(root, finding.location):
        case Leaf() as leaf:
            return leaf.mark.file, *written_at(files[leaf.mark.file], leaf, *finding.inside)
        case node:
            return node.mark.file, node.mark.line, node.mark.column


def _message(root: Fields, files: Mapping[str, str], finding: Finding) -> str:
    if finding.first:
        mark = node_at(root, finding.first).mark
        return f"{finding.message}; see {mark.file}:{mark.line}"
    match node_at(root, finding.location):
        case Leaf() as leaf if cut_by_comment(files[leaf.mark.file], leaf):
            return f'YAML takes " #" for a comment; {QUOTE_WHOLE}'
        case _:
            return finding.message
