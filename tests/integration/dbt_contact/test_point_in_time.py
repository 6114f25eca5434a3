"""Nothing that is learned later changes what a day's features, contact rules and arms were."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from psycopg import sql

from recoup import synthetic, warehouse
from recoup.day import Day

DAY_TABLES = {
    "features.ftr_account_balance": "as_of_date <= %(as_of)s",
    "features.ftr_account_day": "as_of_date <= %(as_of)s",
    "features.ftr_reach_slot": "as_of_date <= %(as_of)s",
    # A late call counts from the day on which it was known.
    "features.ftr_reach_call": "on_date <= %(as_of)s",
    # A call that is learned late is a new row to learn from; the rows that were there stay as they are.
    "features.ftr_reach_attempt": "as_of_date < %(as_of)s and attempt_id not like 'late-%%'",
    "policy.population": "list_date <= %(list_date)s",
    "policy.experiment_arms": "list_date <= %(list_date)s",
    "policy.contact_windows": "list_date <= %(list_date)s",
    "policy.block_reasons": "list_date <= %(list_date)s",
    "policy.eligible_contacts": "list_date <= %(list_date)s",
    "policy.rule_version": "list_date <= %(list_date)s",
}


def test_rows_that_arrive_later_change_nothing_of_a_day_built_before(built_company: Any) -> None:
    company, first = built_company, built_company.day
    before = _contents(company, first)
    assert all(rows > 0 for rows, _ in before.values()), before

    next_day = Day.closing(first.as_of_date + timedelta(days=1), company.settings.company.time_zone)
    synthetic.advance(company.settings, next_day.as_of_date, lambda _: None)
    company.pull(next_day)
    late = _land_late_rows(company, next_day)
    assert min(late.values()) > 0, late
    company.build(next_day)
    assert _contents(company, first) == before, "a later day changed an earlier one in passing"

    for table in ("features.ftr_account_day", "features.ftr_reach_slot"):
        with warehouse.connect("transformer", company.settings) as connection:
            connection.execute(sql.SQL("delete from {}").format(sql.Identifier(*table.split("."))))
    company.build(first)
    assert _contents(company, first) == before, "the day built again saw what it could not know"


def _contents(company: Any, day: Day) -> dict[str, tuple[int, str]]:
    """Rows and a hash of every table of the day, without what only says when a row was last built."""
    when = {"as_of": day.as_of_date, "list_date": day.list_date}
    found = {}
    for table, condition in DAY_TABLES.items():
        with warehouse.connect("transformer", company.settings) as connection:
            row = connection.execute(
                f"""
                select count(*), md5(coalesce(string_agg(content, '|' order by content), ''))
                from (select (to_jsonb(t) - '_batch_id')::text as content from {table} as t where {condition}) as rows
                """,  # type: ignore[arg-type]
                when,
            ).fetchone()
        found[table] = row
    return found  # type: ignore[return-value]


def _land_late_rows(company: Any, day: Day) -> dict[str, int]:
    """Land, with the batch of `day`, facts of the days before it that would move every feature if they were seen."""
    earlier = day.as_of_date - timedelta(days=4)
    paid = {"status": "settled"}
    spoke = {"right_party": True, "conversation": True, "connected": True}
    return {
        "payments": _copy(
            company, "raw_ledger", "payments", "payment_id", earlier, {"settled_at", "attempted_at"}, paid
        ),
        "attempts": _copy(company, "raw_contact", "attempts", "attempt_id", earlier, {"started_at"}, spoke),
        "promises": _copy(company, "raw_contact", "promises", "promise_id", earlier, {"made_at"}, {}),
    }


def _copy(
    company: Any, schema: str, table: str, key: str, moved_to: date, moved: set[str], changed: dict[str, Any]
) -> int:
    """Copy the newest rows of a raw table under new keys and into the newest batch. → number of rows."""
    with warehouse.connect("loader", company.settings) as connection:
        names = [
            name for (name,) in connection.execute(
                "select column_name from information_schema.columns where table_schema = %s and table_name = %s"
                " order by ordinal_position", [schema, table],
            )
        ]  # fmt: skip
        batch = connection.execute(
            sql.SQL("select batch_id, recorded_at from {} order by batch_id desc limit 1").format(
                sql.Identifier(schema, "batches")
            )
        ).fetchone()
        assert batch is not None
        replaced: dict[str, Any] = {
            key: sql.SQL("'late-' || {}").format(sql.Identifier(key)),
            "_key": sql.SQL("'late-' || _key"),
            "_batch_id": sql.Literal(batch[0]),
            "_recorded_at": sql.Literal(batch[1]),
            "_known_at": sql.Literal(batch[1]),
            **{name: sql.SQL("{}::timestamp + interval '16 hours'").format(sql.Literal(moved_to)) for name in moved},
            **{name: sql.Literal(value) for name, value in changed.items()},
        }
        return connection.execute(
            sql.SQL(
                # one version of a key: two would be learned at one instant
                "insert into {} ({}) select {} from (select distinct on (_key) * from {} where _batch_id < {}"
                " order by _key, _known_at desc) as newest order by _known_at desc, _key limit 400"
            ).format(
                sql.Identifier(schema, table),
                sql.SQL(", ").join(map(sql.Identifier, names)),
                sql.SQL(", ").join(replaced.get(name, sql.Identifier(name)) for name in names),
                sql.Identifier(schema, table),
                sql.Literal(batch[0]),
            )
        ).rowcount
