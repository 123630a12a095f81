"""A registry that speaks Confluent's HTTP API: Confluent's own, Karapace, Redpanda, Apicurio."""

import ssl
from pathlib import Path
from typing import Final, cast, get_args

import httpx
import msgspec

from connectors.envelopes.schemas import Reference, Schema, SchemaId, SchemaType
from service.registry.book import UnreachableError
from service.tls import tls_trouble

MAX_REFERENCES: Final = 100
NOT_FOUND: Final = 404


class _Reference(msgspec.Struct):
    name: str
    subject: str
    version: int


class _Answer(msgspec.Struct):
    schema: str
    schemaType: str = "AVRO"  # noqa: N815 - as the API has it
    references: tuple[_Reference, ...] = ()


class HttpRegistry:
    """Fetches schemas. One connection pool, closed by `close`.

    A certificate is always verified, by the authorities of `cafile` or the system's.
    """

    def __init__(
        self,
        url: str,
        *,
        account: tuple[str, str] | None = None,
        token: str = "",
        cafile: Path | None = None,
        timeout_s: float = 5.0,
    ) -> None:
        headers = {"Accept": "application/vnd.schemaregistry.v1+json, application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._client = httpx.AsyncClient(
            base_url=url,
            auth=account,
            headers=headers,
            timeout=timeout_s,
            verify=ssl.create_default_context(cafile=cafile),
        )

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()

    async def fetch(self, id_: SchemaId) -> Schema | None:
        """The schema with all that it builds upon. Raises `UnreachableError`."""
        path = f"/schemas/ids/{id_}" if isinstance(id_, int) else f"/schemas/guids/{id_}"
        answer = await self._get(path)
        if answer is None:
            return None
        if answer.schemaType not in get_args(SchemaType):
            raise UnreachableError(f"schema {id_} is of a type that is not known")
        references: dict[str, Reference] = {}
        await self._add_references(answer.references, references)
        type_ = cast("SchemaType", answer.schemaType)
        return Schema(type_, answer.schema, tuple(references.values()))

    async def _add_references(
        self, needed: tuple[_Reference, ...], found: dict[str, Reference]
    ) -> None:
        """Those that the others build upon come first."""
        for reference in needed:
            if reference.name in found:
                continue
            if len(found) >= MAX_REFERENCES:
                raise UnreachableError(f"a schema has more than {MAX_REFERENCES} references")
            path = f"/subjects/{reference.subject}/versions/{reference.version}"
            answer = await self._get(path)
            if answer is None:
                raise UnreachableError("a schema that another one refers to is not there")
            await self._add_references(answer.references, found)
            found[reference.name] = Reference(reference.name, answer.schema)

    async def _get(self, path: str) -> _Answer | None:
        try:
            response = await self._client.get(path)
            if response.status_code == NOT_FOUND:
                return None
            response.raise_for_status()
            return msgspec.json.decode(response.content, type=_Answer)
        except httpx.HTTPStatusError as error:
            said = f"the registry answers with status {error.response.status_code}"
            raise UnreachableError(said) from None
        except (httpx.HTTPError, httpx.InvalidURL, msgspec.DecodeError) as error:
            raise UnreachableError(_why_not(error)) from None


def _why_not(error: Exception) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return f"the registry cannot be trusted: {tls_trouble(cause)}"
        cause = cause.__cause__ or cause.__context__
    return f"the registry does not answer ({type(error).__name__})"
