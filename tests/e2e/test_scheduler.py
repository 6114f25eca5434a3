"""The day under Airflow's real services: scheduler, DAG processor, API server and triggerer as separate processes."""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from recoup import synthetic
from recoup import warehouse as server
from recoup.airflow_runtime import services, sessions
from recoup.day import Day
from recoup.pipeline import STAGES
from recoup.settings import Settings

pytestmark = [pytest.mark.scheduler, pytest.mark.timeout(900)]

AS_OF_DATE = date(2025, 6, 30)
CUSTOMERS, MONTHS, SEED = 400, 12, 11
DAG_IDS = list(dict.fromkeys(stage.dag_id for stage in STAGES))
RUN_SECONDS = 480  # on a quiet machine the day takes a quarter of this


@dataclass(frozen=True)
class Finished:
    """What the services did: the state of each DAG's run and of its tasks, and all runs that there were."""

    settings: Settings
    running: services.Running
    states: dict[str, str]
    tasks: dict[str, dict[str, str | None]]
    run_ids: dict[str, list[str]]


def marked_processes(settings: Settings) -> list[int]:
    """Processes that carry the mark of one of our services, whatever became of their files."""
    marks = {f"{sessions.MARK}={services.pid_file(settings, name)}".encode() for name in services.SERVICES}
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if marks & set((entry / "environ").read_bytes().split(b"\0")):
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


@pytest.fixture(scope="module")
def finished(new_warehouse: Callable[..., AbstractContextManager[Settings]]) -> Iterator[Finished]:
    with pytest.MonkeyPatch.context() as patch, new_warehouse() as settings:
        # Not shorter: on a busy machine the scheduler would see the next look before it has noted the last one.
        patch.setenv("RECOUP_READY_POLL_SECONDS", "10")
        synthetic.create(settings, AS_OF_DATE, CUSTOMERS, MONTHS, "utility", SEED, lambda _: None)
        try:
            running = services.up(settings)
            client = running.client()
            due = Day.closing(AS_OF_DATE, settings.company.time_zone).recorded_at
            # All at once, in the wrong order: what needs something waits for it.
            runs = {dag_id: client.trigger(dag_id, AS_OF_DATE.isoformat(), due) for dag_id in reversed(DAG_IDS)}
            deadline = time.monotonic() + RUN_SECONDS
            while time.monotonic() < deadline:
                states = {dag_id: client.run_state(dag_id, run_id) for dag_id, run_id in runs.items()}
                if "failed" in states.values() or set(states.values()) == {"success"}:
                    break
                time.sleep(2)
            tasks = {dag_id: client.task_states(dag_id, run_id) for dag_id, run_id in runs.items()}
            run_ids = {dag_id: client.run_ids(dag_id) for dag_id in runs}
            yield Finished(settings, running, states, tasks, run_ids)
        finally:
            services.down(settings)


def test_every_task_of_every_dag_is_green(finished: Finished) -> None:
    assert finished.states == dict.fromkeys(DAG_IDS, "success"), finished.tasks
    for stage in STAGES:
        assert finished.tasks[stage.dag_id][stage.name] == "success"
    others = {state for tasks in finished.tasks.values() for state in tasks.values()}
    assert others == {"success"}


def test_the_days_list_is_in_the_warehouse(finished: Finished) -> None:
    day = Day.closing(AS_OF_DATE, finished.settings.company.time_zone)
    with server.connect("dialer", finished.settings) as connection:
        manifest = connection.execute(
            "select rows, excluded, population from lists.manifest where list_date = %s", [day.list_date]
        ).fetchall()
        listed = connection.execute(
            "select count(*) from lists.current_contact_priority where list_date = %s", [day.list_date]
        ).fetchone()
    assert len(manifest) == 1
    assert manifest[0][0] > 0
    assert listed == (manifest[0][0],)


def test_the_batch_clock_of_the_stages_is_the_runs_own(finished: Finished) -> None:
    day = Day.closing(AS_OF_DATE, finished.settings.company.time_zone)
    with server.connect("auditor", finished.settings) as connection:
        # Not those that stand beside the day: the intraday pull keeps its own clock.
        clocks = connection.execute(
            "select distinct as_of_date, recorded_at from audit.run_ledger where stage = any(%s)",
            [[stage.name for stage in STAGES]],
        ).fetchall()
    assert clocks == [(AS_OF_DATE, day.recorded_at)]


def test_no_run_was_made_that_nobody_asked_for(finished: Finished) -> None:
    assert {dag_id: len(run_ids) for dag_id, run_ids in finished.run_ids.items()} == dict.fromkeys(DAG_IDS, 1)


def test_the_days_page_is_shown_to_those_who_are_logged_in_only(finished: Finished) -> None:
    url = f"{finished.running.url}/recoup/day"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(url)
    assert refused.value.code == 401
    page = finished.running.client().text("/recoup/day")
    assert "<html" in page.lower()


def test_the_contact_check_answers_over_http_those_who_are_logged_in_only(finished: Finished) -> None:
    day = Day.closing(AS_OF_DATE, finished.settings.company.time_zone)
    with server.connect("dialer", finished.settings) as connection:
        row = connection.execute(
            "select person_id, debt_ids, contact_point_id, channel, assigned_slot_start_utc"
            " from lists.contact_priority where list_date = %s order by seq limit 1",
            [day.list_date],
        ).fetchone()
    assert row is not None
    question = dict(zip(("person_id", "debt_ids", "contact_point_id", "channel"), row, strict=False))
    body = question | {"purpose": "collection", "at": row[4].isoformat()}
    for path in ("", "/confirm", "/release"):
        request = urllib.request.Request(
            f"{finished.running.url}/recoup/contact_check{path}", method="POST", data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )  # fmt: skip
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        assert refused.value.code == 401
    client = finished.running.client()
    answer = client.post("/recoup/contact_check", body)
    assert answer["allowed"], answer
    assert client.post("/recoup/contact_check/release", {"reservation_id": answer["reservation_id"]}) == {
        "released": True
    }


def test_starting_again_changes_nothing(finished: Finished) -> None:
    before = {name: sessions.members(services.pid_file(finished.settings, name))[:1] for name in services.SERVICES}
    again = services.up(finished.settings)
    assert again.was_running
    assert again.url == finished.running.url
    assert {n: sessions.members(services.pid_file(finished.settings, n))[:1] for n in services.SERVICES} == before


def test_stopping_leaves_no_process(finished: Finished) -> None:
    # Last in this module: it stops what the others look at.
    assert len(marked_processes(finished.settings)) >= len(services.SERVICES)
    assert os.getpid() not in marked_processes(finished.settings)
    assert services.down(finished.settings) >= len(services.SERVICES)
    assert marked_processes(finished.settings) == []
    assert services.down(finished.settings) == 0
