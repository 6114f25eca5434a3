"""Initializing makes what is missing and changes nothing that is there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime

import psycopg
import pytest

from recoup import cutoffs, run_ledger, warehouse
from recoup.day import Day
from recoup.entities import FEEDS, entities_of
from recoup.settings import Settings

DAY = Day.closing(date(2026, 3, 31), "America/New_York")


def catalog(settings: Settings) -> set[tuple[object, ...]]:
    with warehouse.connect("admin", settings) as connection:
        return set(
            connection.execute(
                "select relnamespace::regnamespace::text, relname, relkind, pg_get_userbyid(relowner), relacl::text"
                " from pg_class where relnamespace::regnamespace::text !~ '^(pg_|information_schema)'"
                " union all select nspname, '', 'n', pg_get_userbyid(nspowner), nspacl::text from pg_namespace"
                " union all select defaclnamespace::text, '', 'd', defaclrole::text, defaclacl::text"
                " from pg_default_acl"
            ).fetchall()
        )


def test_a_second_initialization_keeps_rows_objects_and_grants(warehouse_: Settings):
    with run_ledger.recorded("pull_billing_ledger", DAY, warehouse_):
        pass
    before = catalog(warehouse_)
    warehouse.initialize(warehouse_)
    assert len(before) > 50
    assert catalog(warehouse_) == before
    assert run_ledger.has_succeeded("pull_billing_ledger", DAY.as_of_date, warehouse_)


def test_two_initializations_at_once_do_no_harm(warehouse_: Settings):
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(warehouse.initialize, [warehouse_, warehouse_]))


def test_every_entity_has_a_raw_table_of_the_loader(warehouse_: Settings):
    owners = {(schema, name): owner for schema, name, kind, owner, _ in catalog(warehouse_) if kind == "r"}
    for feed in FEEDS:
        for entity in entities_of(feed):
            assert owners[f"raw_{feed}", entity.name] == "recoup_loader"


def test_a_stage_is_running_then_succeeded_with_its_counts(warehouse_: Settings):
    stage = "pull_contact_center"
    with run_ledger.recorded(stage, DAY, warehouse_) as record:
        assert not run_ledger.has_succeeded(stage, DAY.as_of_date, warehouse_)
        record.rows["attempts"] = 3
    assert run_ledger.has_succeeded(stage, DAY.as_of_date, warehouse_)
    assert not run_ledger.has_succeeded(stage, date(2026, 3, 30), warehouse_)
    with warehouse.connect("auditor", warehouse_) as connection:
        row = connection.execute("select rows, seconds >= 0 from audit.run_ledger where run_id = %s", [record.run_id])
        assert row.fetchone() == ({"attempts": 3}, True)


def test_a_stage_that_fails_after_it_succeeded_is_not_ready(warehouse_: Settings):
    stage = "build_marts"
    with run_ledger.recorded(stage, DAY, warehouse_):
        pass
    with pytest.raises(ValueError, match="broken"), run_ledger.recorded(stage, DAY, warehouse_):
        raise ValueError("broken")
    assert not run_ledger.has_succeeded(stage, DAY.as_of_date, warehouse_)


def test_the_ledger_keeps_no_row_that_a_database_error_quotes(warehouse_: Settings):
    def fail() -> None:
        with warehouse.connect("loader", warehouse_) as connection:
            connection.execute("create temporary table people (name text check (name <> 'Ada Lovelace'))")
            connection.execute("insert into people values ('Ada Lovelace')")

    with (
        pytest.raises(psycopg.errors.CheckViolation, match="Ada"),
        run_ledger.recorded("train_reach_model", DAY, warehouse_),
    ):
        fail()
    with warehouse.connect("auditor", warehouse_) as connection:
        message = connection.execute(
            "select message from audit.run_ledger where stage = 'train_reach_model'"
        ).fetchone()
    assert message is not None
    assert "violates check constraint" in message[0]
    assert "Ada" not in message[0]


def test_a_run_that_died_is_marked_abandoned_by_the_next(warehouse_: Settings):
    with warehouse.connect("auditor", warehouse_) as connection:
        connection.execute(
            "insert into audit.run_ledger (stage, as_of_date, recorded_at, status)"
            " values ('build_staging', %s, %s, 'running')",
            [DAY.as_of_date, DAY.recorded_at],
        )
    with run_ledger.recorded("build_staging", DAY, warehouse_):
        pass
    with warehouse.connect("auditor", warehouse_) as connection:
        states = connection.execute("select status from audit.run_ledger where stage = 'build_staging' order by run_id")
        assert states.fetchall() == [("abandoned",), ("succeeded",)]


def test_the_cutoff_is_the_days_clock_then_the_newest_batch_then_the_frozen_one(warehouse: Settings):
    from recoup import warehouse as package

    assert cutoffs.knowledge_cutoff(DAY, warehouse) == DAY.recorded_at
    early, late, after = (datetime(2026, 4, day, 9, tzinfo=UTC) for day in (1, 2, 3))
    with package.connect("loader", warehouse) as connection:
        for as_of, at in ((date(2026, 3, 30), early), (date(2026, 3, 31), late), (date(2026, 4, 1), after)):
            connection.execute(
                "insert into raw_ledger.batches (feed, as_of_date, recorded_at, is_first)"
                " values ('ledger', %s, %s, false)",
                [as_of, at],
            )
    assert cutoffs.knowledge_cutoff(DAY, warehouse) == late
    with package.connect("publisher", warehouse) as connection:
        connection.execute("select audit.freeze_cutoff(%s, 1, %s, 'rules', 'model')", [DAY.list_date, early])
    assert cutoffs.knowledge_cutoff(DAY, warehouse) == early
    assert cutoffs.knowledge_cutoff(replace(DAY, is_restatement=True), warehouse) == late


def test_a_pull_that_lands_in_mid_day_does_not_move_the_cutoff_that_the_day_opened(warehouse: Settings):
    from recoup import warehouse as package

    def land(at: datetime) -> None:
        with package.connect("loader", warehouse) as connection:
            connection.execute(
                "insert into raw_ledger.batches (feed, as_of_date, recorded_at, is_first)"
                " values ('ledger', %s, %s, false)",
                [DAY.as_of_date, at],
            )

    morning, noon = (datetime(2026, 4, 1, hour, tzinfo=UTC) for hour in (9, 12))
    land(morning)
    assert cutoffs.open_cutoff(DAY, warehouse) == morning
    land(noon)
    assert cutoffs.knowledge_cutoff(DAY, warehouse) == morning
    assert cutoffs.open_cutoff(DAY, warehouse) == noon
    assert cutoffs.knowledge_cutoff(DAY, warehouse) == noon


@pytest.fixture(scope="module")
def warehouse_(module_warehouse: Settings) -> Settings:
    """The module's warehouse under a name that leaves `warehouse` to the package."""
    return module_warehouse
