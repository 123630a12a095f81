"""The API of a tool that misbehaves as it is told, on a port of its own."""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Reply(NamedTuple):
    status: int = 200
    body: bytes = b"{}"
    headers: tuple[tuple[str, str], ...] = ()
    after_s: float = 0.0
    """How long nothing comes of the body."""


def told(document: Any) -> Reply:
    return Reply(body=json.dumps(document).encode())


class ToolApi:
    """Replies by path, in order; the last reply stays. What is not there is 404."""

    def __init__(self) -> None:
        self.replies: dict[str, list[Reply]] = defaultdict(list)
        self.asked: list[str] = []
        self.asked_at_s: list[float] = []
        self.headers: list[dict[str, str]] = []
        self.url = ""

    def reply(self, path: str, headers: dict[str, str]) -> Reply:
        self.asked.append(path)
        self.asked_at_s.append(time.monotonic())
        self.headers.append(headers)
        replies = self.replies.get(path) or [Reply(404)]
        return replies.pop(0) if len(replies) > 1 else replies[0]


@contextmanager
def tool_api() -> Iterator[ToolApi]:
    api, closing = ToolApi(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            reply = api.reply(self.path, dict(self.headers))
            self.send_response(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            closing.wait(reply.after_s)
            try:
                self.wfile.write(reply.body)
            except OSError:
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the tests look at `asked`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield api
    finally:
        closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
