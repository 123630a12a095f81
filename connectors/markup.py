"""What a customer wrote, out of the HTML that a mail or chat client wrapped around it.

Words stay whole and in order; blocks and line breaks become new lines. It is for reading and for
conditions over text, and no sanitiser.
"""

import re
from html import unescape
from typing import Final

_UNSEEN: Final = re.compile(r"<(style|script)\b[^<>]*>[^<]*</\1\s*>|<![^<>]*>", re.IGNORECASE)
_BREAK: Final = re.compile(r"<(?:br|/p|/div|/li|/tr|/h[1-6]|/blockquote)\b[^>]*>", re.IGNORECASE)
_TAG: Final = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)
_BLANKS: Final = re.compile(r"[ \t\r\f\xa0]+")
_LINES: Final = re.compile(r" ?\n[\n ]*")


def plain_text(html: str) -> str:
    """The text of `html`, which may also be text without any markup."""
    if "<" in html:
        html = _TAG.sub("", _BREAK.sub("\n", _UNSEEN.sub("", html)))
    if "&" in html:
        html = unescape(html)
    return _LINES.sub("\n", _BLANKS.sub(" ", html)).strip()
