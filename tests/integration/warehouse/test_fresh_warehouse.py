"""The fixtures themselves: a warehouse of one's own is whole, and quick enough to have one a test."""

from __future__ import annotations

from recoup import warehouse as recoup_warehouse
from recoup.settings import Settings


def test_two_warehouses_of_one_server_hold_different_rows(settings_factory):
    first, second = settings_factory(), settings_factory()
    with recoup_warehouse.connect("auditor", first) as connection:
        connection.execute(
            "insert into audit.run_ledger (stage, as_of_date, recorded_at, status)"
            " values ('x', '2026-01-01', now(), 'running')"
        )
    with recoup_warehouse.connect("auditor", second) as connection:
        assert connection.execute("select count(*) from audit.run_ledger").fetchone() == (0,)


def test_a_copied_warehouse_grants_what_an_initialized_one_grants(cluster: Settings, warehouse: Settings):
    def access(settings: Settings, database: str) -> set[str]:
        with recoup_warehouse.connect("admin", settings, database) as connection:
            rows = connection.execute(
                "select unnest(datacl)::text from pg_database where datname = current_database()"
                " union all select nspname || ' ' || unnest(nspacl)::text from pg_namespace"
                " union all select oid::regclass || ' ' || unnest(relacl)::text from pg_class where relkind = 'r'"
                " union all select defaclnamespace::text || ' ' || unnest(defaclacl)::text from pg_default_acl"
            )
            return {row[0] for row in rows}

    assert len(access(cluster, cluster.database)) > 50
    assert access(cluster, cluster.database) == access(warehouse, warehouse.database)
    for part in ("billing_ledger", "contact_center", "truth", "airflow"):
        assert access(cluster, cluster.source_database(part)) == access(warehouse, warehouse.source_database(part))
