"""Any Postgres named by RECOUP_WAREHOUSE_URL, with an admin who is no superuser, as managed servers have it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from recoup import warehouse
from recoup.errors import RecoupError
from recoup.settings import Settings, load_settings
from recoup.warehouse import embedded


@pytest.fixture(scope="module")
def foreign() -> Iterator[Settings]:
    """Settings whose admin is the ordinary role `clerk` of a server that knows nothing of Recoup."""
    directory = Path(tempfile.mkdtemp(prefix="recoup-test-")).resolve()
    directory.chmod(0o755)
    server = replace(load_settings(), home=directory / "server")
    try:
        warehouse.ensure_running(server)
        with warehouse.connect("admin", server, "postgres") as connection:
            connection.execute("create role clerk login createrole createdb password 'p@ss/word'")
            connection.execute("create role helpless login password 'p@ss/word'")
        address = f"postgresql://clerk:p%40ss%2Fword@{embedded.HOST}:{embedded.port(server)}/postgres"
        yield replace(server, home=directory / "client", admin_url=address)
    finally:
        embedded.destroy(server)
        shutil.rmtree(directory)


def test_an_admin_without_superuser_rights_initializes_twice(foreign: Settings):
    warehouse.initialize(foreign)
    warehouse.initialize(foreign)
    with warehouse.connect("transformer", foreign) as connection:
        connection.execute("create table marts.probe as select 1 as value")
    with warehouse.connect("bi_reader", foreign) as connection:
        assert connection.execute("select value from marts.probe").fetchall() == [(1,)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select * from vault.persons")
    with warehouse.connect("company", foreign, foreign.source_database("truth")) as connection:
        connection.execute("create table secret (value integer)")


def test_a_second_home_does_not_lock_the_first_one_out_unless_told_to(foreign: Settings):
    warehouse.initialize(foreign)
    second = replace(foreign, home=foreign.home.with_name("second"))
    with pytest.raises(RecoupError, match=r"has a role recoup_\w+ whose password .*second does not know"):
        warehouse.initialize(second)
    warehouse.connect("loader", foreign).close()
    warehouse.initialize(second, new_passwords=True)
    warehouse.connect("loader", second).close()
    with pytest.raises(RecoupError, match="refuses the password of recoup_loader"):
        warehouse.connect("loader", foreign)
    warehouse.initialize(foreign)


def test_no_server_is_started_or_stopped_for_it(foreign: Settings):
    warehouse.ensure_running(foreign)
    assert not (foreign.home / "postgres").exists()
    assert warehouse.stop(foreign) is False


def test_an_admin_who_may_create_nothing_is_told_what_is_missing(foreign: Settings):
    assert foreign.admin_url is not None
    poor = replace(foreign, admin_url=foreign.admin_url.replace("clerk", "helpless"), database="another")
    with pytest.raises(RecoupError, match="name a role with CREATEROLE and CREATEDB"):
        warehouse.initialize(poor)


def test_every_role_has_a_url_of_the_same_server(foreign: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RECOUP_PASSWORD_SCORER", "a/b")
    url = warehouse.url("scorer", foreign, driver="postgresql+psycopg2")
    assert foreign.admin_url is not None
    host = foreign.admin_url.split("@")[1].split("/")[0]
    assert url == f"postgresql+psycopg2://recoup_scorer:a%2Fb@{host}/recoup_demo"
    monkeypatch.setenv("RECOUP_URL_SCORER", "postgresql://me@elsewhere/mine?sslmode=require")
    assert warehouse.url("scorer", foreign) == "postgresql://me@elsewhere/mine?sslmode=require"
    assert warehouse.url("scorer", foreign, "other") == "postgresql://me@elsewhere/other?sslmode=require"
