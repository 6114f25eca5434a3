"""The maintained ledger against a plain reading of the raw versions, for several days and cut-offs of knowledge.

The reference knows nothing of legs and negations: it takes the version of each row that was held at the cut-off and
adds up what is effective by the day.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from recoup import transform, warehouse
from recoup.day import Day
from recoup.errors import RecoupError

ZONE = "America/New_York"
LAST = date(2026, 3, 4)


def _rebuild(ledger: Any, day: date, cutoff: datetime, *models: str) -> None:
    values = {**transform.dbt_vars(Day.closing(day, ZONE), ledger.settings), "known_at": cutoff.isoformat()}
    result = transform.run_dbt(["run", "--select", *models, "--vars", json.dumps(values)], ledger.settings)
    assert result.success, [(r.node.name, r.message) for r in result.result.results]


OPEN_ITEMS = ("int_invoices__current", "int_invoices__open", "int_accounts__open")
PAIRS = [(LAST, 4), (LAST, 2), (LAST - timedelta(days=3), 4), (LAST - timedelta(days=3), 1), (date(2026, 2, 20), 4),
         (date(2026, 2, 20), None)]  # fmt: skip
"""(day, index of the batch whose clock is the cut-off); None = the evening of the day itself, before go-live."""


@pytest.mark.parametrize(("day", "batch"), PAIRS)
def test_open_items_equal_the_plain_reading(
    landed: Any, plain_reading: Callable[..., Any], day: date, batch: int | None
) -> None:
    cutoff = Day.closing(day, ZONE).recorded_at if batch is None else landed.batches[batch].recorded_at
    _rebuild(landed, day, cutoff, *OPEN_ITEMS)
    reference = plain_reading(landed, day, cutoff)

    expected = {key: cents for key, cents in reference.open.items() if cents}
    assert len(expected) > 10, "too little is open to prove anything"
    found = {(i, c): cents for i, c, cents in landed.query(
        "select invoice_id, currency, open_cents from intermediate.int_invoices__open"
    )}  # fmt: skip
    assert found == expected

    held = {key: cents for key, cents in reference.unapplied.items() if cents}
    rows = landed.query(
        "select account_id, currency, unapplied_cash_cents, unapplied_credits_cents"
        " from intermediate.int_accounts__open"
    )
    assert {
        (account, currency, line): cents
        for account, currency, cash, credit in rows
        for line, cents in (("cash", cash), ("credits", credit))
        if cents
    } == held
    assert held, "nothing is unapplied: that line would be unproven"


def test_batch_by_batch_is_the_same_as_all_at_once(landed: Any) -> None:
    day = landed.batches[-1]
    landed.build(day)
    step_by_step = landed.contents(day)
    landed.build(day, full_refresh=True)
    all_at_once = landed.contents(day)
    # Every model that the ledger feeds, also those that nobody has written yet.
    assert len(step_by_step) >= 50, sorted(step_by_step)
    assert sum(step_by_step["intermediate.int_ledger__entries"].values()) > 300
    differing = {
        name: [(rows - all_at_once[name]).most_common(2), (all_at_once[name] - rows).most_common(2)]
        for name, rows in step_by_step.items()
        if rows != all_at_once[name]
    }
    assert differing == {}
    empty = {name for name, rows in step_by_step.items() if name.startswith(("intermediate.", "marts.")) and not rows}
    assert empty == set(), "nothing was compared there"


def test_each_days_opening_is_the_closing_of_the_day_before(landed: Any) -> None:
    cutoff = landed.batches[-1].recorded_at
    days = [LAST - timedelta(days=n) for n in (2, 1, 0)]
    for day in days:
        _rebuild(landed, day, cutoff, *OPEN_ITEMS, "ar_control_total")
    rows = landed.query(
        "select currency, as_of_date, opening_amount, closing_amount from marts.ar_control_total where as_of_date >= %s"
        " order by currency, as_of_date",
        days[0],
    )
    assert len(rows) == 6
    for before, after in pairwise(rows):
        if before[0] == after[0]:
            assert after[2] == before[3], f"{after[0]} opens {after[1]} otherwise than the day before closed"


LEGS = "intermediate.int_ledger__{}_entries"
BREAKS = {
    "buckets are not the open balance": (
        "delete from staging.stg_ledger__invoices where invoice_id ="
        " (select invoice_id from intermediate.int_invoices__open where invoice_id not like 'adj:%' limit 1)"
    ),
    "closing is not opening plus movements": (
        f"update {LEGS.format('adjustment')} set entry_kind = 'surcharge'"
        " where ledger_account = 'accounts_receivable' and entry_kind = 'late_fee' and not is_negation"
    ),
    "the control total is not what the other side says": (
        f"delete from {LEGS.format('payment')} where ledger_account = 'cash' and not is_negation"
    ),
    "cash applied did not leave unapplied cash": (
        f"update {LEGS.format('application')} set amount_cents = amount_cents + 1"
        " where ledger_account = 'unapplied_cash' and entry_kind = 'application' and not is_negation"
    ),
    "credits applied did not leave unapplied credits": (
        f"update {LEGS.format('application')} set entry_kind = 'application'"
        " where ledger_account = 'unapplied_credits' and entry_kind = 'credit_application'"
    ),
    "a kind that may not move an unapplied line did": (
        f"update {LEGS.format('payment')} set entry_kind = 'late_fee'"
        " where ledger_account = 'unapplied_cash' and entry_kind = 'payment' and not is_negation"
    ),
    "the mart says otherwise of its last day": (
        "update marts.ar_control_total set closing_amount = closing_amount + 0.01"
    ),
}  # fmt: skip
"""What each equation of the history notices, and a way to break it."""


def test_the_whole_history_balances_and_each_equation_can_fail(landed: Any) -> None:
    day = landed.batches[-1]
    landed.build(day)
    assert transform.check_history(day, landed.settings)["tests"] >= 2
    (compiled,) = transform.target_directory(landed.settings).rglob("compiled/**/aging_equations_hold_on_every_day.sql")
    query = compiled.read_text(encoding="utf-8")
    with warehouse.connect("transformer", landed.settings) as connection:
        assert connection.execute(query).fetchall() == []
        for problem, statement in BREAKS.items():
            with connection.transaction(force_rollback=True):
                assert connection.execute(statement).rowcount > 0, f"nothing was broken: {problem}"
                assert problem in {said for said, *_ in connection.execute(query)}


def test_the_same_day_twice_is_the_same(landed: Any) -> None:
    day = landed.batches[-1]
    landed.build(day)
    first = landed.contents(day)
    landed.build(day)
    assert landed.contents(day) == first


def test_a_leg_that_went_missing_fails_the_build_in_one_sentence(landed: Any) -> None:
    newest = "select max(_batch_id) from intermediate.int_ledger__entries"
    with warehouse.connect("transformer", landed.settings) as connection:
        ((source_row,),) = connection.execute(
            f"select source_row from intermediate.int_ledger__entries where _batch_id = ({newest}) limit 1"
        ).fetchall()
        entries = f"intermediate.int_ledger__{source_row.partition('|')[0].removesuffix('s')}_entries"
        connection.execute(f"create table intermediate.kept as table {entries}")
        connection.execute(
            f"delete from {entries} where ctid = (select ctid from {entries} where source_row = %s limit 1)",
            [source_row],
        )
    said = r"legs_sum_to_zero_int_ledger__entries_ found 1 failing row in build_ledger"
    try:
        with pytest.raises(RecoupError, match=said) as seen:
            transform.build("ledger", landed.batches[-1], landed.settings)
    finally:
        with warehouse.connect("transformer", landed.settings) as connection:
            connection.execute(f"truncate {entries}")
            connection.execute(f"insert into {entries} table intermediate.kept")
            connection.execute("drop table intermediate.kept")
    assert "\n" not in str(seen.value)
    assert str(landed.settings.home) in str(seen.value)
