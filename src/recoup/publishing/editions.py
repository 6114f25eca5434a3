"""What a published list was made with, kept with it: seeds with their rows, models with their hashes, parameters."""

from __future__ import annotations

from datetime import date

from psycopg import sql
from psycopg.types.json import Jsonb

from recoup.publishing.proposals import Connection
from recoup.settings import Settings


def keep_edition(
    connection: Connection, list_date: date, list_version: int, rule_version: str, settings: Settings
) -> None:
    """Keep the edition inside the publisher's transaction; one that is kept already stands."""
    kept = connection.execute(
        "select from audit.list_editions where list_date = %s and list_version = %s", [list_date, list_version]
    ).fetchone()
    if kept is not None:
        return
    made_with = connection.execute(
        "select made_with from scores.proposed_with where list_date = %s", [list_date]
    ).fetchone()
    models = connection.execute(
        """
        select coalesce(jsonb_object_agg(m.model_version, m.artifact_sha256), '{}')
        from scores.model_registry as m
        where exists (
            select from audit.frozen_cutoffs as f
            where
                f.list_date = %s and f.list_version = %s
                and m.model_version = any (regexp_split_to_array(f.model_version, ' *[+] *'))
        )
        """,
        [list_date, list_version],
    ).fetchone()
    assert models is not None
    connection.execute(
        "select audit.keep_edition(%s, %s, %s, %s, %s, %s)",
        [
            list_date, list_version, rule_version, Jsonb(_seeds(connection, settings)), Jsonb(models[0]),
            Jsonb(made_with[0]) if made_with else None,
        ],
    )  # fmt: skip


def _seeds(connection: Connection, settings: Settings) -> dict[str, object]:
    """Every seed with all its rows, as they stand in the warehouse, in an order of their own."""
    names = sorted(file.stem for file in (settings.project_dir / "dbt_project" / "seeds").glob("*.csv"))
    found: dict[str, object] = {}
    for name in names:
        if connection.execute("select to_regclass(%s)", [f"policy.{name}"]).fetchone() == (None,):
            continue
        row = connection.execute(
            sql.SQL("select coalesce(jsonb_agg(to_jsonb(s) order by to_jsonb(s)::text), '[]') from {} as s").format(
                sql.Identifier("policy", name)
            )
        ).fetchone()
        assert row is not None
        found[name] = row[0]
    return found
