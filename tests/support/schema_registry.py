"""A schema registry that misbehaves as it is told, on a port of its own."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.certificates import Certificate


class FakeRegistry:
    """Answers by path. `trouble` holds statuses that it gives first, whatever is asked."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.trouble: list[int] = []
        self.asked: list[str] = []
        self.authorized: set[str] = set()
        self.url = ""

    def answer(self, path: str, authorization: str) -> tuple[int, bytes]:
        self.asked.append(path)
        self.authorized.add(authorization)
        if self.trouble:
            return self.trouble.pop(0), b"{}"
        if path not in self.answers:
            return 404, b'{"error_code": 40403}'
        found = self.answers[path]
        return 200, found if isinstance(found, bytes) else json.dumps(found).encode()


@contextmanager
def fake_registry(
    answers: dict[str, Any], certificate: Certificate | None = None
) -> Iterator[FakeRegistry]:
    """A registry at `url`, over TLS if it has a certificate."""
    registry = FakeRegistry(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = registry.answer(self.path, self.headers.get("Authorization", ""))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the tests look at `asked`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    registry.url = f"http{'s' if certificate else ''}://127.0.0.1:{server.server_port}"
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield registry
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
