"""What is so: latent parameters of people, leaks and breaches that were put in. Only the truth database holds it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recoup.synthetic.columns import NO_DAY, Array
from recoup.synthetic.layouts import BROKEN_RULES, PREFIXES, SLIPS
from recoup.synthetic.profile import LEAK_CAUSES
from recoup.synthetic.rows import Code, Date, ids
from recoup.synthetic.world import TEAMS, World, item_names

EVIDENCE = ("accounts", "invoices", "payments", "adjustments", "promises", "disputes", "invoice_lines")
_EVIDENCE_KEYS = (
    "account_id", "invoice_id", "payment_id", "adjustment_id", "promise_id", "dispute_id", "line_id",
)  # fmt: skip
KINDS = {
    "failed_payment": ("first_failure", "returned_by_the_bank", "failed_retry", "slow_settlement"),
    "chargeback": ("lost", "open_past_evidence_date", "open_in_time", "won", "billing_dispute"),
    "unbilled_service": ("no_line", "free_month", "billed_on_next_invoice"),
    "billing_gap": ("period_skipped", "billed_with_next_period", "free_month", "left_and_returned"),
    "underbilled": (
        "below_contract", "discount_past_its_end", "negotiated_price", "price_changed_in_mid_period",
        "standing_discount",
    ),
    "invoice_error": (
        "due_date_missing", "wrong_terms", "lines_not_total", "tax_not_in_total", "no_tax_stated", "rounding_line",
        "voided_copy",
    ),
    "duplicate_credit": ("given_twice", "another_reason", "a_month_later", "split_in_two"),
    "unapplied_cash": ("matched_to_nothing", "matched_in_time", "rest_of_overpayment"),
    "late_fee_not_charged": (
        "forgotten", "paid_in_grace", "no_fee_in_terms", "billed_on_next_invoice", "waived", "in_dispute",
    ),
    "discount_taken_late": ("taken_late", "taken_in_time", "short_and_late_without_credit"),
    "untouched_overdue": (
        "nobody_called", "touched", "in_dispute", "may_not_be_contacted", "on_a_plan", "paid_and_not_matched",
    ),
    "broken_promise_not_followed": (
        "nobody_called", "kept", "followed", "in_dispute", "may_not_be_contacted", "promised_anew",
    ),
    "written_off_collectable": ("paid_after_all", "never_paid"),
}  # fmt: skip
"""What each cause holds, leaks and lookalikes; a name says which of them a row is."""
_ALL_KINDS = tuple(dict.fromkeys(kind for kinds in KINDS.values() for kind in kinds))
DDL = """
create table persons (
    person_id text primary key, payer_class text not null, habit_class text not null, team text not null,
    on_time_probability real not null, daily_hazard real not null, daily_lift real not null,
    p_pay_if_contacted real not null, p_pay_if_not real not null, hardship_from date, hardship_to date,
    answers_weekday real[] not null, answers_weekend real[] not null
);
create table accounts (account_id text primary key, person_id text not null, team text not null);
create table leaks (
    leak_id bigint primary key, cause text not null, kind text not null, account_id text not null,
    amount_cents bigint not null, recovered_cents bigint not null, arose_on date not null, decidable_on date not null,
    evidence_entity text not null, evidence_key text not null, is_innocent boolean not null
);
create table breaches (
    attempt_id text not null, rule_id text not null, kind text not null, primary key (attempt_id, rule_id)
);
"""


def record_leaks(
    world: World, cause: str, kind: str, accounts: Array, amounts: Any, day: int, entity: str, evidence: Array, *,
    innocent: bool = False, item: Any = -1, since: Any = NO_DAY, decidable: Any = None,
) -> Array:  # fmt: skip
    """Note leaks as they are put in: cents (n,) at risk, the row that proves each. An innocent only looks like one.

    Args:
        kind: One of the cause's `KINDS`.
        item: Position of the item, part of the key where the entity is `accounts`.
        since: Day that is part of the key where the entity is `accounts`: a service month, a spell.
        decidable: First day on which the source's rows tell a leak from an innocent. Default `day`.

    Returns:
        Positions in `world.leaks`, int64 (n,).
    """
    assert kind in KINDS[cause], f"{cause} has no kind {kind}"
    return world.leaks.append(
        len(accounts), cause=LEAK_CAUSES.index(cause), kind=_ALL_KINDS.index(kind), account=accounts, amount=amounts,
        on=day, decidable=day if decidable is None else decidable, entity=EVIDENCE.index(entity), evidence=evidence,
        item=item, since=since, innocent=innocent,
    )  # fmt: skip


def becomes(world: World, leaks: Array, kind: str, innocent: bool, amounts: Any = None) -> None:
    """What was noted turns out to be something else: a dispute is lost, a written-off invoice is paid."""
    world.leaks.kind[leaks] = _ALL_KINDS.index(kind)
    world.leaks.innocent[leaks] = innocent
    if amounts is not None:
        world.leaks.amount[leaks] = amounts


def truth_tables(world: World, persons_from: int, accounts_from: int) -> dict[str, pa.Table]:
    """People and accounts newer than the given counts, every leak and every slip; column order as in `DDL`."""
    return {
        "persons": _persons(world, persons_from), "accounts": _accounts(world, accounts_from), "leaks": _leaks(world),
        "breaches": _breaches(world),
    }  # fmt: skip


def _persons(world: World, first: int) -> pa.Table:
    table, profile = world.persons, world.profile
    rows = slice(first, len(table))
    hazard, lift = table.hazard[rows], table.lift[rows]
    touched = np.clip(hazard + lift, 0, 1)
    horizon, effect_days = 14, 10
    if_not = 1 - (1 - hazard) ** horizon
    if_contacted = 1 - (1 - touched) ** effect_days * (1 - hazard) ** (horizon - effect_days)
    columns: dict[str, Any] = {
        "person_id": ids("P", np.arange(first, len(table))),
        "payer_class": Code(tuple(profile.payers)).encode(table.payer[rows]),
        "habit_class": Code(tuple(profile.habits)).encode(table.habit[rows]),
        "team": Code(TEAMS).encode(table.team[rows]),
        "on_time": _rounded(table.on_time[rows]), "hazard": _rounded(hazard), "lift": _rounded(lift),
        "contacted": _rounded(if_contacted), "left_alone": _rounded(if_not),
        "hardship_from": Date().encode(table.hardship_from[rows]),
        "hardship_to": Date().encode(table.hardship_to[rows]),
        "weekday": lists_of(table.answers[rows, 0]), "weekend": lists_of(table.answers[rows, 1]),
    }  # fmt: skip
    return pa.table(columns)


def _rounded(values: Array) -> pa.Array:
    return pa.array(np.round(values.astype(np.float64), 5))


def lists_of(values: Array) -> pa.Array:
    """float32 (n, k) → text `{a,b,…}` (n,), four decimals."""
    parts = [pa.array(np.round(values[:, k].astype(np.float64), 4)).cast(pa.string()) for k in range(values.shape[1])]
    return pc.binary_join_element_wise("{", pc.binary_join_element_wise(*parts, ","), "}", "")


def _accounts(world: World, first: int) -> pa.Table:
    table = world.accounts
    person = table.person[first:]
    return pa.table({
        "account_id": ids("A", np.arange(first, len(table))), "person_id": ids("P", person),
        "team": Code(TEAMS).encode(world.persons.team[person]),
    })  # fmt: skip


def _leaks(world: World) -> pa.Table:
    table = world.leaks
    keys = pa.array([None] * len(table), pa.string())
    for code, column in enumerate(_EVIDENCE_KEYS):
        keys = pc.if_else(pa.array(table.entity == code), ids(PREFIXES[column], table.evidence), keys)
    # of an account: which service month of which item, or which spell
    items = Code(item_names(world.profile)).encode(table.item)
    since = Date().encode(table.since).cast(pa.string())
    keys = pc.binary_join_element_wise(keys, items, since, "|", null_handling="skip")
    return pa.table({
        "leak_id": pa.array(np.arange(len(table))), "cause": Code(LEAK_CAUSES).encode(table.cause),
        "kind": Code(_ALL_KINDS).encode(table.kind),
        "account_id": ids("A", table.account), "amount": pa.array(table.amount),
        "recovered": pa.array(np.minimum(table.recovered, table.amount)), "arose_on": Date().encode(table.on),
        "decidable_on": Date().encode(table.decidable), "entity": Code(EVIDENCE).encode(table.entity),
        "evidence": keys, "is_innocent": pa.array(table.innocent),
    })  # fmt: skip


def _breaches(world: World) -> pa.Table:
    table = world.breaches
    return pa.table({
        "attempt_id": ids(PREFIXES["attempt_id"], table.attempt), "rule_id": Code(BROKEN_RULES).encode(table.rule),
        "kind": Code(SLIPS).encode(table.kind),
    })  # fmt: skip
