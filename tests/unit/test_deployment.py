"""The compose file, the Dockerfile and the locks agree with each other and with the service."""

import re
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field

from service.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
REFERENCE = re.compile(r"\$\{(\w+):\?[^}]+\}")


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Needs(Strict):
    condition: Literal["service_healthy", "service_completed_successfully"]


class Healthcheck(Strict):
    test: list[str] = Field(min_length=2)
    interval: str = Field(pattern=r"^\d+s$")
    timeout: str = Field(pattern=r"^\d+s$")
    retries: int


class Service(Strict):
    image: str
    build: str | None = None
    command: list[str] = []
    environment: dict[str, str] = {}
    depends_on: dict[str, Needs] = {}
    ports: list[str] = []
    volumes: list[str] = []
    healthcheck: Healthcheck | None = None
    restart: Literal["unless-stopped"] | None = None
    stop_grace_period: str | None = None
    read_only: bool = False
    tmpfs: list[str] = []
    cap_drop: list[str] = []
    security_opt: list[str] = []


class Compose(Strict):
    template: dict[str, Any] = Field(alias="x-signalbox")
    services: dict[str, Service]
    volumes: dict[str, None]


@pytest.fixture(scope="module")
def compose() -> Compose:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    return Compose.model_validate(yaml.safe_load(text))


def _locked(name: str) -> dict[str, str]:
    """Package to version, with its hashes."""
    text = (ROOT / name).read_text(encoding="utf-8")
    blocks = re.findall(r"^([\w.-]+)==((?:.|\n(?= ))+)", text, flags=re.MULTILINE)
    return dict(blocks)


def test_what_a_service_waits_for_exists_and_can_be_waited_for(compose: Compose) -> None:
    for service in compose.services.values():
        for name, needs in service.depends_on.items():
            awaited = compose.services[name]
            if needs.condition == "service_healthy":
                assert awaited.healthcheck is not None
            else:
                assert awaited.restart is None


def test_every_volume_is_declared_and_every_folder_is_there(compose: Compose) -> None:
    sources = {v.partition(":")[0] for s in compose.services.values() for v in s.volumes}

    folders = {source for source in sources if source.startswith(".")}
    assert all((ROOT / folder).is_dir() for folder in folders)
    assert sources - folders == set(compose.volumes)


def test_foreign_images_have_a_version(compose: Compose) -> None:
    images = [s.image for s in compose.services.values() if s.build is None]

    assert all(re.search(r":\d", image) for image in images)


def test_nothing_is_open_to_other_machines(compose: Compose) -> None:
    ports = [port for s in compose.services.values() for port in s.ports]

    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_service_is_given_settings_that_exist_and_all_that_it_needs(compose: Compose) -> None:
    fields = {f"{PREFIX}{name.upper()}": f for name, f in Settings.model_fields.items()}
    needed = {name for name, field in fields.items() if field.is_required()}

    for service in (s for s in compose.services.values() if s.build):
        assert set(service.environment) <= set(fields)
        assert needed <= set(service.environment)


def test_its_settings_are_valid(compose: Compose, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in compose.services["signalbox"].environment.items():
        monkeypatch.setenv(name, REFERENCE.sub("a-secret-of-16-characters", value))

    settings = Settings(_env_file=None)

    assert settings.kafka_bootstrap.partition(":")[0] in compose.services


def test_no_secret_is_written_in_it(compose: Compose) -> None:
    """Passwords and keys come from the environment, and their absence is an error."""
    for service in compose.services.values():
        for name, value in service.environment.items():
            if re.search("PASSWORD|KEY|DATABASE_URL", name):
                assert REFERENCE.search(value)


def test_kafka_is_told_the_name_under_which_others_find_it(compose: Compose) -> None:
    advertised = compose.services["kafka"].environment["KAFKA_ADVERTISED_LISTENERS"]
    wanted = compose.services["signalbox"].environment["SIGNALBOX_KAFKA_BOOTSTRAP"]

    assert f"://{wanted}" in advertised


def test_the_process_has_longer_to_end_than_it_needs(compose: Compose) -> None:
    grace = compose.services["signalbox"].stop_grace_period or "0s"

    assert float(grace.removesuffix("s")) > Settings.model_fields["drain_s"].default


def test_the_image_runs_without_root_and_copies_what_is_there() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    final = lines[max(n for n, line in enumerate(lines) if line.startswith("FROM")) :]

    assert "USER 10001" in final
    copied = [line.split()[1:-1] for line in lines if re.match(r"COPY (?!--from)", line)]
    assert all((ROOT / source).exists() for sources in copied for source in sources)


def test_the_build_ignores_everything_that_the_image_does_not_copy() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()

    assert ignored[0] == "**"
    assert {line[1:] for line in ignored if line.startswith("!")} == {
        "LICENSE",
        "README.md",
        "connectors",
        "migrations",
        "pyproject.toml",
        "requirements*.lock",
        "service",
    }


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-service.lock"])
def test_a_lock_names_versions_and_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")

    assert "://" not in text
    assert "--index" not in text
    assert all("--hash=sha256:" in block for block in _locked(name).values())


def test_the_service_runs_with_the_versions_that_were_tested() -> None:
    tested, shipped = _locked("requirements.lock"), _locked("requirements-service.lock")

    assert shipped.items() <= tested.items()
    assert "pytest" not in shipped
