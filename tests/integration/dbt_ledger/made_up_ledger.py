"""A ledger made up at random, in which everything happens that can, and a plain reading of its raw rows."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

from recoup.day import Day

Row = dict[str, Any]
ZONE = "America/New_York"
FIRST = date(2026, 2, 10)
"""First day of the ledger; its first batch closes the 28th, and one batch a day follows."""
GO_LIVE = date(2026, 2, 28)
LAST = date(2026, 3, 4)

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

    def bind(self, account_id: str, person_id: str, on: date) -> None:
        key = f"{account_id}|{person_id}"
        self.change("account_parties", key, on, account_id=account_id, person_id=person_id, role="obligor", from_on=on)

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
        self.change(
            "invoice_lines", key, on, line_id=key, invoice_id=key, item="gas", service_to=on - timedelta(days=2),
            quantity=1, unit_price_cents=900, amount_cents=900,
        )  # fmt: skip

    def _touch(self, invoice: Row, on: date) -> None:
        key = invoice["invoice_id"]
        number = f"{on:%m%d}-{key}"
        action = self.random.choice(
            ["pay", "pay", "pay", "part", "return", "reverse", "credit", "fee", "write_off", "recovery", "refund",
             "void", "correct", "post", "stray", "chargeback", "other_account", "debit", "due", "product", "obligor"]
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
            case "due":
                self.change("invoices", key, on, due_on=on + timedelta(days=3), sent_at=_noon(on))
            case "product":
                product = self.random.choice(["gas", "power"])
                self.change("accounts", invoice["account_id"], on, product=product)
            case "obligor":
                self.bind(invoice["account_id"], f"P{self.random.randrange(3)}", on)
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

    def aging(self, bucket_days: tuple[int, ...]) -> Counter[tuple[str, int]]:
        """Open cents by currency and number of the bucket, 0 = current; due dates as they were held."""
        terms = {row["terms_code"]: row["net_days"] for row in self._held("terms")}
        days = {row["account_id"]: terms.get(row["terms_code"], 0) for row in self._held("accounts")}
        due = {r["invoice_id"]: r["due_on"] or _after(r, days) for r in self._held("invoices")}
        for row in self._held("adjustments"):
            if row["invoice_id"] is None:
                is_due_now = row["kind"] == "write_off"
                due[f"adj:{row['adjustment_id']}"] = (
                    row["on"] if is_due_now else _after({**row, "issued_on": row["on"]}, days)
                )
        found: Counter[tuple[str, int]] = Counter()
        for (item, currency), cents in self.open.items():
            past_due = (self.day - due[item]).days if cents else 0
            found[currency, sum(past_due > end for end in (0, *bucket_days))] += cents
        return Counter({key: cents for key, cents in found.items() if cents})

    def _hold(self, account: str, currency: str, line: str, cents: int) -> None:
        self.unapplied[account, currency, line] += cents

    def _held(self, name: str) -> list[Row]:
        newest: dict[str, Row] = {}
        for (row,) in self.ledger.query(f"select to_jsonb(r) from raw_ledger.{name} as r order by _batch_id"):
            if datetime.fromisoformat(row["_known_at"]) <= self.cutoff:
                newest[row["_key"]] = row
        for row in newest.values():
            for column in ("issued_on", "applied_on", "on", "due_on"):
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


def _after(row: Row, net_days: dict[str, int]) -> date:
    due_on: date = row["issued_on"] + timedelta(days=net_days.get(row["account_id"], 0))
    return due_on


def made_up_batches(seed: int) -> list[tuple[Day, Batch]]:
    """Batches of a made-up ledger, oldest first: the first holds the history before go-live."""
    made_up = MadeUpLedger(seed)
    made_up.change("terms", "NET10", FIRST, delay=0, terms_code="NET10", net_days=10)
    for number in range(6):
        account = f"A{number}"
        made_up.change(
            "accounts", account, FIRST, delay=0, account_id=account, product="gas", currency="USD", status="open",
            opened_on=FIRST, terms_code="NET10" if number % 2 else None,
        )  # fmt: skip
        made_up.bind(account, f"P{number % 4}", FIRST)
    batches = []
    on = FIRST
    while on <= LAST:
        made_up.happen(on)
        if on >= GO_LIVE:
            batches.append((Day.closing(on, ZONE), made_up.delivered(on)))
        on += timedelta(days=1)
    assert len(made_up.seen) == 19, f"some kinds of event never happened: {made_up.seen}"
    return batches
