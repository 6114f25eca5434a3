"""What is so: latent parameters of people, and the leaks that were put in. Only the truth database holds it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recoup.synthetic.columns import Array
from recoup.synthetic.layouts import PREFIXES
from recoup.synthetic.profile import LEAK_CAUSES
from recoup.synthetic.rows import Code, Date, ids
from recoup.synthetic.world import TEAMS, World

EVIDENCE = ("accounts", "invoices", "payments", "adjustments", "promises", "disputes")
_EVIDENCE_KEYS = ("account_id", "invoice_id", "payment_id", "adjustment_id", "promise_id", "dispute_id")
DDL = """
create table persons (
    person_id text primary key, payer_class text not null, habit_class text not null, team text not null,
    on_time_probability real not null, daily_hazard real not null, daily_lift real not null,
    p_pay_if_contacted real not null, p_pay_if_not real not null, hardship_from date, hardship_to date,
    answers_weekday real[] not null, answers_weekend real[] not null
);
create table accounts (account_id text primary key, person_id text not null, team text not null);
create table leaks (
    leak_id bigint primary key, cause text not null, account_id text not null, amount_cents bigint not null,
    arose_on date not null, evidence_entity text not null, evidence_key text not null, is_innocent boolean not null
);
"""


def record_leaks(
    world: World,
    cause: str,
    accounts: Array,
    amounts: Array,
    day: int,
    entity: str,
    evidence: Array,
    innocent: bool = False,
) -> None:
    """Note leaks as they are put in: cents (n,) at risk, the row that proves each. An innocent only looks like one."""
    if len(accounts):
        world.leaks.append(
            len(accounts), cause=LEAK_CAUSES.index(cause), account=accounts, amount=amounts, on=day,
            entity=EVIDENCE.index(entity), evidence=evidence, innocent=innocent,
        )  # fmt: skip


def truth_tables(world: World, persons_from: int, accounts_from: int, leaks_from: int) -> dict[str, pa.Table]:
    """Rows of the truth that are newer than the given counts, column order as in `DDL`."""
    return {
        "persons": _persons(world, persons_from), "accounts": _accounts(world, accounts_from),
        "leaks": _leaks(world, leaks_from),
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
        "weekday": _lists(table.answers[rows, 0]), "weekend": _lists(table.answers[rows, 1]),
    }  # fmt: skip
    return pa.table(columns)


def _rounded(values: Array) -> pa.Array:
    return pa.array(np.round(values.astype(np.float64), 5))


def _lists(values: Array) -> pa.Array:
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


def _leaks(world: World, first: int) -> pa.Table:
    table = world.leaks
    evidence, entity = table.evidence[first:], table.entity[first:]
    keys = pa.array([None] * len(evidence), pa.string())
    for code, column in enumerate(_EVIDENCE_KEYS):
        keys = pc.if_else(pa.array(entity == code), ids(PREFIXES[column], evidence), keys)
    return pa.table({
        "leak_id": pa.array(np.arange(first, len(table))), "cause": Code(LEAK_CAUSES).encode(table.cause[first:]),
        "account_id": ids("A", table.account[first:]), "amount": pa.array(table.amount[first:]),
        "arose_on": Date().encode(table.on[first:]), "entity": Code(EVIDENCE).encode(entity), "evidence": keys,
        "is_innocent": pa.array(table.innocent[first:]),
    })  # fmt: skip
