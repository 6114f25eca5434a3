"""A published list made again: the same queries and code, in a schema of its own, with what was known then."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from psycopg import sql
from psycopg.types.json import Jsonb

from recoup import built_aside, pipeline, scratch, warehouse
from recoup.day import Day
from recoup.replay.edition import Edition
from recoup.replay.made_with import company_of_then
from recoup.settings import Aside, Settings

PREFIX = "replay_"
_SCORE_TABLES = (
    "reach", "contact_value", "slot_propensity", "reason_words", "proposed_contact_priority",
    "proposed_best_time_to_contact", "proposed_excluded",
)  # fmt: skip
_STAGES = ("score_accounts", "propose_lists")


@contextlib.contextmanager
def rebuilt(edition: Edition, settings: Settings) -> Iterator[str]:
    """The schema that holds `proposed_<list>` of an edition made again, for the length of a `with` block.

    The published lists, and everything that a day's run writes, stay untouched.

    Raises:
        RecoupError: A model or a stage failed, or a run was building the ledger all the while.
    """
    day = day_of(edition, settings)
    with scratch.borrowed(PREFIX, edition.list_date, settings, readers=("auditor",), writers=("scorer",)) as schema:
        then = _settings_of_then(edition, schema, settings)
        _lay_seeds(edition, schema, settings)
        _lay_score_tables(schema, settings)
        scratch.build_undisturbed(
            lambda: built_aside.build_list_inputs_aside(schema, day, then), settings, f"the list of {edition.list_date}"
        )
        for stage in _STAGES:
            pipeline.load_stage(stage)(day, then)
        yield schema


def day_of(edition: Edition, settings: Settings) -> Day:
    """The day of an edition, closed as its scheduled run saw it."""
    return Day.closing(edition.as_of_date, settings.company.time_zone)


def _settings_of_then(edition: Edition, schema: str, settings: Settings) -> Settings:
    kept = edition.made_with
    return replace(
        settings,
        company=company_of_then(kept["company"], settings.company),
        aside=Aside(
            schema=schema,
            known_at=edition.knowledge_cutoff,
            model_version=edition.model_version,
            dbt_vars=kept["dbt_vars"],
            params=kept["params"],
            reason_codes=kept["reason_codes"],
        ),
    )


def _lay_seeds(edition: Edition, schema: str, settings: Settings) -> None:
    """Lay the seeds of then into the schema, typed as today's: a column that came since is null."""
    with warehouse.connect("auditor", settings) as connection:
        kept = dict(
            connection.execute(
                "select seed, rows from audit.kept_seeds where content_sha256 = any(%s)", [list(edition.seeds.values())]
            ).fetchall()
        )
    with warehouse.connect("transformer", settings) as connection:
        for name, rows in kept.items():
            of_today = connection.execute("select to_regclass(%s)", [f"policy.{name}"]).fetchone()
            if of_today == (None,):
                continue
            parts = {"table": sql.Identifier(schema, name), "typed": sql.Identifier("policy", name)}
            connection.execute(sql.SQL("create table {table} (like {typed})").format(**parts))
            connection.execute(
                sql.SQL("insert into {table} select * from jsonb_populate_recordset(null::{typed}, %s)").format(
                    **parts
                ),
                [Jsonb(rows)],
            )


def _lay_score_tables(schema: str, settings: Settings) -> None:
    with warehouse.connect("scorer", settings) as connection:
        for name in _SCORE_TABLES:
            connection.execute(
                sql.SQL("create table {} (like {} including all)").format(
                    sql.Identifier(schema, name), sql.Identifier("scores", name)
                )
            )
            # What the scorer makes here is its own, and the default rights of the schema speak for the transformer.
            connection.execute(sql.SQL("grant select on {} to recoup_auditor").format(sql.Identifier(schema, name)))
