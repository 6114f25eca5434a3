"""docker-compose.yml is a valid compose file, and everything that it names exists."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from typer.main import get_command

from recoup.airflow_runtime.services import SERVICES
from recoup.cli import app
from recoup.warehouse.roles import ROLES

VARIABLE = re.compile(r"\$\{(\w+)(:[-?])?([^}]*)\}")
IN_THE_IMAGE = "/opt/recoup/"


@pytest.fixture(scope="module")
def text(project: Path) -> str:
    return (project / "docker-compose.yml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def compose(text: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(text)
    assert len(content["services"]) >= 6
    return content


@pytest.fixture(scope="module")
def ours(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The services that run our own image."""
    return {name: service for name, service in compose["services"].items() if "build" in service}


@pytest.fixture(scope="module")
def airflow_options() -> set[str]:
    """AIRFLOW__SECTION__KEY of every option that the installed Airflow documents. Found without importing Airflow."""
    package = importlib.util.find_spec("airflow")
    assert package is not None
    assert package.origin is not None
    file = Path(package.origin).parent / "config_templates" / "config.yml"
    sections = yaml.safe_load(file.read_text(encoding="utf-8"))
    options = {
        f"AIRFLOW__{section.upper()}__{key.upper()}" for section, body in sections.items() for key in body["options"]
    }
    assert len(options) > 200
    return options


def test_the_file_follows_the_compose_specification(project: Path, compose: dict[str, Any]) -> None:
    file = project / "tests" / "house" / "compose_spec" / "compose-spec.json"
    schema = json.loads(file.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert [error.message for error in validator.iter_errors(compose)] == []
    broken = compose | {"services": {"x": {"image": 5, "unknown_key": 1}}}
    assert list(validator.iter_errors(broken)), "the schema refuses nothing"


def test_every_service_of_airflow_runs_as_it_does_on_this_machine(ours: dict[str, dict[str, Any]]) -> None:
    assert set(SERVICES) == set(ours) - {"init"}
    for name, arguments in SERVICES.items():
        assert ours[name]["command"] == ["airflow", *arguments]


def test_every_recoup_command_exists(ours: dict[str, dict[str, Any]]) -> None:
    script = ours["init"]["command"][-1]
    called = re.findall(r"\brecoup (\w+)", script)
    assert called
    assert set(called) <= set(get_command(app).commands)  # type: ignore[attr-defined]
    assert re.findall(r"\bairflow (\w+ ?\w*)", script) == ["db migrate"]


def test_every_path_of_the_project_exists(project: Path, text: str, compose: dict[str, Any]) -> None:
    build = compose["x-recoup"]["build"]
    assert (project / build["context"]).is_dir()
    assert (project / build["dockerfile"]).is_file()
    named = re.findall(rf"{IN_THE_IMAGE}([\w./-]+)", re.sub(VARIABLE, lambda match: match[3], text))
    assert {"dags", "plugins"} <= set(named)
    assert [path for path in named if not (project / path).exists()] == []
    mounted = [
        volume.split(":")[0] for service in compose["services"].values() for volume in service.get("volumes", [])
    ]
    assert set(mounted) == set(compose["volumes"])


def test_the_image_is_built_from_what_the_project_has(project: Path) -> None:
    recipe = (project / "docker" / "Dockerfile").read_text(encoding="utf-8")
    copied = [path for line in re.findall(r"COPY --chown=\S+ (.+)", recipe) for path in line.split()[:-1]]
    assert {"src", "ml", "expectations", "dags", "plugins", "dbt_project", "uv.lock"} <= set(copied)
    assert [path for path in copied if not (project / path).exists()] == []


def test_every_variable_is_either_given_a_default_or_asked_for_in_the_example(project: Path, text: str) -> None:
    example = (project / "docker" / "env.example").read_text(encoding="utf-8")
    asked = set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))
    offered = set(re.findall(r"^# ([A-Z_]+)=", example, re.MULTILINE))
    used = {(name, kind) for name, kind, _ in VARIABLE.findall(text)}
    assert {name for name, kind in used if kind == ":?"} == asked
    assert {name for name, kind in used if kind == ":-"} == offered
    assert {kind for _, kind in used} <= {":?", ":-"}, "a variable without default would silently be empty"


def test_every_airflow_option_exists(ours: dict[str, dict[str, Any]], airflow_options: set[str]) -> None:
    given = {name for service in ours.values() for name in service["environment"] if name.startswith("AIRFLOW__")}
    assert given
    assert given <= airflow_options


def test_every_recoup_variable_is_read_by_our_code(ours: dict[str, dict[str, Any]], package_files: list[Path]) -> None:
    code = "\n".join(file.read_text(encoding="utf-8") for file in package_files)
    given = {name for service in ours.values() for name in service["environment"] if name.startswith("RECOUP_")}
    assert {"RECOUP_HOME", "RECOUP_COMPANY", "RECOUP_WAREHOUSE_URL"} <= given
    passwords = {name for name in given if name.startswith("RECOUP_PASSWORD_")}
    assert passwords <= {f"RECOUP_PASSWORD_{role.upper()}" for role in ROLES}
    assert [name for name in given - passwords if name not in code] == []


def test_nothing_is_open_to_the_network(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert len(ports) >= 2
    assert [port for port in ports if not str(port).startswith("127.0.0.1:")] == []


def test_every_service_that_is_waited_for_exists(compose: dict[str, Any]) -> None:
    services = compose["services"]
    waited = {other for service in services.values() for other in service.get("depends_on", {})}
    assert waited
    assert waited <= set(services)
    healthy = {
        other
        for service in services.values()
        for other, how in service.get("depends_on", {}).items()
        if how["condition"] == "service_healthy"
    }
    assert all("healthcheck" in services[other] for other in healthy)
