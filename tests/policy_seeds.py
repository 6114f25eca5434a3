"""The seeds that contact rules are read from, put into a warehouse without dbt."""

from __future__ import annotations

import csv

import yaml
from psycopg import sql

from recoup import warehouse
from recoup.settings import PROJECT_DIR, Settings

SEEDS = PROJECT_DIR / "dbt_project" / "seeds"
TABLES = (
    "contact_rules", "limitation_periods", "postal_zones", "area_code_zones", "region_zones", "disposition_map",
)  # fmt: skip
KEYS = {
    "postal_zones": "country, postal_prefix",
    "area_code_zones": "area_code",
    "disposition_map": "upper(disposition_raw)",
}


def load_seeds(settings: Settings) -> None:
    """Fill the seeds of the schema policy from their files; what was there is replaced."""
    types = {
        seed["name"]: seed.get("config", {}).get("column_types", {})
        for seed in yaml.safe_load((SEEDS / "_seeds.yml").read_text(encoding="utf-8"))["seeds"]
    }
    with warehouse.connect("transformer", settings) as connection:
        for name in TABLES:
            path = SEEDS / f"{name}.csv"
            with path.open(encoding="utf-8", newline="") as file:
                columns = next(csv.reader(file))
            table = sql.Identifier("policy", name)
            fields = sql.SQL(", ").join(
                sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(types[name].get(column, "text")))
                for column in columns
            )
            connection.execute(sql.SQL("drop table if exists {} cascade").format(table))
            connection.execute(sql.SQL("create table {} ({})").format(table, fields))
            with (
                connection.cursor() as cursor,
                cursor.copy(sql.SQL("copy {} from stdin with (format csv, header match)").format(table)) as copy,
            ):
                copy.write(path.read_bytes())
            if name in KEYS:
                connection.execute(
                    sql.SQL("create index {} on {} ({})").format(
                        sql.Identifier(f"{name}_key"), table, sql.SQL(KEYS[name])
                    )
                )
            connection.execute(sql.SQL("analyze {}").format(table))
