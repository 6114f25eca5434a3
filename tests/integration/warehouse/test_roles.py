"""Each role logs in, does its own work, and is refused everywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest

from recoup import warehouse
from recoup.errors import RecoupError
from recoup.settings import Settings

# Written out, not read from the code that grants: a slip there must show here.
ROLES = ("loader", "transformer", "scorer", "publisher", "auditor", "gate_owner", "bi_reader", "dialer")
WRITER = {
    "raw_ledger": "loader", "raw_contact": "loader", "vault": "loader", "staging": "transformer",
    "intermediate": "transformer", "marts": "transformer", "features": "transformer", "policy": "transformer",
    "monitoring": "transformer", "scores": "scorer", "lists": "publisher", "gate": "gate_owner", "audit": "auditor",
}  # fmt: skip
READERS = {
    "raw_ledger": {"transformer", "auditor", "gate_owner"},
    "raw_contact": {"transformer", "auditor", "gate_owner"},
    "vault": set(),
    "staging": set(),
    "intermediate": set(),
    "marts": {"scorer", "auditor", "bi_reader"},
    "features": {"scorer", "auditor"},
    "policy": {"scorer", "publisher", "auditor", "gate_owner"},
    "monitoring": {"bi_reader"},
    "scores": {"transformer", "publisher", "auditor"},
    "lists": {"transformer", "auditor", "dialer", "gate_owner"},
    "gate": {"transformer"},
    "audit": {"transformer", "scorer", "publisher"},
}
DATABASE_USERS = {
    "": set(ROLES),
    "_billing_ledger": {"company", "source_reader"},
    "_contact_center": {"company", "source_reader"},
    "_truth": {"company"},
    "_airflow": {"airflow"},
}
LOGINS = (*ROLES, "source_reader", "company", "airflow")

Connections = dict[str, psycopg.Connection]


@pytest.fixture(scope="module")
def connections(module_warehouse: Settings) -> Iterator[Connections]:
    """One connection a role, to a warehouse where each writer made a table after initialization."""
    with ExitStack() as stack:
        opened = {
            role: stack.enter_context(warehouse.connect(role, module_warehouse, autocommit=True)) for role in ROLES
        }
        for schema, writer in WRITER.items():
            opened[writer].execute(f"create table {schema}.probe (value integer)")
            opened[writer].execute(f"insert into {schema}.probe values (1)")
        yield opened


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("schema", WRITER)
def test_a_role_reads_what_it_is_given_and_nothing_else(connections: Connections, schema: str, role: str):
    if role == WRITER[schema] or role in READERS[schema]:
        assert connections[role].execute(f"select value from {schema}.probe").fetchall() == [(1,)]
    else:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connections[role].execute(f"select value from {schema}.probe")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("schema", WRITER)
def test_only_its_writer_changes_a_schema(connections: Connections, schema: str, role: str):
    attempts = (
        f"insert into {schema}.probe values (2)",
        f"update {schema}.probe set value = 2",
        f"delete from {schema}.probe",
        f"truncate {schema}.probe",
        f"create table {schema}.probe_too (value integer)",
        f"create view {schema}.probe_view as select 1 as value",
        f"drop table {schema}.probe",
    )
    for attempt in attempts:
        if role == WRITER[schema]:
            with connections[role].transaction(force_rollback=True):
                connections[role].execute(attempt)
        else:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connections[role].execute(attempt)


@pytest.mark.parametrize("role", ROLES)
def test_no_role_makes_a_schema_or_a_table_in_public(connections: Connections, role: str):
    for attempt in ("create schema mine", "create table public.mine (value integer)"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connections[role].execute(attempt)


@pytest.mark.parametrize("role", LOGINS)
@pytest.mark.parametrize("part", DATABASE_USERS)
def test_a_database_is_closed_to_all_but_its_users(module_warehouse: Settings, part: str, role: str):
    database = f"{module_warehouse.database}{part}"
    if role in DATABASE_USERS[part]:
        with warehouse.connect(role, module_warehouse, database) as connection:
            assert connection.execute("select current_user, current_database()").fetchone() == (
                f"recoup_{role}",
                database,
            )
    else:
        with pytest.raises(RecoupError, match="does not let recoup_"):
            warehouse.connect(role, module_warehouse, database)


def test_the_source_reader_reads_what_the_company_writes_and_changes_nothing(module_warehouse: Settings):
    for part in ("billing_ledger", "contact_center"):
        database = module_warehouse.source_database(part)
        with warehouse.connect("company", module_warehouse, database) as connection:
            connection.execute("create table probe as select 1 as value")
        with warehouse.connect("source_reader", module_warehouse, database, autocommit=True) as connection:
            assert connection.execute("select value from probe").fetchall() == [(1,)]
            for attempt in ("insert into probe values (2)", "drop table probe", "create table mine (value integer)"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(attempt)


def test_the_publisher_sees_addresses_but_no_names_and_the_dialer_neither(connections: Connections):
    publisher, dialer = connections["publisher"], connections["dialer"]
    assert publisher.execute("select contact_point_id, address from vault.contact_points").fetchall() == []
    for query in ("select full_name from vault.persons", "select * from vault.persons"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            publisher.execute(query)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        dialer.execute("select address from vault.contact_points")


def test_the_publisher_freezes_a_cutoff_once_and_nobody_else_does(connections: Connections):
    call = "select rule_version from audit.freeze_cutoff('2026-04-01', 1, '2026-04-01 09:00Z', %s, 'model')"
    publisher = connections["publisher"]
    with publisher.transaction(force_rollback=True):
        assert publisher.execute(call, ["first"]).fetchone() == ("first",)
        assert publisher.execute(call, ["second"]).fetchone() == ("first",)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        publisher.execute("delete from audit.frozen_cutoffs")
    for role in set(ROLES) - {"publisher", "auditor"}:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connections[role].execute(call, ["stranger"])


@pytest.mark.parametrize("role", LOGINS)
def test_no_role_is_more_than_itself(module_warehouse: Settings, role: str):
    with warehouse.connect("admin", module_warehouse) as connection:
        found = connection.execute(
            "select rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls,"
            " exists (select from pg_auth_members where member = r.oid) from pg_roles as r where rolname = %s",
            [f"recoup_{role}"],
        ).fetchone()
    assert found == (False, False)


def test_sessions_of_every_driver_speak_utc(module_warehouse: Settings):
    with psycopg.connect(warehouse.url("bi_reader", module_warehouse)) as connection:
        assert connection.execute("show timezone").fetchone() == ("UTC",)
    with warehouse.connect("bi_reader", module_warehouse) as connection:
        assert connection.execute("show timezone").fetchone() == ("UTC",)


def test_a_limit_from_the_environment_reaches_our_sessions(module_warehouse: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PGOPTIONS", "-c statement_timeout=1234")
    with warehouse.connect("loader", module_warehouse) as connection:
        assert connection.execute("show statement_timeout").fetchone() == ("1234ms",)
        assert connection.execute("show timezone").fetchone() == ("UTC",)
