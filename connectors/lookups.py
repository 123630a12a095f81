"""How a tool's own API is asked for the whole of what its notifications only name.

A connector says how (`Connector.api`), and its refusal of a notification says what for (`lookup`).
Whom to ask is said by the source alone: of a payload nothing but plain ids gets into a path, so
that no record can send a request, and the token with it, anywhere else.
"""

import re
from collections.abc import Callable
from typing import Annotated, Any, Final, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator

from service.event import Lookup

_PLAIN_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


class Api(NamedTuple):
    """Where the API is, and the header that a token goes into, behind a scheme if it has one."""

    address: str
    header: str
    scheme: str = ""


def _address(written: str) -> str:
    try:
        url = urlsplit(written)
        url.port  # noqa: B018 - reading it checks it
    except ValueError:
        raise ValueError("it is no address; https://api.example.com would be one") from None
    here = url.scheme == "http" and url.hostname in _LOOPBACK
    if not url.hostname or url.username or not (here or url.scheme == "https"):
        raise ValueError("it must begin with https:// and hold no user, or the token could be read")
    if url.query or url.fragment:
        raise ValueError("it must end before any ? and #; the connector knows the rest")
    return written.rstrip("/")


Address: TypeAlias = Annotated[str, AfterValidator(_address)]
"""The address of an API: https, or http to this machine."""


def api_of_source(header: str, scheme: str = "") -> Callable[[Any], Api | None]:
    """How a source is asked that says in its option `api` whom."""

    def api(options: Any) -> Api | None:
        return Api(options.api, header, scheme) if options.api else None

    return api


def lookup(path: str, adds: tuple[str, ...] = (), /, **ids: object) -> Lookup | None:
    """The lookup at `path` with these ids in it, or nothing if one of them is no plain id.

    `adds` names the ids that the answer lacks.
    """
    plain = {
        name: one for name, one in ids.items() if isinstance(one, str) and _PLAIN_ID.fullmatch(one)
    }
    if plain.keys() != ids.keys():
        return None
    return Lookup(path.format(**plain), {name: plain[name] for name in adds})
