"""The maintained ledger against a plain reading of the raw versions, for several days and cut-offs of knowledge.

The reference knows nothing of legs and negations: it takes the version of each row that was held at the cut-off and
adds up what is effective by the day.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from recoup import transform
from recoup.day import Day

ZONE = "America/New_York"
FIRST = date(2026, 2, 10)
"""First day of the ledger; its first batch closes the 28th, and one batch a day follows."""
GO_LIVE = date(2026, 2, 28)
LAST = date(2026, 3, 4)

Row = dict[str, Any]
Batch = dict[str, list[Row]]


class MadeUpLedger:
    """A small ledger in which everything happens that can: late rows, corrections, voids, returns, reversals."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.rows: dict[tuple[str, str], Row] = {}
        self.pending: list[tuple[date, str, str]] = []
        self.seen: Counter[str] = Counter()

    def change(self, name: str, key: str, happened: date, *, delay: int | None = None, **values: Any) -> Row:
        """Change or make a row on a day; the source delivers it that day or, with a delay, days later."""
        recorded = datetime(happened.year, happened.month, happened.day, 18, tzinfo=UTC)
        row = {**self.rows.get((name, key), {}), **values, "source_recorded_at": recorded}
        self.rows[name, key] = row
        late = delay if delay is not None else self.random.choice([0, 0, 0, 0, 1, 3])
        self.pending.append((happened + timedelta(days=late), name, key))
        return row

    def happen(self, on: date) -> None:
        for number in range(4):
            self._bill(on, number)
        issued = [row for (name, _), row in self.rows.items() if name == "invoices"]
        for invoice in self.random.sample(issued, min(5, len(issued))):
            self._touch(invoice, on)

    def _bill(self, on: date, number: int) -> None:
        account = f"A{self.random.randrange(6)}"
        key = f"I{on:%m%d}{number}"
        status = self.random.choice(["open", "open", "open", "draft"])
        due = None if self.random.random() < 0.3 else on + timedelta(days=self.random.choice([0, 5, 30]))
        self.change(
            "invoices", key, on, invoice_id=key, account_id=account, currency=self.random.choice(["USD", "USD", "JPY"]),
            issued_on=on, due_on=due, status=status, total_cents=self.random.randrange(1_000, 9_000), tax_cents=100,
        )  # fmt: skip

    def _touch(self, invoice: Row, on: date) -> None:
        key = invoice["invoice_id"]
        number = f"{on:%m%d}-{key}"
        action = self.random.choice(
            ["pay", "pay", "pay", "part", "return", "reverse", "credit", "fee", "write_off", "recovery", "refund",
             "void", "correct", "post", "stray", "chargeback", "other_account", "debit"]
        )  # fmt: skip
        self.seen[action] += 1
        money = {"account_id": invoice["account_id"], "currency": invoice["currency"]}
        adjustment = {**money, "adjustment_id": number, "on": on, "amount_cents": self.random.randrange(100, 900)}
        match action:
            case "pay" | "part" | "other_account" | "stray":
                cents = invoice["total_cents"] // (2 if action == "part" else 1)
                payer = "A0" if action == "other_account" else invoice["account_id"]
                self.change(
                    "payments", number, on, payment_id=number, account_id=payer, currency=invoice["currency"],
                    amount_cents=cents, method="card", status="settled", attempted_at=_noon(on), settled_at=_noon(on),
                )  # fmt: skip
                target = f"not-there-{number}" if action == "stray" else key
                self._apply(number, on, target, cents, payment_id=number)
            case "return":
                for payment in self._some("payments", lambda row: row["status"] == "settled"):
                    self.change("payments", payment["payment_id"], on, status="returned")
            case "reverse":
                for applied in self._some("applications", lambda row: row.get("reverses") is None):
                    self._apply(
                        f"R{number}", on, applied["invoice_id"], applied["amount_cents"],
                        payment_id=applied.get("payment_id"), credit_id=applied.get("credit_id"),
                        reverses=applied["application_id"],
                    )  # fmt: skip
            case "credit":
                self.change("adjustments", number, on, **adjustment, kind="credit")
                self._apply(number, on, key, adjustment["amount_cents"], credit_id=number)
            case "fee":
                self.change("adjustments", number, on, **adjustment, kind="late_fee", invoice_id=key)
            case "write_off":
                self.change("adjustments", number, on, **adjustment, kind="write_off", invoice_id=key)
            case "recovery" | "refund" | "debit":
                self.change("adjustments", number, on, **adjustment, kind=action)
            case "void":
                self.change("invoices", key, on, status="void")
            case "correct":
                self.change("invoices", key, on, total_cents=invoice["total_cents"] + 77)
            case "post":
                self.change("invoices", key, on, status="open")
            case "chargeback":
                for payment in self._some("payments", lambda _: True):
                    self.change(
                        "disputes", number, on, dispute_id=number, payment_id=payment["payment_id"], kind="chargeback",
                        amount_cents=50, opened_at=_noon(on), closed_at=_noon(on), outcome="lost",
                    )  # fmt: skip

    def _apply(self, key: str, on: date, invoice_id: str, cents: int, **values: Any) -> None:
        self.change(
            "applications", key, on, application_id=key, invoice_id=invoice_id, amount_cents=cents, applied_on=on,
            **values,
        )  # fmt: skip

    def _some(self, name: str, wanted: Any) -> list[Row]:
        found = [row for (entity, _), row in self.rows.items() if entity == name and wanted(row)]
        return self.random.sample(found, min(1, len(found)))

    def delivered(self, until: date) -> Batch:
        """Rows that reach us by the end of a day, as they are now."""
        due = {(name, key) for on, name, key in self.pending if on <= until}
        self.pending = [entry for entry in self.pending if entry[0] > until]
        batch: Batch = {}
        for name, key in sorted(due):
            batch.setdefault(name, []).append(dict(self.rows[name, key]))
        return batch


def _noon(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, 17, tzinfo=UTC)


class Reference:
    """Open balances on a day as known at a cut-off, from the raw versions held then."""

    def __init__(self, ledger: Any, day: date, cutoff: datetime) -> None:
        self.ledger, self.day, self.cutoff = ledger, day, cutoff
        self.open: Counter[tuple[str, str]] = Counter()
        self.unapplied: Counter[tuple[str, str, str]] = Counter()
        invoices = {r["invoice_id"]: r for r in self._held("invoices") if r["status"] not in ("draft", "void")}
        payments = {r["payment_id"]: r for r in self._held("payments")}
        credits = {r["adjustment_id"]: r for r in self._held("adjustments") if r["kind"] == "credit"}
        returned_on = self._first_returned()
        for row in invoices.values():
            if row["issued_on"] <= day:
                self.open[row["invoice_id"], row["currency"]] += row["total_cents"]
        for row in payments.values():
            if row["status"] in ("settled", "returned") and _local(row["settled_at"]) <= day:
                self._hold(row["account_id"], row["currency"], "cash", row["amount_cents"])
            if row["status"] == "returned" and returned_on[row["payment_id"]] <= day:
                self._hold(row["account_id"], row["currency"], "cash", -row["amount_cents"])
        for row in self._held("disputes"):
            payment = payments.get(row["payment_id"])
            if payment and payment["status"] == "settled" and _local(row["closed_at"]) <= day:
                self._hold(payment["account_id"], payment["currency"], "cash", -row["amount_cents"])
        for row in self._held("applications"):
            invoice = invoices.get(row["invoice_id"])
            if invoice is None or row["applied_on"] > day:
                continue
            payment = payments.get(row["payment_id"])
            if payment and payment["status"] == "returned" and returned_on[payment["payment_id"]] <= day:
                continue
            cents = -row["amount_cents"] if row["reverses"] else row["amount_cents"]
            funding = payment or credits.get(row["credit_id"]) or invoice
            self.open[invoice["invoice_id"], invoice["currency"]] -= cents
            line = "credits" if row["credit_id"] else "cash"
            self._hold(funding["account_id"], invoice["currency"], line, -cents)
        for row in self._held("adjustments"):
            if row["on"] <= day:
                self._adjust(row, invoices)

    def _adjust(self, row: Row, invoices: dict[str, Row]) -> None:
        kind, cents = row["kind"], row["amount_cents"]
        if kind in ("recovery", "refund"):
            self._hold(row["account_id"], row["currency"], "cash", -cents)
        elif kind == "credit":
            self._hold(row["account_id"], row["currency"], "credits", cents)
        elif row["invoice_id"] is None or row["invoice_id"] in invoices:
            item = row["invoice_id"] or f"adj:{row['adjustment_id']}"
            self.open[item, row["currency"]] += -cents if kind == "write_off" else cents

    def _hold(self, account: str, currency: str, line: str, cents: int) -> None:
        self.unapplied[account, currency, line] += cents

    def _held(self, name: str) -> list[Row]:
        newest: dict[str, Row] = {}
        for (row,) in self.ledger.query(f"select to_jsonb(r) from raw_ledger.{name} as r order by _batch_id"):
            if datetime.fromisoformat(row["_known_at"]) <= self.cutoff:
                newest[row["_key"]] = row
        for row in newest.values():
            for column in ("issued_on", "applied_on", "on"):
                if row.get(column):
                    row[column] = date.fromisoformat(row[column])
        return list(newest.values())

    def _first_returned(self) -> dict[str, date]:
        rows = self.ledger.query(
            "select payment_id, min(source_recorded_at) from raw_ledger.payments where status = 'returned' group by 1"
        )
        return {payment_id: _local(recorded) for payment_id, recorded in rows}


def _local(instant: Any) -> date:
    parsed = instant if isinstance(instant, datetime) else datetime.fromisoformat(instant)
    return (parsed.astimezone(UTC) - timedelta(hours=5)).date()  # New York in winter


@pytest.fixture(scope="module")
def landed(ledger: Any) -> Any:
    """Batches of a made-up ledger, each built as it came."""
    made_up = MadeUpLedger(seed=11)
    base: Batch = {
        "terms": [{"terms_code": "NET10", "net_days": 10}],
        "accounts": [
            {"account_id": f"A{n}", "product": "gas", "currency": "USD", "status": "open", "opened_on": FIRST,
             "terms_code": "NET10" if n % 2 else None}
            for n in range(6)
        ],
    }  # fmt: skip
    on = FIRST
    while on <= LAST:
        made_up.happen(on)
        if on >= GO_LIVE:
            day = Day.closing(on, ZONE)
            ledger.land(day, {**(base if on == GO_LIVE else {}), **made_up.delivered(on)})
            ledger.build(day)
        on += timedelta(days=1)
    assert len(made_up.seen) == 16, f"some kinds of event never happened: {made_up.seen}"
    return ledger


def _rebuild(ledger: Any, day: date, cutoff: datetime, *models: str) -> None:
    values = {**transform.dbt_vars(Day.closing(day, ZONE), ledger.settings), "known_at": cutoff.isoformat()}
    result = transform.run_dbt(["run", "--select", *models, "--vars", json.dumps(values)], ledger.settings)
    assert result.success, [(r.node.name, r.message) for r in result.result.results]


OPEN_ITEMS = ("int_invoices__current", "int_invoices__open", "int_accounts__open")
PAIRS = [(LAST, 4), (LAST, 2), (LAST - timedelta(days=3), 4), (LAST - timedelta(days=3), 1), (date(2026, 2, 20), 4),
         (date(2026, 2, 20), None)]  # fmt: skip
"""(day, index of the batch whose clock is the cut-off); None = the evening of the day itself, before go-live."""


@pytest.mark.parametrize(("day", "batch"), PAIRS)
def test_open_items_equal_the_plain_reading(landed: Any, day: date, batch: int | None) -> None:
    cutoff = Day.closing(day, ZONE).recorded_at if batch is None else landed.batches[batch].recorded_at
    _rebuild(landed, day, cutoff, *OPEN_ITEMS)
    reference = Reference(landed, day, cutoff)

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


KPIS = ("kpi_receivables_daily", "kpi_receivables_monthly")
ENTRIES = """
    select
        source_row, account_id, invoice_id, currency, ledger_account, entry_kind, amount_cents, effective_on, known_at
    from intermediate.int_ledger__entries
"""


BALANCES = """
    select invoice_id, account_id, currency, balance_cents, charged_cents, collected_cents, last_known_at
    from intermediate.int_invoices__balances
"""


def test_batch_by_batch_is_the_same_as_all_at_once(landed: Any) -> None:
    step_by_step = Counter(landed.query(ENTRIES))
    maintained = Counter(landed.query(BALANCES))
    landed.build(landed.batches[-1], full_refresh=True)
    assert sum(step_by_step.values()) > 300
    assert Counter(landed.query(ENTRIES)) == step_by_step
    assert Counter(landed.query(BALANCES)) == maintained


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


def test_the_whole_history_balances(landed: Any) -> None:
    transform.build("ledger", landed.batches[-1], landed.settings)
    assert transform.check_history(landed.batches[-1], landed.settings)["tests"] == 1


def test_the_same_day_twice_is_the_same(landed: Any) -> None:
    day = landed.batches[-1]
    marts = ("ar_aging_by_invoice", "ar_aging_by_account", "ar_aging_summary", "ar_control_total", *KPIS)

    def contents() -> list[Any]:
        return [Counter(landed.query(f"select to_jsonb(m)::text from marts.{mart} as m")) for mart in marts]

    landed.build(day)
    first = contents()
    landed.build(day)
    assert contents() == first
    assert all(first), "a mart is empty"


def test_a_leg_that_went_missing_fails_the_build_in_one_sentence(landed: Any) -> None:
    from recoup import warehouse
    from recoup.errors import RecoupError

    with warehouse.connect("transformer", landed.settings) as connection:
        (source_row,) = connection.execute(
            "delete from intermediate.int_ledger__payment_entries where ctid = ("
            " select ctid from intermediate.int_ledger__payment_entries where ledger_account = 'cash'"
            " and _batch_id = (select max(_batch_id) from intermediate.int_ledger__entries) limit 1)"
            " returning source_row"
        ).fetchone()  # type: ignore[misc]
    said = r"legs_sum_to_zero_int_ledger__entries_ found 1 failing row in build_ledger"
    with pytest.raises(RecoupError, match=said) as seen:
        transform.build("ledger", landed.batches[-1], landed.settings)
    assert "\n" not in str(seen.value)
    assert str(landed.settings.home) in str(seen.value)
    assert source_row.startswith("payments|")
