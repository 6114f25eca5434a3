"""What the contact check says is owed is what the aging says, account by account, to the cent."""

from __future__ import annotations

from typing import Any

from recoup import warehouse

OWED = """
with obligors as (
    select account_id, min(person_id) as person_id
    from raw_ledger.account_parties
    where role = 'obligor'
    group by account_id
),
debts as (
    select account_id, array_agg(distinct debt_id) as debt_ids from raw_ledger.debts group by account_id
),
asked as (
    select obligors.account_id, judged.owed_cents, judged.currency
    from obligors
    left join debts on obligors.account_id = debts.account_id
    cross join lateral gate.judge(
        obligors.person_id, coalesce(debts.debt_ids, array[obligors.account_id]), 'none', 'letter', 'collection', %(at)s
    ) as judged
),
aged as (
    select account_id, currency, balance_amount from marts.ar_aging_by_account
    where as_of_date = %(as_of_date)s and balance_amount <> 0
)
select
    count(*) filter (where asked.owed_cents > 0),
    count(aged.account_id),
    array_agg(coalesce(asked.account_id, aged.account_id)) filter (
        where coalesce(asked.owed_cents, 0) <> coalesce(aged.balance_amount, 0) * 100
    )
from asked
full join aged on asked.account_id = aged.account_id and asked.currency = aged.currency
"""


def test_the_open_balance_of_every_account_is_its_aging(company_run: Any) -> None:
    settings, day = company_run.settings, company_run.day
    with warehouse.connect("auditor", settings) as auditor:
        # The last evening of the as-of date, company time, and what is known by now.
        last_evening = auditor.execute(
            "select (%s + time '20:00') at time zone %s", [day.as_of_date, settings.company.time_zone]
        ).fetchone()
        assert last_evening is not None
        owing, aged, differing = auditor.execute(
            OWED, {"at": last_evening[0], "as_of_date": day.as_of_date}
        ).fetchone() or (0, 0, None)
    assert owing > 100
    assert aged > 100
    assert differing is None
