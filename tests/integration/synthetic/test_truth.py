"""What the truth says of leaks is so: each stands in the source tables as it says, each lookalike has its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pandas as pd
import pytest

from recoup import synthetic, warehouse
from recoup.settings import Settings
from recoup.synthetic.profile import LEAK_CAUSES
from recoup.synthetic.truth import KINDS

END = date(2026, 3, 12)
KEYS = {
    "accounts": "account_id", "invoices": "invoice_id", "payments": "payment_id", "adjustments": "adjustment_id",
    "promises": "promise_id", "disputes": "dispute_id", "invoice_lines": "line_id",
}  # fmt: skip


def table(settings: Settings, database: str, query: str) -> pd.DataFrame:
    with warehouse.connect("company", settings, settings.source_database(database)) as connection:
        cursor = connection.execute(query.encode())
        return pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description or ()])


@pytest.fixture(scope="module")
def company(
    new_warehouse: Callable[..., AbstractContextManager[Settings]],
) -> Iterator[Callable[[str, str], pd.DataFrame]]:
    """A company of 1,500 customers: `company(database, query)` gives a frame."""
    with new_warehouse() as settings:
        synthetic.create(settings, END, 1_500, 12, "utility", 7)

        def ask(database: str, query: str) -> pd.DataFrame:
            return table(settings, database, query)

        yield ask


@pytest.fixture(scope="module")
def truth(company: Any) -> pd.DataFrame:
    return company("truth", "select * from leaks")


def of_kind(truth: pd.DataFrame, cause: str, kind: str) -> pd.DataFrame:
    rows = truth[(truth.cause == cause) & (truth.kind == kind)]
    assert len(rows) > 0, f"there is no {kind} of {cause}: the test would pass on nothing"
    return rows


def services(rows: pd.DataFrame) -> pd.DataFrame:
    """account_id, item, service_from out of the keys of service months."""
    parts = rows.evidence_key.str.split("|", expand=True)
    return pd.DataFrame({"account_id": parts[0], "item": parts[1], "service_from": pd.to_datetime(parts[2]).dt.date})


@pytest.fixture(scope="module")
def lines(company: Any) -> pd.DataFrame:
    return company(
        "billing_ledger",
        """
        select
            i.account_id, l.line_id, l.item, l.service_from, l.service_to, l.quantity, l.unit_price_cents,
            l.amount_cents, i.invoice_id, i.issued_on
        from invoice_lines as l inner join invoices as i using (invoice_id)
        where i.status <> 'void'
        """,
    )


@pytest.fixture(scope="module")
def contract(company: Any) -> pd.DataFrame:
    return company("billing_ledger", "select * from contract_prices")


def test_every_cause_has_leaks_and_its_lookalikes_outnumber_them(truth: pd.DataFrame) -> None:
    counts = truth.groupby(["cause", "is_innocent"]).size().unstack(fill_value=0)
    assert set(counts.index) == set(LEAK_CAUSES)
    assert (counts[False] > 0).all(), counts
    assert (counts[True] > counts[False]).all(), counts


def test_what_a_row_of_the_truth_is_about_exists(company: Any, truth: pd.DataFrame) -> None:
    for entity, rows in truth.groupby("evidence_entity"):
        column = KEYS[str(entity)]
        database = "contact_center" if entity == "promises" else "billing_ledger"
        known = set(company(database, f"select {column} from {entity}")[column])
        assert set(rows.evidence_key.str.split("|").str[0]) <= known, entity
    assert set(truth.evidence_entity) == set(KEYS)
    assert not truth.duplicated(["cause", "evidence_key"]).any()
    assert set(truth.kind) <= {kind for kinds in KINDS.values() for kind in kinds}


def test_a_service_without_a_line_has_none_and_its_account_was_billed_for_others(
    truth: pd.DataFrame, lines: pd.DataFrame
) -> None:
    missing = services(of_kind(truth, "unbilled_service", "no_line"))
    assert missing.merge(lines, on=["account_id", "item", "service_from"]).empty
    assert len(missing.merge(lines[["account_id", "service_from"]].drop_duplicates())) == len(missing)


def test_a_late_line_comes_on_the_next_bill(truth: pd.DataFrame, lines: pd.DataFrame) -> None:
    rows = of_kind(truth, "unbilled_service", "billed_on_next_invoice")
    late = services(rows[rows.decidable_on <= END])
    found = late.merge(lines, on=["account_id", "item", "service_from"])
    assert len(found) == len(late)
    assert ((pd.to_datetime(found.issued_on) - pd.to_datetime(found.service_to)).dt.days >= 28).all()


def test_a_free_month_was_agreed_and_has_no_line(
    truth: pd.DataFrame, lines: pd.DataFrame, contract: pd.DataFrame
) -> None:
    free = services(of_kind(truth, "unbilled_service", "free_month"))
    assert free.merge(lines, on=["account_id", "item", "service_from"]).empty
    agreed = contract[contract.kind == "discount"].rename(columns={"from_on": "service_from"})
    assert len(free.merge(agreed, on=["account_id", "item", "service_from"])) == len(free)


def test_a_skipped_period_has_no_line_at_all_and_one_billed_with_the_next_has(
    truth: pd.DataFrame, lines: pd.DataFrame
) -> None:
    starts = lines[["account_id", "service_from"]].drop_duplicates()
    for kind, share in (("period_skipped", 0), ("billed_with_next_period", 1)):
        rows = of_kind(truth, "billing_gap", kind)
        rows = rows[rows.decidable_on <= END]
        parts = rows.evidence_key.str.split("|", expand=True)
        periods = pd.DataFrame({"account_id": parts[0], "service_from": pd.to_datetime(parts[1]).dt.date})
        assert len(periods.merge(starts)) == share * len(periods), kind


def test_a_line_below_the_contract_says_less_than_the_price_in_force_and_a_negotiated_one_does_not(
    truth: pd.DataFrame, lines: pd.DataFrame, contract: pd.DataFrame
) -> None:
    prices = contract[contract.kind == "price"]
    for kind, is_below in (
        ("below_contract", True),
        ("negotiated_price", False),
        ("price_changed_in_mid_period", False),
    ):
        rows = of_kind(truth, "underbilled", kind)
        joined = rows.merge(lines, left_on="evidence_key", right_on="line_id", suffixes=("", "_l"))
        joined = joined.merge(prices, on=["account_id", "item"], suffixes=("", "_p"))
        joined = joined[
            (joined.from_on <= joined.service_from) & (joined.to_on.isna() | (joined.to_on >= joined.service_from))
        ]
        assert len(joined) == len(rows), f"{kind}: one price is in force on each day"
        assert ((joined.unit_price_cents < joined.price_cents) == is_below).all(), kind
        if is_below:
            lost = joined.quantity.astype(float) * (joined.price_cents - joined.unit_price_cents)
            assert ((lost - joined.amount_cents).abs() <= 1).all()


def test_prices_of_an_item_follow_each_other_without_overlap(contract: pd.DataFrame) -> None:
    prices = contract[contract.kind == "price"].sort_values(["account_id", "item", "from_on"])
    same = prices.account_id.eq(prices.account_id.shift(-1)) & prices.item.eq(prices.item.shift(-1))
    following = prices.from_on.shift(-1)[same]
    assert (following > prices.to_on[same]).all()
    assert (prices.to_on >= prices.from_on).all()


def test_a_discount_past_its_end_is_not_agreed_on_its_day_and_a_standing_one_is(
    truth: pd.DataFrame, lines: pd.DataFrame, contract: pd.DataFrame
) -> None:
    agreed = contract[contract.kind == "discount"]
    for kind, expected in (("discount_past_its_end", 0), ("standing_discount", 1)):
        rows = of_kind(truth, "underbilled", kind).merge(lines, left_on="evidence_key", right_on="line_id")
        rows["item"] = rows.item.str.removesuffix("_discount")
        joined = rows.merge(agreed, left_on=["account_id_x", "item"], right_on=["account_id", "item"])
        assert len(joined) > 0
        runs = (joined.from_on <= joined.service_from) & (joined.to_on.isna() | (joined.to_on >= joined.service_from))
        assert runs.sum() == expected * len(rows), kind


def test_errors_of_invoices_are_in_their_heads(company: Any, truth: pd.DataFrame) -> None:
    invoices = company(
        "billing_ledger",
        "select i.*, t.net_days from invoices as i join accounts using (account_id) join terms as t using (terms_code)",
    ).set_index("invoice_id")
    missing = of_kind(truth, "invoice_error", "due_date_missing").evidence_key
    assert invoices.loc[missing].due_on.isna().all()
    wrong = invoices.loc[of_kind(truth, "invoice_error", "wrong_terms").evidence_key]
    days = (pd.to_datetime(wrong.due_on) - pd.to_datetime(wrong.issued_on)).dt.days
    assert (days > wrong.net_days).all()
    assert (invoices.loc[of_kind(truth, "invoice_error", "voided_copy").evidence_key].status == "void").all()
    assert invoices.loc[of_kind(truth, "invoice_error", "no_tax_stated").evidence_key].tax_cents.isna().all()


def test_a_credit_given_twice_has_a_twin_and_its_lookalikes_differ(company: Any, truth: pd.DataFrame) -> None:
    credits_ = company("billing_ledger", "select * from adjustments where kind = 'credit'")
    same = ["account_id", "amount_cents", "reason"]
    credits_["invoice"] = credits_.invoice_id.fillna("")
    for kind, twins in (
        ("given_twice", True),
        ("another_reason", False),
        ("a_month_later", False),
        ("split_in_two", False),
    ):
        rows = truth[(truth.cause == "duplicate_credit") & (truth.kind == kind)][["evidence_key"]]
        mine = rows.merge(credits_, left_on="evidence_key", right_on="adjustment_id")
        pairs = mine.merge(credits_, on=[*same, "invoice"], suffixes=("", "_other"))
        apart = (pd.to_datetime(pairs.on) - pd.to_datetime(pairs.on_other)).dt.days
        near = pairs[(pairs.adjustment_id != pairs.adjustment_id_other) & (apart >= 0) & (apart <= 7)]
        assert (near.adjustment_id.nunique() == len(mine)) == twins or len(mine) == 0, kind
        assert twins or near.empty, kind


def test_a_late_fee_that_was_forgotten_is_nowhere_and_one_that_was_waived_was_charged(
    company: Any, truth: pd.DataFrame
) -> None:
    fees = set(company("billing_ledger", "select invoice_id from adjustments where kind = 'late_fee'").invoice_id)
    assert not set(of_kind(truth, "late_fee_not_charged", "forgotten").evidence_key) & fees
    assert set(of_kind(truth, "late_fee_not_charged", "waived").evidence_key) <= fees
    billed = company("billing_ledger", "select count(*) from invoice_lines where item = 'late_fee'").iloc[0, 0]
    later = of_kind(truth, "late_fee_not_charged", "billed_on_next_invoice")
    assert (later.decidable_on <= END).sum() <= billed <= len(later)


def test_a_discount_taken_late_was_paid_for_after_its_day(company: Any, truth: pd.DataFrame) -> None:
    paid = company(
        "billing_ledger",
        """
        select
            i.invoice_id, i.issued_on + t.discount_days as discount_until,
            coalesce(min((p.settled_at at time zone 'America/New_York')::date), min(c.on)) as paid_on
        from invoices as i
        join accounts using (account_id) join terms as t using (terms_code)
        join adjustments as c on c.invoice_id = i.invoice_id and c.reason = 'early_payment_discount'
        -- the money of that day, even where it went to an older invoice first
        left join (
            select p.account_id, p.settled_at, a.applied_on from payments as p join applications as a using (payment_id)
        ) as p on p.account_id = i.account_id and p.applied_on = c.on
        group by 1, 2
        """,
    ).set_index("invoice_id")
    late = paid.loc[of_kind(truth, "discount_taken_late", "taken_late").evidence_key]
    assert (late.paid_on > late.discount_until).all()
    in_time = of_kind(truth, "discount_taken_late", "taken_in_time").evidence_key
    known = paid.loc[in_time[in_time.isin(paid.index)]]
    assert len(known) > 20
    assert (known.paid_on <= known.discount_until).all()


def test_money_that_matched_nothing_lay_for_longer_than_the_policy_allows(company: Any, truth: pd.DataFrame) -> None:
    payments = company(
        "billing_ledger",
        """
        select p.payment_id, (p.settled_at at time zone 'America/New_York')::date as settled_on,
            min(a.applied_on) as applied_on
        from payments as p left join applications as a using (payment_id) group by 1, 2
        """,
    ).set_index("payment_id")
    leaks = payments.loc[of_kind(truth, "unapplied_cash", "matched_to_nothing").evidence_key]
    waited = (pd.to_datetime(leaks.applied_on.fillna(END)) - pd.to_datetime(leaks.settled_on)).dt.days
    assert (waited > 7).all()
    found = payments.loc[of_kind(truth, "unapplied_cash", "matched_in_time").evidence_key]
    assert ((pd.to_datetime(found.applied_on) - pd.to_datetime(found.settled_on)).dt.days <= 7).all()


def test_an_untouched_account_had_no_attempt_in_its_first_days_past_due(company: Any, truth: pd.DataFrame) -> None:
    attempts = company(
        "contact_center",
        """
        select unnest(debt_ids) as debt_id, (started_at at time zone 'America/New_York')::date as attempted_on
        from attempts where direction = 'outbound'
        """,
    )
    debts = company("billing_ledger", "select debt_id, account_id from debts")
    tried = attempts.merge(debts, on="debt_id")
    rows = of_kind(truth, "untouched_overdue", "nobody_called")
    spell = pd.to_datetime(rows.evidence_key.str.split("|").str[1])
    joined = rows.assign(spell=spell).merge(tried, on="account_id")
    days = (pd.to_datetime(joined.attempted_on) - joined.spell).dt.days
    assert not ((days >= 0) & (days <= 15)).any()


def test_a_recovered_write_off_names_its_invoice(company: Any, truth: pd.DataFrame) -> None:
    booked = company(
        "billing_ledger",
        """
        select w.adjustment_id, w.amount_cents, sum(r.amount_cents) as recovered
        from adjustments as w
        join adjustments as r on r.invoice_id = w.invoice_id and r.kind = 'recovery'
        where w.kind = 'write_off' group by 1, 2
        """,
    ).set_index("adjustment_id")
    rows = of_kind(truth, "written_off_collectable", "paid_after_all").set_index("evidence_key")
    assert set(rows.index) == set(booked.index)
    assert (booked.recovered.astype("int64").sort_index() == rows.recovered_cents.sort_index()).all()
