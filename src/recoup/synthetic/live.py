"""Rows whose content changes: which of them to write now, and which are final and may be forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from recoup.synthetic.columns import NO_DAY, Array, Table
from recoup.synthetic.rows import Layout, arrow
from recoup.synthetic.world import PENDING, World

SECOND_SUBSCRIPTIONS = 500_000_000
"""Numbers of the subscriptions of those who left and came back begin here."""


@dataclass(frozen=True)
class Changes:
    """Rows of one table: `fresh` are new to the database, `known` replace rows that it holds."""

    fresh: pa.Table
    known: pa.Table


def take_changes(world: World, layouts: dict[str, Layout], everything: bool) -> dict[str, Changes]:
    """Rows to write from the tables of rows that change.

    Args:
        everything: Also those that may change again; without it only final rows, which leave the memory.
    """
    invoices, payments = world.invoices, world.payments
    final = {
        "invoices": (invoices.open == 0) & (invoices.watched == 0),
        "payments": (payments.status != PENDING) & ~payments.watched,
        "disputes": world.disputes.outcome >= 0,
        "plans": world.plans.status > 0,
    }
    result: dict[str, Changes] = {}
    for name, is_final in final.items():
        table = world.tables[name]
        ready = table.changed & (is_final | everything)
        if name == "payments":
            ready &= ~payments.hidden
        result[name] = _written(table, ready, layouts[name], _columns(world, name, np.flatnonzero(ready)))
        table.keep(~is_final)
    if everything:
        accounts = world.accounts
        rows = np.flatnonzero(accounts.changed)
        stored = accounts.stored[rows].copy()
        again = (accounts.returned_on[rows] != NO_DAY) & (accounts.returned_stored[rows])
        again = again[accounts.returned_on[rows] != NO_DAY]
        for name in ("accounts", "subscriptions"):
            known = stored if name == "accounts" else np.concatenate([stored, again])
            result[name] = _split(known, layouts[name], _columns(world, name, rows))
        accounts.returned_stored[rows] = accounts.returned_on[rows] != NO_DAY
        accounts.stored[rows] = True
        accounts.changed[rows] = False
    return result


def _written(table: Table, ready: Array, layout: Layout, columns: dict[str, Any]) -> Changes:
    rows = np.flatnonzero(ready)
    changes = _split(table.stored[rows], layout, columns)
    table.stored[rows] = True
    table.changed[rows] = False
    return changes


def _split(stored: Array, layout: Layout, columns: dict[str, Any]) -> Changes:
    whole = arrow(layout, [{"": len(stored), **columns}])
    return Changes(whole.filter(pa.array(~stored)), whole.filter(pa.array(stored)))


def _columns(world: World, name: str, rows: Array) -> dict[str, Any]:
    if name in ("accounts", "subscriptions"):
        return _account_columns(world, name, rows)
    t = world.tables[name]
    if name == "invoices":
        return {
            "invoice_id": t.number[rows], "account_id": t.account[rows], "debt_id": t.debt[rows],
            "issued_on": t.issued[rows],
            "currency": world.accounts.currency[t.account[rows]], "sent_at": t.sent[rows],
            "due_on": t.due_written[rows],
            "status": t.status[rows], "total_cents": t.total[rows], "tax_cents": t.tax[rows],
            "recorded_at": t.recorded[rows],
        }  # fmt: skip
    if name == "payments":
        return {
            "payment_id": t.number[rows], "account_id": t.account[rows], "amount_cents": t.amount[rows],
            "currency": world.accounts.currency[t.account[rows]], "method": t.method[rows], "status": t.status[rows],
            "attempted_at": t.attempted[rows], "settled_at": t.settled[rows], "provider": t.provider[rows],
            "retry_of": t.retry_of[rows], "recorded_at": t.recorded[rows],
        }  # fmt: skip
    if name == "disputes":
        return {
            "dispute_id": t.number[rows], "payment_id": t.payment[rows], "invoice_id": t.invoice[rows],
            "kind": np.where(t.chargeback[rows], 0, 1), "amount_cents": t.amount[rows], "opened_at": t.opened[rows],
            "evidence_due_at": t.evidence_due[rows], "closed_at": t.closed[rows], "outcome": t.outcome[rows],
            "recorded_at": t.recorded[rows],
        }  # fmt: skip
    return {
        "plan_id": t.number[rows], "account_id": t.account[rows], "agreed_on": t.agreed_on[rows],
        "status": t.status[rows],
        "recorded_at": t.recorded[rows],
    }  # fmt: skip


def _account_columns(world: World, name: str, rows: Array) -> dict[str, Any]:
    t = world.accounts
    opened, closed, reason = t.opened_on[rows], t.closed_on[rows], t.close_reason[rows]
    if name == "subscriptions":
        returned = np.flatnonzero(t.returned_on[rows] != NO_DAY)
        status = t.closed[rows].astype(np.int8)
        first = {
            "subscription_id": rows, "account_id": rows, "plan": t.plan[rows], "status": status, "started_on": opened,
            "cancelled_on": closed, "cancel_reason": reason, "recorded_at": t.recorded[rows],
        }  # fmt: skip
        second = {column: values[returned] for column, values in first.items()}
        second["subscription_id"] = second["subscription_id"] + SECOND_SUBSCRIPTIONS
        second["started_on"] = t.returned_on[rows[returned]]
        for column, values in (("status", 1), ("cancelled_on", t.first_left_on), ("cancel_reason", t.first_reason)):
            held = first[column].copy()
            held[returned] = values if isinstance(values, int) else values[rows[returned]]
            first[column] = held
        return {column: np.concatenate([first[column], second[column]]) for column in first}
    return {
        "account_id": rows, "product": t.product[rows], "segment": t.segment[rows], "region": t.region[rows],
        "currency": t.currency[rows], "status": t.closed[rows].astype(np.int8), "opened_on": opened,
        "closed_on": closed,
        "close_reason": reason, "terms_code": t.terms[rows], "recorded_at": t.recorded[rows],
    }  # fmt: skip
