"""The command line: its help, its sentences and its exit codes. No server is needed here."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from recoup import cli, pipeline
from recoup.cli import days
from recoup.day import Day
from recoup.errors import RecoupError, StageFailedError
from recoup.settings import Settings, load_settings

COMMANDS = (
    "init", "start", "stop", "status", "doctor", "url", "destroy", "run", "stage", "company create", "company advance",
    "lists show", "alerts show", "aging show", "kpis show", "demo", "up", "down",
    "evaluate public",
)  # fmt: skip
DAY = Day.closing(date(2026, 3, 31), "UTC")


def exit_code(*arguments: str) -> object:
    with pytest.raises(SystemExit) as leaving:
        cli.main(arguments)
    return leaving.value.code


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECOUP_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]):
    assert exit_code(*command.split(), "--help") == 0
    said = capsys.readouterr().out
    assert f"recoup {command}" in said
    assert len(said.split("Usage:")[1].split("╭")[0].split()) > 8, "no sentence says what it does"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "--as-of-date", "yesterday"), "--as-of-date 'yesterday' is no date"),
        (("run", "--from", "nothing"), "There is no stage 'nothing'"),
        (("run", "--from", "build_marts", "--to", "build_staging"), "comes before"),
        (("stage", "nothing"), "There is no stage 'nothing'"),
        (("run", "--company", "/nowhere.yml"), "There is no company file /nowhere.yml"),
        (("url", "--role", "boss"), "There is no role 'boss'"),
        (("url",), "run `recoup init` first"),
        (("lists", "show", "favorites"), "There is no list 'favorites'"),
        (("evaluate", "public", "--data", "/nowhere"), "There is no directory /nowhere of public data sets"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(
    arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
):
    assert exit_code(*arguments) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert said.err.count("\n") == 1
    assert "Traceback" not in said.err


def test_debug_shows_the_stack_trace_wherever_it_stands(capsys: pytest.CaptureFixture[str]):
    for arguments in (("--debug", "url", "--role", "boss"), ("url", "--role", "boss", "--debug")):
        assert exit_code(*arguments) == 2
        assert "Traceback" in capsys.readouterr().err


def test_an_unknown_option_is_the_users_mistake():
    assert exit_code("run", "--fast") == 2


def test_doctor_says_what_to_mend_and_leaves_with_2(capsys: pytest.CaptureFixture[str]):
    assert exit_code("doctor") == 2
    said = capsys.readouterr().out
    assert "The embedded Postgres does not run: start it with `recoup start`." in " ".join(said.split())


def test_stop_and_status_of_what_never_ran_are_no_mistakes(capsys: pytest.CaptureFixture[str]):
    assert exit_code("stop") == 0
    assert exit_code("status") == 0
    assert "does not run" in capsys.readouterr().out


def test_a_server_of_ones_own_is_neither_started_nor_deleted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("RECOUP_WAREHOUSE_URL", "postgresql://admin@db/postgres")
    for command in (("start",), ("stop",), ("destroy", "--yes")):
        assert exit_code(*command) == 2
        assert "a server of your own" in capsys.readouterr().err


def ran(monkeypatch: pytest.MonkeyPatch, failing: str | None = None, error: Exception | None = None) -> list[str]:
    """Replace the stages by ones that note their names; `failing` raises `error`."""
    names: list[str] = []

    def run_stage(name: str, day: Day, settings: Settings) -> dict[str, int]:
        names.append(name)
        if name == failing:
            assert error is not None
            raise error
        return {"rows": 1234}

    monkeypatch.setattr(pipeline, "run_stage", run_stage)
    return names


def test_stages_run_in_the_days_order_and_report_rows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    names = ran(monkeypatch)
    days.run_stages(pipeline.STAGES, DAY, load_settings())
    assert names == [stage.name for stage in pipeline.STAGES]
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == names
    assert all("rows 1,234" in line for line in lines[1:])


def test_the_first_failing_stage_ends_the_day(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    names = ran(monkeypatch, "build_marts", RecoupError("The row 3 is wrong."))
    with pytest.raises(RecoupError, match="The row 3 is wrong"):
        days.run_stages(pipeline.STAGES, DAY, load_settings())
    assert names[-1] == "build_marts"
    assert "build_marts            FAILED" in capsys.readouterr().out


def test_a_defect_names_its_stage_and_how_to_see_more(monkeypatch: pytest.MonkeyPatch):
    ran(monkeypatch, "build_marts", KeyError("account_id"))
    with pytest.raises(
        StageFailedError, match=r"build_marts failed \(KeyError: 'account_id'\); `recoup --debug stage"
    ) as error:
        days.run_stages(pipeline.STAGES, DAY, load_settings())
    assert error.value.exit_code == 1
