"""Apache Kafka as a plain Java process: one node that is broker and controller.

`own_kafka` is one that a test may kill and start again, behind a line that can be cut. Its jars
come from `tests/kafka/pom.xml` through Maven, once, into the user's cache folder.
"""

import asyncio
import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Final

from service.embedded import Program, ServerError, free_port, guarded, listening
from service.embedded.programs import LOOPBACK
from tests.support.tcp_proxy import Line, Wanted, line_to

_POM: Final = Path(__file__).parents[1] / "kafka" / "pom.xml"
_PROPERTIES: Final = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},FAR://127.0.0.1:{far},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},FAR://127.0.0.1:{near}
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,FAR:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={logs}
auto.create.topics.enable=false
log.cleaner.backoff.ms=200
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=2
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
"""

_OPTIONS: Final = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""A broker of a minute does not live long enough to gain by the slower, better compiler."""

PRODUCE: Final = 0
FETCH: Final = 1
OFFSET_COMMIT: Final = 8


def asks(for_what: int) -> Wanted:
    """Of a request over a line: whether it is of this kind."""
    return lambda data: int.from_bytes(data[4:6]) == for_what


class OwnKafka:
    """Always at the same addresses: `near` is over `line`, `direct` is past it.

    Made by `own_kafka`, running.
    """

    def __init__(self, folder: Path, line: Line, far: int) -> None:
        self._folder = folder
        self._port = free_port()
        self._far = far
        self._running = contextlib.ExitStack()
        self.line = line
        self.direct = f"{LOOPBACK}:{self._port}"
        self.near = f"{LOOPBACK}:{line.port}"
        self.kills = 0

    async def start(self) -> None:
        """Returns when it listens; it answers in its own time."""
        ports = (self._far, self.line.port)
        server = kafka_server(self._folder, self._port, line=ports)
        await asyncio.to_thread(self._running.enter_context, server)

    async def kill(self) -> None:
        """SIGKILL. Returns when it is gone."""
        os.kill(int((self._folder / "pid").read_text()), signal.SIGKILL)
        self.kills += 1
        await self.stop()

    async def stop(self) -> None:
        """As its owner would. Returns when it is gone."""
        await asyncio.to_thread(self._running.close)


@contextlib.asynccontextmanager
async def own_kafka() -> AsyncIterator[OwnKafka]:
    """A broker that is there as long as the block, unless the block ends it before."""
    folder, far = Path(tempfile.mkdtemp(prefix="signalbox-kafka-")), free_port()
    async with line_to(LOOPBACK, far) as line:
        broker = OwnKafka(folder, line, far)
        try:
            await broker.start()
            yield broker
        finally:
            await broker.stop()
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def kafka_server(
    folder: Path | None = None,
    port: int | None = None,
    more: str = "",
    users: Mapping[str, str] | None = None,
    line: tuple[int, int] | None = None,
) -> Iterator[str]:
    """The bootstrap address of a running Apache Kafka.

    `folder` holds its logs and stays: entered again with the same folder and port, it is the same
    broker after a restart. `more` are properties that come on top, `users` have passwords by SCRAM.
    `line` are two ports: to whom connects at the first one, it says that it is to be found at the
    second one. Raises `ServerError` when it cannot be started.
    """
    home = folder or Path(tempfile.mkdtemp(prefix="signalbox-kafka-"))
    home.mkdir(exist_ok=True)
    jars = _jars()
    port = port or free_port()
    properties = home / "server.properties"
    far, near = line or (free_port(), port)
    ports = {"port": port, "far": far, "near": near, "controller": free_port()}
    own = _PROPERTIES.format(**ports, logs=home / "logs")
    properties.write_text(own + more, encoding="utf-8")
    if not (home / "logs").exists():
        _format(jars, properties, users or {})
    program = Program(
        "Apache Kafka",
        [*_noting_pid(home / "pid"), *_java(jars), *_OPTIONS, "kafka.Kafka", str(properties)],
        log=home / "server.log",
        remove=None if folder else home,
    )
    with guarded(program, lambda: listening(port), within_s=60):
        yield f"127.0.0.1:{port}"


def set_password(broker: str, user: str, password: str | None) -> None:
    """Whom SCRAM-SHA-512 lets in from now on, with which password; with None, nobody."""
    what = f"SCRAM-SHA-512=[password={password}]" if password else "SCRAM-SHA-512"
    change = ["--add-config" if password else "--delete-config", what]
    tool = [*_java(_jars()), "kafka.admin.ConfigCommand", "--bootstrap-server", broker, "--alter"]
    subprocess.run(
        [*tool, "--entity-type", "users", "--entity-name", user, *change],
        check=True,
        capture_output=True,
    )


def _jars() -> Path:
    """The folder of Kafka's jars, fetched if this version's are not there yet."""
    digest = hashlib.sha256(_POM.read_bytes()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "signalbox"
    jars = cache / f"kafka-{digest}"
    if not jars.exists():
        cache.mkdir(parents=True, exist_ok=True)
        _fetch(jars, Path(tempfile.mkdtemp(dir=cache)))
    return jars


def _fetch(jars: Path, part: Path) -> None:
    """Fetches aside and moves: an interrupted fetch leaves nothing that looks complete."""
    try:
        wanted = [f"-DoutputDirectory={part}", "-DincludeScope=runtime"]
        goal = ["mvn", "-q", "-B", "-f", str(_POM), "dependency:copy-dependencies", *wanted]
        done = subprocess.run(goal, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ServerError(f"Maven could not fetch Apache Kafka: {done.stdout[-500:].strip()}")
        with contextlib.suppress(OSError):  # another run was quicker
            part.rename(jars)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _format(jars: Path, properties: Path, users: Mapping[str, str]) -> None:
    cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    tool = [*_java(jars), "kafka.tools.StorageTool", "format"]
    for name, password in users.items():
        for hash_ in ("SCRAM-SHA-256", "SCRAM-SHA-512"):
            tool += ["--add-scram", f"{hash_}=[name={name},password={password}]"]
    # With `=`, because an id may begin with a hyphen.
    tool += [f"--cluster-id={cluster}", f"--config={properties}"]
    done = subprocess.run(tool, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServerError(f"Apache Kafka could not make its folder: {done.stderr.strip()}")


def _noting_pid(where: Path) -> list[str]:
    return ["sh", "-c", 'echo $$ > "$0"; exec "$@"', str(where)]


def _java(jars: Path) -> list[str]:
    return ["java", "-cp", f"{jars}/*"]
