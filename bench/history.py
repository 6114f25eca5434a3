"""The same open accounts and the same day's changes on a longer history.

Accounts that owe nothing are copied, under new keys, in both source databases, until the history is `times` as long.
What is open and what the day brings stay as they were.
"""

from __future__ import annotations

from datetime import date

import psycopg
from psycopg import sql

from recoup import warehouse
from recoup.entities import Entity, Feed, entities_of
from recoup.settings import Settings

KEYS = frozenset({
    "account_id", "person_id", "debt_id", "invoice_id", "line_id", "payment_id", "application_id", "credit_id",
    "adjustment_id", "dispute_id", "subscription_id", "plan_id", "offer_id", "contact_point_id", "attempt_id",
    "promise_id", "retry_of", "reverses",
})  # fmt: skip
"""Columns that name a row or point at one; a copy gets its own."""

_ACCOUNTS = "account_id in (select account_id from bench_accounts)"
_PERSONS = "person_id in (select person_id from bench_persons)"
_INVOICES = f"invoice_id in (select invoice_id from invoices where {_ACCOUNTS})"

BELONGS: dict[str, str] = {
    "persons": _PERSONS,
    "invoice_lines": _INVOICES,
    "applications": _INVOICES,
    "disputes": f"payment_id in (select payment_id from payments where {_ACCOUNTS}) or {_INVOICES}",
    "instalments": f"plan_id in (select plan_id from plans where {_ACCOUNTS})",
    "contact_points": _PERSONS,
    "consents": (f"{_PERSONS} or contact_point_id in (select contact_point_id from contact_points where {_PERSONS})"),
    "number_scrubs": f"contact_point_id in (select contact_point_id from contact_points where {_PERSONS})",
    "status_events": f"{_PERSONS} or {_ACCOUNTS}",
    "attempts": _PERSONS,
    "sentiment": f"attempt_id in (select attempt_id from attempts where {_PERSONS})",
}
"""How a row is known to belong to a settled account, where it does not carry the account itself."""

STANDING = frozenset({"terms", "costs", "fx_rates", "agents", "shifts"})
"""Entities that belong to no account."""

_SETTLED = """
with charged as (
    select account_id, sum(total_cents) as cents from invoices where status not in ('draft', 'void') group by account_id
),
adjusted as (
    select
        account_id,
        sum(case
            when kind in ('late_fee', 'interest', 'debit') then amount_cents
            when kind = 'write_off' then -amount_cents
            else 0
        end) as cents
    from adjustments group by account_id
),
applied as (
    select i.account_id, sum(case when a.reverses is null then a.amount_cents else -a.amount_cents end) as cents
    from applications as a inner join invoices as i on a.invoice_id = i.invoice_id
    group by i.account_id
)
select c.account_id
from charged as c
left join adjusted as j on c.account_id = j.account_id
left join applied as a on c.account_id = a.account_id
where c.cents + coalesce(j.cents, 0) = coalesce(a.cents, 0)
"""


def lengthen(settings: Settings, as_of_date: date, times: int) -> tuple[int, int]:
    """Copy settled accounts until both sources hold about `times` the rows.

    Args:
        as_of_date: Only what was recorded before this day is copied: the day's own changes stay as they are.

    Returns:
        Rows of both sources before and after.
    """
    ledger_name, contact_name = (settings.source_database(name) for name in ("billing_ledger", "contact_center"))
    with (
        warehouse.connect("company", settings, ledger_name) as ledger,
        warehouse.connect("company", settings, contact_name) as contact,
    ):
        before = _rows(ledger, "ledger") + _rows(contact, "contact")
        ledger.execute(sql.SQL("create temporary table bench_accounts as {}").format(sql.SQL(_SETTLED)))
        ledger.execute(
            f"create temporary table bench_persons as select distinct person_id from account_parties where {_ACCOUNTS}"
        )
        for name in ("bench_accounts", "bench_persons"):
            _carry(ledger, contact, name)
        settled = _count(ledger, "invoices", "account_id in (select account_id from bench_accounts)")
        copies = round((times - 1) * _count(ledger, "invoices", "true") / max(settled, 1))
        feeds: tuple[tuple[psycopg.Connection[tuple[object, ...]], Feed], ...] = (
            (ledger, "ledger"),
            (contact, "contact"),
        )
        for connection, feed in feeds:
            for entity in entities_of(feed):
                if entity.name not in STANDING and _exists(connection, entity.name):
                    _copy_rows(connection, entity, copies, as_of_date)
        after = _rows(ledger, "ledger") + _rows(contact, "contact")
    for name in (ledger_name, contact_name):
        with warehouse.connect("company", settings, name, autocommit=True) as connection:
            connection.execute("analyze")
    return before, after


def _copy_rows(
    connection: psycopg.Connection[tuple[object, ...]], entity: Entity, copies: int, as_of_date: date
) -> None:
    columns = [column.name for column in entity.columns] + ["recorded_at"]
    values = []
    for column in columns:
        name = sql.Identifier(column)
        if column in KEYS:
            values.append(sql.SQL("source.{} || '~' || copies.n").format(name))
        elif column == "debt_ids":
            values.append(
                sql.SQL("(select array_agg(d || '~' || copies.n order by d) from unnest(source.{}) as d)").format(name)
            )
        else:
            values.append(sql.SQL("source.{}").format(name))
    belongs = BELONGS.get(entity.name, _ACCOUNTS)
    connection.execute(
        sql.SQL(
            "insert into {table} ({columns}) select {values}"
            " from (select * from {table} where recorded_at < {day} and ({belongs})) as source"
            " cross join generate_series(1, {copies}) as copies (n)"
        ).format(
            table=sql.Identifier(entity.name),
            columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
            values=sql.SQL(", ").join(values),
            day=sql.Literal(as_of_date),
            belongs=sql.SQL(belongs),
            copies=sql.Literal(copies),
        )
    )


def _carry(
    ledger: psycopg.Connection[tuple[object, ...]], contact: psycopg.Connection[tuple[object, ...]], name: str
) -> None:
    column = {"bench_accounts": "account_id", "bench_persons": "person_id"}[name]
    contact.execute(sql.SQL("create temporary table {} ({} text)").format(sql.Identifier(name), sql.Identifier(column)))
    with (
        ledger.cursor().copy(sql.SQL("copy {} to stdout").format(sql.Identifier(name))) as outgoing,
        contact.cursor().copy(sql.SQL("copy {} from stdin").format(sql.Identifier(name))) as incoming,
    ):
        for chunk in outgoing:
            incoming.write(chunk)


def _exists(connection: psycopg.Connection[tuple[object, ...]], table: str) -> bool:
    return connection.execute("select to_regclass(%s)", [f"public.{table}"]).fetchone() != (None,)


def _count(connection: psycopg.Connection[tuple[object, ...]], table: str, condition: str) -> int:
    row = connection.execute(
        sql.SQL("select count(*) from {} where {}").format(sql.Identifier(table), sql.SQL(condition))
    ).fetchone()
    assert row is not None
    return int(str(row[0]))


def _rows(connection: psycopg.Connection[tuple[object, ...]], feed: Feed) -> int:
    counts = [
        _count(connection, entity.name, "true") for entity in entities_of(feed) if _exists(connection, entity.name)
    ]
    return sum(counts)
