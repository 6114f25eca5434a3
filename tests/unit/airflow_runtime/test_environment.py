"""Airflow's processes get what they need, and nothing of another installation."""

from __future__ import annotations

import importlib.util
import socket
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from recoup.airflow_runtime import environment
from recoup.settings import Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    # A server elsewhere: the variables can then be made without one.
    return replace(load_settings(), home=tmp_path, admin_url="postgresql://someone:secret@db.example:5432/postgres")


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECOUP_PASSWORD_AIRFLOW", "metadata-secret")


def test_every_option_is_one_that_the_installed_airflow_knows(settings: Settings) -> None:
    package = importlib.util.find_spec("airflow")
    assert package is not None
    assert package.origin is not None
    sections = yaml.safe_load((Path(package.origin).parent / "config_templates/config.yml").read_text(encoding="utf-8"))
    known = {f"AIRFLOW__{name.upper()}__{key.upper()}" for name, body in sections.items() for key in body["options"]}
    for given in (environment.for_services(settings, 8080), environment.for_one_process(settings, settings.home)):
        options = {name for name in given if name.startswith("AIRFLOW__")}
        assert len(options) > 5
        assert options <= known


def test_another_installations_airflow_does_not_leak_in(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", "/elsewhere")
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    monkeypatch.setenv("AIRFLOW__CELERY__BROKER_URL", "redis://elsewhere")
    given = environment.for_services(settings, 8080)
    assert given["AIRFLOW_HOME"] == str(settings.home / "airflow")
    assert given["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert "AIRFLOW__CELERY__BROKER_URL" not in given


def test_the_services_listen_on_the_loopback_address_only(settings: Settings) -> None:
    given = environment.for_services(settings, 8123)
    assert given["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert given["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:8123/execution/"


def test_secrets_are_made_once_and_nobody_else_may_read_them(settings: Settings) -> None:
    first = environment.for_services(settings, 8080)
    second = environment.for_services(settings, 8081)
    for name in ("AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__CORE__FERNET_KEY"):
        assert len(first[name]) >= 32
        assert first[name] == second[name]
    private = [file for file in (settings.home / "airflow").iterdir() if file.suffix == ".json"]
    assert len(private) == 2
    assert all(file.stat().st_mode & 0o077 == 0 for file in private)


def test_one_process_has_metadata_of_its_own(settings: Settings, tmp_path: Path) -> None:
    url = environment.for_one_process(settings, tmp_path / "x")["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    assert url == f"sqlite:///{tmp_path / 'x' / 'metadata.db'}"
    assert "metadata-secret" in environment.for_services(settings, 8080)["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]


def test_a_task_finds_the_same_settings_as_the_command_that_started_airflow(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.settings_variables(settings).items():
        monkeypatch.setenv(name, value)
    assert load_settings() == settings


def test_a_taken_port_is_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind((environment.ADDRESS, 0))
        taken.listen()
        monkeypatch.setattr(environment, "USUAL_PORT", taken.getsockname()[1])
        assert environment.free_port() != taken.getsockname()[1]
    monkeypatch.setenv("RECOUP_AIRFLOW_PORT", "18080")
    assert environment.free_port() == 18080
