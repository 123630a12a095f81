r"""Characters to tokens, by CEL's lexical rules, in time linear in the source.

The lexer that comes with the grammar takes exponential time on some unfinished strings, reads
`"a\" && b` as a finished one, and takes `in` out of the middle of words. So only the names of
the grammar's tokens are taken from it. Not used here, and refused with a reason: bytes and
unsigned numbers, of which events have none.
"""

import re
from collections.abc import Iterator
from typing import Final

from lark import Token
from lark.common import LexerConf
from lark.lexer import Lexer, PatternStr

_TOKEN: Final = re.compile(
    r"""
      (?P<SKIP>[\t\n\f\r\ ]+|//[^\n]*)
    | (?P<STRING_LIT>(?P<prefix>[rRbB]{0,2})(?P<quote>\"\"\"|'''|"|'))
    | (?P<FLOAT_LIT>[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)
    | (?P<INT_LIT>0x[0-9a-fA-F]+|[0-9]+)
    | (?P<IDENT>[_a-zA-Z][_a-zA-Z0-9]*)
    | (?P<sign>&&|\|\||<=|>=|==|!=|[-+*/%!<>?:.,()\[\]{}])
    """,
    re.VERBOSE,
)
_WORD: Final = re.compile(r"[_a-zA-Z0-9]+")
_WORDS: Final = {"true": "BOOL_LIT", "false": "BOOL_LIT", "null": "NULL_LIT"}
_BODY: Final = {
    '"': re.compile(r'(?:\\.|[^"\\\n\r])*"'),
    "'": re.compile(r"(?:\\.|[^'\\\n\r])*'"),
    '"""': re.compile(r'(?:\\.|(?!""")[^\\])*"""', re.DOTALL),
    "'''": re.compile(r"(?:\\.|(?!''')[^\\])*'''", re.DOTALL),
}
_RAW_BODY: Final = {
    '"': re.compile(r'[^"\n\r]*"'),
    "'": re.compile(r"[^'\n\r]*'"),
    '"""': re.compile(r'(?:(?!""").)*"""', re.DOTALL),
    "'''": re.compile(r"(?:(?!''').)*'''", re.DOTALL),
}
_ESCAPE: Final = re.compile(
    r"\\(?:([abfnrtv\\?\"'`])|[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})"
    r"|([0-3][0-7]{2})|(.?))",
    re.DOTALL,
)
_PLAIN_ESCAPES: Final = dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True))
_HALF: Final = re.compile("[\ud800-\udfff]")
_CURLY: Final = "\u201c\u201d\u201e\u2018\u2019\u201a"
_HINTS: Final = {"=": "==", "&": "&&", "|": "||"}
_IN_NAMES: Final = "$@"
"""What names of fields have in some systems, and names in expressions have not."""


class UnreadableError(Exception):
    """The source cannot be read. Never leaves this package."""

    def __init__(self, offset: int, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message
        self.suggestion = suggestion


class CelLexer(Lexer):
    """What lark calls for tokens. Raises UnreadableError at what cannot begin a token."""

    def __init__(self, conf: LexerConf) -> None:
        self._signs = {
            terminal.pattern.value: terminal.name
            for terminal in conf.terminals
            if isinstance(terminal.pattern, PatternStr)
        }

    # lark hands over the text itself to a lexer that declares no newer interface.
    def lex(self, data: str) -> Iterator[Token]:  # type: ignore[override]
        """Tokens in order, each with `start_pos` and `end_pos`."""
        position = 0
        while position < len(data):
            match = _TOKEN.match(data, position)
            if match is None:
                raise _unknown_character(data, position)
            end = _end(data, match)
            if match.lastgroup != "SKIP":
                text = data[position:end]
                yield Token(self._type(match, text), text, start_pos=position, end_pos=end)
            position = end

    def _type(self, match: re.Match[str], text: str) -> str:
        group = str(match.lastgroup)
        if group == "sign" or text == "in":
            return self._signs[text]
        return _WORDS.get(text, group)


def number_value(token: Token) -> int | float:
    """The number of an INT_LIT or FLOAT_LIT, whose sign is not part of it."""
    if token.type == "FLOAT_LIT":
        return float(token)
    digits = str(token)
    return int(digits, 16 if digits.startswith("0x") else 10)


def string_value(token: Token) -> str:
    """The text that a STRING_LIT stands for, escapes resolved."""
    source, start = str(token), token.start_pos or 0
    quote_at = len(source) - len(source.lstrip("rRbB"))
    prefix = source[:quote_at].lower()
    if "b" in prefix:
        raise UnreadableError(start, "bytes are not used here: write text in quotes, without the b")
    width = 3 if source[quote_at : quote_at + 3] in ('"""', "'''") else 1
    body = source[quote_at + width : -width]
    if prefix == "r" or "\\" not in body:
        return body
    return _ESCAPE.sub(lambda match: _escaped(match, start + quote_at + width), body)


def _end(data: str, match: re.Match[str]) -> int:
    if match.lastgroup == "STRING_LIT":
        return _string_end(data, match)
    if match.lastgroup in ("INT_LIT", "FLOAT_LIT"):
        _refuse_unit(data, match)
    return match.end()


def _string_end(data: str, match: re.Match[str]) -> int:
    bodies = _RAW_BODY if "r" in match["prefix"].lower() else _BODY
    body = bodies[match["quote"]].match(data, match.end())
    if body is None:
        raise UnreadableError(
            match.start(), f"text that begins here is not closed by {match['quote']}"
        )
    return body.end()


def _refuse_unit(data: str, match: re.Match[str]) -> None:
    unit = _WORD.match(data, match.end())
    if unit is None:
        return
    number = match.group() + unit.group()
    if unit.group() in ("u", "U"):
        message = f"{number}: unsigned numbers are not used here, leave the {unit.group()} out"
        raise UnreadableError(match.start(), message, match.group())
    message = f'{number} is not a number; a length of time is written days(30) or duration("24h")'
    raise UnreadableError(match.start(), message)


def _unknown_character(data: str, position: int) -> UnreadableError:
    character = data[position]
    suggestion = _HINTS.get(character, "")
    if suggestion:
        return UnreadableError(position, f"{character} alone means nothing here", suggestion)
    if character in _CURLY:
        message = f"{character} is a curly quotation mark: write a straight one, as in a program"
        return UnreadableError(position, message)
    message = f"the character {character!r} has no place outside quotes"
    if character in _IN_NAMES:
        message += f'; a field of such a name is written in brackets: ["{character}name"]'
    return UnreadableError(position, message)


def refuse_halves(source: str) -> None:
    """Raises UnreadableError for half a surrogate pair, which is no character anywhere."""
    half = _HALF.search(source)
    if half is not None:
        raise UnreadableError(half.start(), f"{half.group()!r} is not a character")


def _escaped(match: re.Match[str], body_start: int) -> str:
    plain, byte, short, long, octal, unknown = match.groups()
    if plain is not None:
        return _PLAIN_ESCAPES.get(plain, plain)
    if unknown is not None:
        message = (
            f'\\{unknown} is no escape in text; in a pattern write r"..." or double the backslash'
        )
        raise UnreadableError(body_start + match.start(), message)
    code = int(octal, 8) if octal else int(byte or short or long, 16)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise UnreadableError(body_start + match.start(), f"{match.group()} is not a character")
    return chr(code)
