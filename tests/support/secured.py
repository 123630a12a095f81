"""Servers with locks: an Apache Kafka with a listener for each way in, a PostgreSQL with TLS, and
an OpenID provider's token endpoint.
"""

import base64
import json
import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs

import asyncpg

from service.embedded import free_port, postgres_server
from tests.support.certificates import ELSEWHERE, Authority, Certificate
from tests.support.kafka import kafka_server
from tests.support.servers import PASSING, postgres_programs

USER: Final = "signalbox"
PASSWORD: Final = "canary-password-of-the-broker"
CLIENT_SECRET: Final = "canary-secret-of-the-client"

SESSION_MS: Final = 5_000
"""So long a connection with a token, or by SCRAM-SHA-512, may live."""

_MECHANISMS: Final = "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER"
_SECURITY: Final = "org.apache.kafka.common.security"
_LISTENERS: Final = {
    "PLAINTEXT": "PLAINTEXT",
    "CONTROLLER": "PLAINTEXT",
    "TLS": "SSL",
    "MUTUAL": "SSL",
    "EXPIRED": "SSL",
    "ELSEWHERE": "SSL",
    "CLEAR": "SASL_PLAINTEXT",
    "SAFE": "SASL_SSL",
}
"""Each with the protocol that it speaks. CLEAR and SAFE let in by every mechanism."""


class SecuredKafka(NamedTuple):
    """The address of each listener, and what clients need."""

    addresses: dict[str, str]
    authority: Authority
    stranger: Authority
    """Whom the broker does not trust."""
    client: Certificate


@contextmanager
def secured_kafka(folder: Path) -> Iterator[SecuredKafka]:
    """Runs for as long as the block."""
    authority, stranger = Authority(folder), Authority(folder, "stranger")
    ports = {name: free_port() for name in _LISTENERS if name != "CONTROLLER"}
    certificates = {
        "TLS": authority.sign("tls"),
        "MUTUAL": authority.sign("mutual"),
        "EXPIRED": authority.sign("expired", days=-1),
        "ELSEWHERE": authority.sign("elsewhere", names=ELSEWHERE),
        "SAFE": authority.sign("safe"),
    }
    more = "\n".join(_properties(ports, certificates, authority, free_port()))
    with kafka_server(folder / "kafka", ports["PLAINTEXT"], more, {USER: PASSWORD}):
        addresses = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
        yield SecuredKafka(addresses, authority, stranger, authority.sign("client"))


def _properties(
    ports: dict[str, int],
    certificates: dict[str, Certificate],
    authority: Authority,
    controller: int,
) -> Iterator[str]:
    listeners = ",".join(f"{name}://127.0.0.1:{port}" for name, port in ports.items())
    yield ""
    yield f"listeners={listeners},CONTROLLER://127.0.0.1:{controller}"
    yield f"controller.quorum.voters=1@127.0.0.1:{controller}"
    yield f"advertised.listeners={listeners}"
    protocols = ",".join(f"{name}:{protocol}" for name, protocol in _LISTENERS.items())
    yield f"listener.security.protocol.map={protocols}"
    for name, certificate in certificates.items():
        of = f"listener.name.{name.lower()}.ssl"
        yield f"{of}.keystore.type=PEM"
        yield f"{of}.keystore.location={certificate.both}"
        yield f"{of}.truststore.type=PEM"
        yield f"{of}.truststore.location={authority.root}"
    yield "listener.name.mutual.ssl.client.auth=required"
    for name in ("clear", "safe"):
        of = f"listener.name.{name}"
        yield f"{of}.sasl.enabled.mechanisms={_MECHANISMS}"
        plain = f'{_SECURITY}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
        yield f"{of}.plain.sasl.jaas.config={plain}"
        scram = f"{_SECURITY}.scram.ScramLoginModule required;"
        yield f"{of}.scram-sha-256.sasl.jaas.config={scram}"
        yield f"{of}.scram-sha-512.sasl.jaas.config={scram}"
        bearer = f"{_SECURITY}.oauthbearer.OAuthBearerLoginModule required"
        bearer += ' unsecuredLoginStringClaim_sub="broker";'
        yield f"{of}.oauthbearer.sasl.jaas.config={bearer}"
        yield f"{of}.oauthbearer.connections.max.reauth.ms={SESSION_MS}"
        yield f"{of}.scram-sha-512.connections.max.reauth.ms={SESSION_MS}"
    yield ""


def token(lives_s: float = 3_600) -> str:
    """A token as the broker takes it: without a signature, so nothing but its time can be wrong."""
    now_s = time.time()
    times = {"iat": now_s - 3_600, "exp": now_s + lives_s}
    claims = {"sub": USER, "jti": secrets.token_hex(4), **times}
    parts = (json.dumps(part).encode() for part in ({"alg": "none"}, claims))
    return ".".join(base64.urlsafe_b64encode(p).decode().rstrip("=") for p in parts) + "."


class TokenEndpoint(NamedTuple):
    """`url`, the forms that were sent to it, and who is locked out while that is set."""

    url: str
    asked: list[dict[str, list[str]]]
    locked_out: threading.Event


@contextmanager
def token_endpoint(lives_s: float = 3_600) -> Iterator[TokenEndpoint]:
    """Gives tokens to `USER` with `CLIENT_SECRET`; anybody else is an `invalid_client`."""
    asked: list[dict[str, list[str]]] = []
    locked_out = threading.Event()
    basic = base64.b64encode(f"{USER}:{CLIENT_SECRET}".encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked.append(parse_qs(form))
            if self.path == "/elsewhere":
                self.send_response(302)
                self.send_header("Location", "/token")
                self.end_headers()
            elif self.path == "/page":
                self._answer(200, {"welcome": True})
            elif self.headers["Authorization"] == f"Basic {basic}" and not locked_out.is_set():
                self._answer(200, {"access_token": token(lives_s), "expires_in": lives_s})
            else:
                self._answer(401, {"error": "invalid_client", "said": form})

        def _answer(self, status: int, document: dict[str, Any]) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield TokenEndpoint(f"http://127.0.0.1:{server.server_port}/token", asked, locked_out)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class SecuredPostgres(NamedTuple):
    """A server with TLS. `url` does not ask for it; `use` gives it another certificate."""

    url: str
    authority: Authority
    stranger: Authority
    folder: Path

    async def use(self, certificate: Certificate) -> None:
        """From the next connection on."""
        place = self.folder / certificate.key.stem
        for file, name in ((certificate.certificate, "pem"), (certificate.key, "key")):
            copy = place.with_suffix(f".{name}")
            shutil.copy(file, copy)
            copy.chmod(0o600)
            shutil.chown(copy, self.folder.owner())
        connection = await asyncpg.connect(self.url, ssl=False)
        try:
            await connection.execute(f"ALTER SYSTEM SET ssl_cert_file = '{place}.pem'")
            await connection.execute(f"ALTER SYSTEM SET ssl_key_file = '{place}.key'")
            await connection.execute("ALTER SYSTEM SET ssl = on")
            await connection.execute("SELECT pg_reload_conf()")
        finally:
            await connection.close()


@contextmanager
def secured_postgres() -> Iterator[SecuredPostgres]:
    """Runs for as long as the block, without TLS until it has a certificate."""
    # Not in pytest's folder: the account that PostgreSQL runs as may not enter that.
    with TemporaryDirectory(prefix="signalbox-locked-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        data = folder / "postgres"
        with postgres_server(postgres_programs(), data, PASSING) as url:
            yield SecuredPostgres(url, Authority(folder), Authority(folder, "stranger"), data)
