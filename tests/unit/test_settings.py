"""Settings come from the environment or `.env`, are checked, and never show a secret."""

import ast
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from service.settings import (
    FIXED_LIMITS,
    PREFIX,
    Described,
    Settings,
    SettingsError,
    described,
    load,
    unknown,
)

NEEDED = {
    "DATABASE_URL": "postgresql://ann:pw-of-ann@db.example:5432/signalbox",
    "KAFKA_BOOTSTRAP": "kafka.example:9092",
    "SUBJECT_KEY": "key-of-16-characters",
}
SECRETS = ("pw-of-ann", "key-of-16-characters", "pw-of-kafka")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The needed settings, and none that the machine happens to have."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"{PREFIX}{name.upper()}", raising=False)
    for name, value in NEEDED.items():
        monkeypatch.setenv(f"{PREFIX}{name}", value)


def _row(name: str, rows: tuple[Described, ...]) -> Described:
    return next(row for row in rows if row.variable == f"{PREFIX}{name}")


def test_the_needed_settings_are_enough() -> None:
    settings = load(None)

    assert settings.database_url.get_secret_value() == NEEDED["DATABASE_URL"]
    assert settings.signals_max_age == timedelta(days=7)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        load(None).batch_max_records = 1  # type: ignore[misc]


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_setting_is_named_with_its_meaning(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(f"{PREFIX}{name}")

    with pytest.raises(SettingsError, match=rf"^{PREFIX}{name} is not set\. .+ Set it in"):
        load(None)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DATABASE_URL", "mysql://h/d", "must look like postgresql://"),
        ("DATABASE_URL", "not a url", "must look like postgresql://"),
        ("DATABASE_URL", "postgresql://h/d?sslmode=full", "its sslmode must be one of disable"),
        ("DATABASE_URL", "postgresql://h/d?sslrootcert=/no", "its sslrootcert does not point to"),
        ("KAFKA_BOOTSTRAP", "kafka", "must be host:port"),
        ("KAFKA_BOOTSTRAP", "http://kafka:9092", "must be host:port"),
        ("SUBJECT_KEY", "fifteen-letters", "must have at least 16 characters"),
        ("BATCH_MAX_RECORDS", "0", "must be greater than or equal to 1"),
        ("BATCH_MAX_RECORDS", "many", "must be a whole number"),
        ("HEALTH_PORT", "65536", "must be less than or equal to 65535"),
        ("LOG_LEVEL", "loud", "must be 'debug', 'info', 'warning' or 'error'"),
        ("SIGNALS_MAX_AGE", "7", "a duration is a whole number and one of"),
        ("EVENT_MAX_ATTRIBUTES", "65", "must be less than or equal to 64"),
        ("KAFKA_SECURITY_PROTOCOL", "SASL_SSL", "KAFKA_SASL_USERNAME and .+ are needed"),
        ("KAFKA_SSL_CAFILE", "/no/such/file", "there is no such file"),
        ("KAFKA_SASL_PASSWORD", "pw-of-kafka", "means nothing where .+ is PLAINTEXT"),
        ("KAFKA_SSL_CAFILE", __file__, "means nothing where .+ is PLAINTEXT"),
        ("KAFKA_OAUTH_TOKEN_URL", "http://id.example/token", "must begin with https://"),
        ("KAFKA_OAUTH_TOKEN_URL", "https://a:b@id.example/token", "hold no user"),
        ("SCHEMA_REGISTRY_CAFILE", __file__, "does not point to certificates of authorities"),
        ("REBALANCE_TIMEOUT_MS", "10000", "must be longer than SIGNALBOX_DRAIN_S"),
    ],
)
def test_a_wrong_value_is_refused_in_one_sentence(
    name: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{PREFIX}{name}", value)

    with pytest.raises(SettingsError, match=f"{PREFIX}{name}.*{says}|{says}") as refused:
        load(None)

    assert len(str(refused.value).splitlines()) == 1
    assert not any(secret in str(refused.value) for secret in (*SECRETS, "fifteen-letters"))


def test_every_wrong_setting_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}HEALTH_PORT", "x")
    monkeypatch.setenv(f"{PREFIX}LOG_FORMAT", "x")

    with pytest.raises(SettingsError) as refused:
        load(None)

    assert len(str(refused.value).splitlines()) == 2


def test_an_empty_variable_is_as_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}HEALTH_PORT", "")

    assert load(None).health_port == 8080


def test_each_value_is_shown_with_its_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment is stronger than the file."""
    file = tmp_path / ".env"
    file.write_text("SIGNALBOX_LOG_LEVEL=debug\nSIGNALBOX_HEALTH_PORT=1\nOTHER=1\n")
    monkeypatch.setenv(f"{PREFIX}HEALTH_PORT", "2")

    rows = described(load(file), file)

    assert _row("LOG_LEVEL", rows)[1:3] == ("debug", ".env")
    assert _row("HEALTH_PORT", rows)[1:3] == ("2", "environment")
    assert _row("LOG_FORMAT", rows)[1:3] == ("json", "default")


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv(f"{PREFIX}KAFKA_SASL_USERNAME", "ann")
    monkeypatch.setenv(f"{PREFIX}KAFKA_SASL_PASSWORD", "pw-of-kafka")
    settings = load(None)

    shown = repr(settings) + str(described(settings))

    assert not any(secret in shown for secret in SECRETS)
    assert "ann:***@db.example" in _row("DATABASE_URL", described(settings)).value


def test_every_setting_says_what_it_means() -> None:
    assert all(row.meaning.endswith(".") for row in described(load(None)))


def test_a_name_that_is_nearly_a_setting_is_found() -> None:
    environment = {"SIGNALBOX_HELTH_PORT": "1", "SIGNALBOX_SERVICE_HOST": "x", "PATH": "x"}

    assert unknown(environment) == (
        ("SIGNALBOX_HELTH_PORT", "SIGNALBOX_HEALTH_PORT"),
        ("SIGNALBOX_SERVICE_HOST", ""),
    )


def _constants(path: str) -> dict[str, int]:
    """The whole numbers that a module gives names to."""
    tree = ast.parse((Path(__file__).parents[2] / path).read_text(encoding="utf-8"))
    named = (node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign))
    found: dict[str, int] = {}
    for node in named:
        target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
        if isinstance(target, ast.Name) and isinstance(node.value, ast.Constant):
            found[target.id] = node.value.value  # type: ignore[assignment]
    return found


@pytest.mark.parametrize(
    ("limit", "path", "constant"),
    [
        ("framework_max_rules", "service/framework/checking/rules.py", "RULES_LIMIT"),
        ("framework_max_stages", "service/framework/checking/journeys.py", "STAGES_LIMIT"),
        ("rule_max_characters", "service/routing/syntax.py", "MAX_CHARACTERS"),
        ("rule_max_depth", "service/routing/syntax.py", "MAX_DEPTH"),
        ("segment_max_values", "service/metrics/segments.py", "SEGMENT_VALUES"),
        ("yaml_max_bytes", "service/framework/loading.py", "FILE_BYTES_LIMIT"),
        ("json_max_depth", "connectors/strict_json.py", "MAX_DEPTH"),
    ],
)
def test_a_fixed_limit_is_the_one_in_force(limit: str, path: str, constant: str) -> None:
    assert _constants(path)[constant] == FIXED_LIMITS[limit][0]


def test_tokens_of_tools_are_read_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}ENRICH_TOKENS", '{"answers": "pw-of-tool", "other": "pw-too"}')

    settings = load(None)

    assert settings.enrich_tokens["answers"].get_secret_value() == "pw-of-tool"
    assert _row("ENRICH_TOKENS", described(settings, None)).value == (
        "answers: ********, other: ********"
    )


@pytest.mark.parametrize(
    "written",
    ["pw-of-tool", '["pw-of-tool"]', '{"a": {"pw-of-tool": 1}}', '{"a": "pw-of-tool\\n"}'],
)
def test_tokens_that_are_none_are_refused_unseen(
    written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{PREFIX}ENRICH_TOKENS", written)

    with pytest.raises(SettingsError, match=f"^{PREFIX}ENRICH_TOKENS: ") as refused:
        load(None)

    assert "pw-of-tool" not in str(refused.value)
