"""What the value of a setting must look like, with an error in words that fit its variable."""

import json
import ssl
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, FilePath, SecretStr
from pydantic_settings import NoDecode
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from service.framework.durations import parse_duration

_SUBJECT_KEY_CHARACTERS: Final = 16
_SSL_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_ADDRESSES: Final = r"^[^\s,:/]+:\d{1,5}(,[^\s,:/]+:\d{1,5})*$"


def _database_url(value: SecretStr) -> SecretStr:
    try:
        url = make_url(value.get_secret_value())
    except (ArgumentError, ValueError):  # ValueError: its port is no number
        url = None
    if url is None or url.get_backend_name() != "postgresql":
        raise ValueError("must look like postgresql://user:password@host:5432/database")
    if url.query.get("sslmode", "prefer") not in _SSL_MODES:
        raise ValueError(f"its sslmode must be one of {', '.join(_SSL_MODES)}")
    for name in ("sslrootcert", "sslcert", "sslkey"):
        if name in url.query and not Path(str(url.query[name])).is_file():
            raise ValueError(f"its {name} does not point to a file")
    return value


def _authorities(path: Path) -> Path:
    try:
        ssl.create_default_context(cafile=path)
    except OSError:
        raise ValueError("does not point to certificates of authorities, as PEM") from None
    return path


def _token_url(value: str) -> str:
    url = urlsplit(value)
    here = url.scheme == "http" and url.hostname in ("localhost", "127.0.0.1", "::1")
    if value and (not url.hostname or url.username or not (here or url.scheme == "https")):
        raise ValueError("must begin with https:// and hold no user, or the secret could be read")
    return value


def _subject_key(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < _SUBJECT_KEY_CHARACTERS:
        raise ValueError(f"must have at least {_SUBJECT_KEY_CHARACTERS} characters")
    return value


def _tokens(value: object) -> object:
    try:
        tokens = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        tokens = None
    if not isinstance(tokens, dict) or not all(isinstance(t, str) and t for t in tokens.values()):
        raise ValueError('must be JSON, a token for each source: {"answers": "..."}')
    if any(not token.isascii() or not token.isprintable() for token in tokens.values()):
        raise ValueError("a token can have only the characters of a header")
    return tokens


DatabaseUrl: TypeAlias = Annotated[SecretStr, AfterValidator(_database_url)]
SubjectKey: TypeAlias = Annotated[SecretStr, AfterValidator(_subject_key)]
Authorities: TypeAlias = Annotated[FilePath, AfterValidator(_authorities)]
TokenUrl: TypeAlias = Annotated[str, AfterValidator(_token_url)]
Addresses: TypeAlias = Annotated[str, Field(pattern=_ADDRESSES)]
Tokens: TypeAlias = Annotated[dict[str, SecretStr], NoDecode, BeforeValidator(_tokens)]
Age: TypeAlias = Annotated[timedelta, NoDecode, BeforeValidator(parse_duration)]
