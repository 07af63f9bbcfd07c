"""Wrong settings are told all at once, each with its name and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenhand.web.project.checks import check_configuration, read_configuration
from evenhand.web.project.configuration import Configuration
from tests.web.instances import Instance


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only what a test sets is set."""
    for name in (*(f"EVENHAND_{field.upper()}" for field in Configuration.model_fields), "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def ids(configuration: Configuration) -> list[str]:
    return [str(message.id) for message in check_configuration(configuration)]


def test_the_defaults_are_sound() -> None:
    assert ids(Configuration()) == []


@pytest.mark.parametrize(
    ("name", "value", "check_id"),
    [
        ("EVENHAND_PUBLIC_URL", "311.harbor.example", "evenhand.E001"),
        ("DATABASE_URL", "mysql://db/evenhand", "evenhand.E002"),
        ("DATABASE_URL", "postgresql://db:99999/evenhand", "evenhand.E002"),
        ("DATABASE_URL", "postgresql://db:5432", "evenhand.E002"),
        ("DATABASE_URL", "postgresql://db/evenhand?sslmod=require", "evenhand.E002"),
        ("EVENHAND_PUBLIC_URL", "http://[::1", "evenhand.E001"),
        ("EVENHAND_PUBLIC_URL", "https://311.harbor.example:99999", "evenhand.E001"),
        ("EVENHAND_EMAIL_URL", "mail.harbor.example:587", "evenhand.E003"),
        ("EVENHAND_EMAIL_URL", "smtp://mail.harbor.example:99999", "evenhand.E003"),
        ("EVENHAND_SECRET_KEY", "a", "evenhand.E005"),
        ("EVENHAND_SECRET_KEY", "a" * 64, "evenhand.E005"),
        ("EVENHAND_SECRET_KEY_FALLBACKS", "0123456789abcdef0123456789abcdef,a", "evenhand.E005"),
        ("EVENHAND_ALLOWED_HOSTS", "*", "evenhand.E006"),
        ("EVENHAND_ALLOWED_HOSTS", "311.harbor.example, http://x", "evenhand.E006"),
        ("EVENHAND_ALLOWED_HOSTS", "311.harbor.example:8311", "evenhand.E006"),
    ],
)
def test_an_address_of_the_wrong_form_is_an_error(monkeypatch: pytest.MonkeyPatch, name: str, value: str, check_id: str) -> None:
    monkeypatch.setenv(name, value)
    found = {message.id: message for message in check_configuration(Configuration())}
    assert name in found[check_id].msg
    assert str(found[check_id].hint).startswith("Expected:")


def test_several_faults_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENHAND_PUBLIC_URL", "http://311.harbor.example")
    monkeypatch.setenv("EVENHAND_DEBUG", "yes")
    assert ids(Configuration()) == ["evenhand.E004", "evenhand.W001", "evenhand.W002"]


@pytest.mark.parametrize("name", ["EVENHAND_TRUSTED_PROXIES", "EVENHAND_HOLD_AFTER_PER_DEVICE", "EVENHAND_HOLD_AFTER_PER_NETWORK"])
def test_a_count_below_zero_is_not_taken(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "-2")
    configuration, messages = read_configuration()
    assert [str(message.msg) for message in messages] == [f"{name}: input should be greater than or equal to 0, '-2' came."]
    assert configuration == Configuration.model_construct(**{key: field.default for key, field in Configuration.model_fields.items()})


def test_what_cannot_be_read_hides_nothing_that_can(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENHAND_SECOND_FACTOR", "foo")
    monkeypatch.setenv("EVENHAND_SESSION_HOURS", "0")
    monkeypatch.setenv("EVENHAND_EMAIL_URL", "ftp://mail.harbor.example")
    _, messages = read_configuration()
    assert [message.id for message in messages] == ["evenhand.E000", "evenhand.E000", "evenhand.E003"]


def test_a_secret_key_is_never_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENHAND_SECRET_KEY", "hunter2")
    monkeypatch.setenv("EVENHAND_SECRET_KEY_FALLBACKS", "hunter2,hunter2")
    assert "hunter2" not in str(check_configuration(Configuration()))


def test_a_database_password_is_never_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://city:hunter2@db/evenhand")
    assert "hunter2" not in str(check_configuration(Configuration()))


def test_a_secure_city_is_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENHAND_PUBLIC_URL", "https://311.harbor.example")
    monkeypatch.setenv("EVENHAND_EMAIL_URL", "smtp://mail.harbor.example:587?security=starttls")
    monkeypatch.setenv("DATABASE_URL", "postgresql://city@db/evenhand")
    monkeypatch.setenv("EVENHAND_ALLOWED_HOSTS", "311.harbor.example, .harbor.example, 10.0.0.7, [::1], city_311")
    monkeypatch.setenv("EVENHAND_SECRET_KEY", "0123456789abcdef0123456789abcdef")
    assert ids(Configuration()) == []


def test_the_secret_key_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    first, second = Configuration(home=tmp_path), Configuration(home=tmp_path)
    assert first.signing_key == second.signing_key
    assert len(first.signing_key) >= 50
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_former_keys_are_told_apart_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Configuration().former_keys == []
    monkeypatch.setenv("EVENHAND_SECRET_KEY_FALLBACKS", " the-first-one , the-second-one,")
    assert Configuration().former_keys == ["the-first-one", "the-second-one"]


def test_a_command_names_every_variable_that_cannot_be_read(tmp_path: Path) -> None:
    settings = {"EVENHAND_DEBUG": "perhaps", "EVENHAND_TRUSTED_PROXIES": "one", "EVENHAND_EMAIL_URL": "ftp://mail"}
    answer = Instance(tmp_path / "home", settings=settings).run("city", "list")
    assert answer.returncode == 2
    assert "EVENHAND_DEBUG" in answer.stderr
    assert "EVENHAND_TRUSTED_PROXIES" in answer.stderr
    assert "EVENHAND_EMAIL_URL" in answer.stderr
    assert "Traceback" not in answer.stderr
