"""Features and policy of a made-up company with a known truth, as frames and as real tables.

The truth: evening people and morning people answer at their own hours; a talk moves customers of product `loan`, and
puts those of `card` off a little; who is recently past due and pays often pays anyway.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
from psycopg import sql

from recoup.settings import Settings
from recoup.warehouse import connect

ZONES = ("America/New_York", "America/Chicago", "America/Los_Angeles", "America/St_Johns")
EFFECT = {"loan": 0.30, "card": -0.08}

ACCOUNT_DAY_TYPES = {
    "as_of_date": "date", "account_id": "text", "currency": "text", "product": "text", "segment": "text",
    "region": "text",
    "account_age_days": "integer", "balance_cents": "bigint", "past_due_cents": "bigint", "days_past_due": "integer",
    "aging_bucket": "text", "open_invoice_count": "integer", "past_due_invoice_count": "integer",
    "oldest_due_on": "date",
    "payments_90d_count": "integer", "payments_90d_cents": "bigint", "failed_payments_90d_count": "integer",
    "days_since_last_payment": "integer", "average_days_to_pay_365d": "double precision",
    "late_invoice_ratio_365d": "double precision", "attempts_30d_count": "integer", "rpc_30d_count": "integer",
    "attempts_90d_count": "integer", "rpc_90d_count": "integer", "days_since_last_attempt": "integer",
    "days_since_last_rpc": "integer", "promises_180d_count": "integer", "kept_promises_180d_count": "integer",
    "broken_promises_180d_count": "integer", "has_open_promise": "boolean", "open_promise_due_on": "date",
    "open_promise_cents": "bigint", "open_disputes_count": "integer", "unapplied_cents": "bigint",
    "usual_payment_day": "integer", "days_to_usual_payment_day": "integer", "month_day": "integer",
    "list_weekday": "integer",
}  # fmt: skip
OUTCOME_TYPES = {
    "as_of_date": "date", "account_id": "text", "is_observed": "boolean", "paid_cents": "bigint", "is_paid": "boolean",
    "paid_ratio": "double precision", "arm": "text", "is_contacted": "boolean", "had_rpc": "boolean",
}  # fmt: skip
REACH_INPUT_TYPES = {
    "local_hour": "integer", "local_weekday": "integer", "month_day": "integer", "point_type": "text",
    "point_age_days": "integer", "segment": "text", "region": "text", "product": "text",
    "point_attempts_180d": "integer",
    "point_rpc_180d": "integer", "point_daypart_attempts": "integer", "point_daypart_rpc": "integer",
    "point_hour_attempts": "integer", "point_hour_rpc": "integer", "person_attempts_180d": "integer",
    "person_rpc_180d": "integer", "days_since_point_attempt": "integer", "days_since_point_rpc": "integer",
    "last_rpc_hour_distance": "integer",
}  # fmt: skip
ATTEMPT_TYPES = {
    "attempt_id": "text", "account_id": "text", "person_id": "text", "contact_point_id": "text", "as_of_date": "date",
    "local_date": "date", "campaign": "text", "is_explore": "boolean", "is_right_party": "boolean", **REACH_INPUT_TYPES,
}  # fmt: skip
SLOT_TYPES = {
    "as_of_date": "date", "contact_point_id": "text", "account_id": "text", "person_id": "text", "time_zone": "text",
    **REACH_INPUT_TYPES,
}  # fmt: skip
CALL_TYPES = {
    "contact_point_id": "text",
    "person_id": "text",
    "point_type": "text",
    "on_date": "date",
    "called_on": "date",
    "local_hour": "integer",
    "local_weekday": "integer",
    "attempts": "integer",
    "right_parties": "integer",
}
ERASED_TYPES = {"as_of_date": "date", "person_id": "text", "account_id": "text"}
POLICY_TYPES: dict[str, dict[str, str]] = {
    "population": {
        "list_date": "date", "as_of_date": "date", "account_id": "text", "person_id": "text", "currency": "text",
        "balance_amount": "numeric(20,4)", "past_due_amount": "numeric(20,4)", "days_past_due": "integer",
        "aging_bucket": "text",
    },
    "experiment_arms": {"list_date": "date", "account_id": "text", "person_id": "text", "arm": "text"},
    "eligible_contacts": {
        "list_date": "date", "account_id": "text", "person_id": "text", "contact_point_id": "text", "channel": "text",
        "debt_ids": "text[]", "attempts_remaining": "integer", "allowed_windows_utc": "tstzmultirange",
        "time_zone_set": "text[]",
        "primary_time_zone": "text", "valid_until_utc": "timestamptz", "queue": "text", "disclosures": "text[]",
    },
    "block_reasons": {
        "list_date": "date", "account_id": "text", "person_id": "text", "contact_point_id": "text", "channel": "text",
        "rule_id": "text", "reason": "text", "citation": "text", "precedence": "integer",
        "blocked_from_utc": "timestamptz",
        "blocked_until_utc": "timestamptz", "detail": "text",
    },
    "rule_version": {"list_date": "date", "rule_version": "text"},
}  # fmt: skip


@dataclass(frozen=True)
class SimulatedCompany:
    """Frames by table name; `true_effect` by account_id."""

    as_of_date: date
    tables: dict[str, pd.DataFrame]
    true_effect: pd.Series


def simulate(
    as_of_date: date,
    *,
    accounts: int = 1200,
    weeks: int = 52,
    attempts: int = 30_000,
    seed: int = 5,
    control_share: float = 0.1,
) -> SimulatedCompany:
    """Make the company; the same arguments give the same one."""
    random = np.random.default_rng(seed)
    account = _accounts(random, accounts, control_share)
    dates = [as_of_date - timedelta(days=7 * week) for week in range(weeks)]
    days = pd.concat([_account_day(random, account, day) for day in dates], ignore_index=True)
    outcomes = _outcomes(random, days, account, as_of_date)
    tables = {
        "features.ftr_account_day": days[list(ACCOUNT_DAY_TYPES)],
        "features.lbl_account_outcome": outcomes,
        "features.ftr_reach_attempt": (made := _attempts(random, account, as_of_date, attempts)),
        "features.ftr_reach_call": calls_of(made),
        "features.ftr_reach_slot": _slots(random, account, as_of_date),
        "features.erased_persons": pd.DataFrame({name: pd.Series(dtype="str") for name in ERASED_TYPES}),
        **_policy(random, account, days[days["as_of_date"] == pd.Timestamp(as_of_date)], as_of_date),
    }
    return SimulatedCompany(as_of_date, tables, account.set_index("account_id")["product"].map(EFFECT).fillna(0.0))


def load(company: SimulatedCompany, settings: Settings) -> None:
    """Create the tables, as dbt does, and fill them."""
    types = {
        "features.ftr_account_day": ACCOUNT_DAY_TYPES, "features.lbl_account_outcome": OUTCOME_TYPES,
        "features.ftr_reach_attempt": ATTEMPT_TYPES, "features.ftr_reach_call": CALL_TYPES,
        "features.ftr_reach_slot": SLOT_TYPES,
        "features.erased_persons": ERASED_TYPES,
        **{f"policy.{name}": columns for name, columns in POLICY_TYPES.items()},
    }  # fmt: skip
    with connect("transformer", settings) as connection:
        for name, columns in types.items():
            target = sql.Identifier(*name.split("."))
            listed = sql.SQL(", ").join(
                sql.SQL("{} {}").format(sql.Identifier(c), sql.SQL(t)) for c, t in columns.items()
            )
            connection.execute(sql.SQL("drop table if exists {}").format(target))
            connection.execute(sql.SQL("create table {} ({})").format(target, listed))
            _copy(connection, target, company.tables[name][list(columns)])


def _copy(connection: Any, target: sql.Composable, frame: pd.DataFrame) -> None:
    buffer = io.BytesIO()
    pa_csv.write_csv(
        pa.Table.from_pandas(frame, preserve_index=False), buffer, pa_csv.WriteOptions(include_header=False)
    )
    with connection.cursor() as cursor, cursor.copy(sql.SQL("copy {} from stdin (format csv)").format(target)) as copy:
        copy.write(buffer.getvalue())


def _accounts(random: np.random.Generator, count: int, control_share: float) -> pd.DataFrame:
    number = np.arange(count)
    draw = random.random(count)
    person = number.copy()
    # Every fortieth person has two accounts.
    person[39::40] = person[38::40][: len(person[39::40])]
    arm = np.where(draw < control_share, "control", np.where(draw < control_share + 0.05, "explore", "treated"))
    return pd.DataFrame({
        "account_id": pd.Series(number).map("A{:06d}".format), "person_id": pd.Series(person).map("P{:06d}".format),
        "contact_point_id": pd.Series(number).map("C{:06d}".format), "arm": arm[person],
        "product": random.choice(["loan", "card", "phone"], count),
        "segment": random.choice(["home", "small business"], count),
        "region": random.choice(["north", "south", "west"], count), "opened": random.integers(60, 3000, count),
        "habit": random.normal(0, 1, count), "is_evening": random.random(count) < 0.5,
        "answers": random.beta(2, 12, count),
        "zone": random.choice(ZONES, count),
        "point_type": random.choice(["mobile", "home", "work"], count, p=[0.7, 0.25, 0.05]),
    })  # fmt: skip


def _where(values: np.ndarray, is_there: np.ndarray) -> pd.Series:
    return pd.Series(values, dtype="Int64").where(pd.Series(is_there))


def _account_day(random: np.random.Generator, account: pd.DataFrame, day: date) -> pd.DataFrame:
    count = len(account)
    past_due_days = random.integers(1, 150, count)
    due = np.rint(np.exp(random.normal(9.5, 1.0, count))).astype(int)
    payments = random.poisson(np.exp(0.6 * account["habit"].to_numpy()), count)
    is_control = (account["arm"] == "control").to_numpy()
    attempts = np.where(is_control, 0, random.poisson(4, count))
    spoken = random.binomial(attempts, account["answers"])
    return pd.DataFrame({
        **{name: account[name] for name in (
            "account_id", "person_id", "product", "segment", "region", "arm", "habit", "answers")},
        "as_of_date": pd.Timestamp(day), "currency": "USD", "account_age_days": account["opened"],
        "balance_cents": due + random.integers(0, 9000, count), "past_due_cents": due, "days_past_due": past_due_days,
        "aging_bucket": np.select([past_due_days <= 30, past_due_days <= 60, past_due_days <= 90, past_due_days <= 120],
                                  ["1-30", "31-60", "61-90", "91-120"], "121+"),
        "open_invoice_count": 1 + random.poisson(1, count), "past_due_invoice_count": 1,
        "oldest_due_on": pd.Timestamp(day) - pd.to_timedelta(past_due_days, unit="D"),
        "payments_90d_count": payments, "payments_90d_cents": payments * 4000,
        "failed_payments_90d_count": random.poisson(0.2, count),
        "days_since_last_payment": _where(random.integers(1, 200, count), payments > 0),
        "average_days_to_pay_365d": np.clip(25 - 6 * account["habit"] + random.normal(0, 4, count), 0, None),
        "late_invoice_ratio_365d": np.clip(0.4 - 0.15 * account["habit"] + random.normal(0, 0.1, count), 0, 1),
        "attempts_30d_count": attempts, "rpc_30d_count": spoken, "attempts_90d_count": attempts * 3,
        "rpc_90d_count": spoken * 2,
        "days_since_last_attempt": _where(random.integers(1, 30, count), attempts > 0),
        "days_since_last_rpc": _where(random.integers(1, 30, count), spoken > 0),
        "promises_180d_count": spoken, "kept_promises_180d_count": 0, "broken_promises_180d_count": 0,
        "has_open_promise": spoken > 1,
        "open_promise_due_on": pd.Series(pd.NaT, index=range(count), dtype="datetime64[us]"),
        "open_promise_cents": 0, "open_disputes_count": 0, "unapplied_cents": 0,
        "usual_payment_day": random.integers(1, 29, count),
        "days_to_usual_payment_day": random.integers(0, 31, count), "month_day": (day + timedelta(days=1)).day,
        "list_weekday": (day + timedelta(days=1)).isoweekday(),
    })  # fmt: skip


def _outcomes(random: np.random.Generator, days: pd.DataFrame, account: pd.DataFrame, as_of_date: date) -> pd.DataFrame:
    left_alone = 1 / (1 + np.exp(-(0.2 + 0.9 * days["habit"] - 0.02 * days["days_past_due"])))
    is_control = days["arm"] == "control"
    spoken = ~is_control & (random.random(len(days)) < np.clip(0.15 + 2.0 * days["answers"], 0, 0.9))
    effect = days["product"].map(EFFECT).fillna(0.0)
    paid = random.random(len(days)) < np.clip(left_alone + spoken * effect, 0.01, 0.99)
    ratio = np.where(paid, np.where(random.random(len(days)) < 0.8, 1.0, 0.6), 0.0)
    return pd.DataFrame({
        "as_of_date": days["as_of_date"], "account_id": days["account_id"],
        "is_observed": days["as_of_date"] + pd.Timedelta(days=14) <= pd.Timestamp(as_of_date),
        "paid_cents": np.rint(ratio * days["past_due_cents"]).astype(int), "is_paid": paid, "paid_ratio": ratio,
        "arm": days["arm"],
        "is_contacted": ~is_control, "had_rpc": spoken,
    })  # fmt: skip


def _reach_inputs(
    random: np.random.Generator, account: pd.DataFrame, hour: np.ndarray, chance: np.ndarray, usual: np.ndarray
) -> pd.DataFrame:
    count = len(account)
    tried, tried_hour = random.poisson(6, count), random.poisson(2, count)
    answered, answered_hour = random.binomial(tried, usual), random.binomial(tried_hour, chance)
    return pd.DataFrame({
        "local_hour": hour, "point_type": account["point_type"].to_numpy(),
        "point_age_days": account["opened"].to_numpy(),
        **{name: account[name].to_numpy() for name in ("segment", "region", "product")},
        "point_attempts_180d": tried, "point_rpc_180d": answered, "point_daypart_attempts": tried_hour + 1,
        "point_daypart_rpc": answered_hour, "point_hour_attempts": tried_hour, "point_hour_rpc": answered_hour,
        "person_attempts_180d": tried, "person_rpc_180d": answered,
        "days_since_point_attempt": _where(random.integers(1, 60, count), tried > 0),
        "days_since_point_rpc": _where(random.integers(1, 60, count), answered > 0),
        "last_rpc_hour_distance": _where(random.integers(0, 6, count), answered > 0),
    })  # fmt: skip


def chance_at(account: pd.DataFrame, hour: np.ndarray) -> np.ndarray:
    """True chance that the right party answers, by row."""
    fits = np.where(account["is_evening"], hour >= 17, hour < 12)
    return np.clip(account["answers"].to_numpy() * np.where(fits, 1.8, 0.6), 0.005, 0.9)


def _attempts(random: np.random.Generator, account: pd.DataFrame, as_of_date: date, count: int) -> pd.DataFrame:
    called = account[account["arm"] != "control"]
    rows = called.iloc[random.integers(0, len(called), count)].reset_index(drop=True)
    hour, ago = random.integers(8, 21, count), np.sort(random.integers(0, 365, count))[::-1]
    chance = chance_at(rows, hour)
    local = pd.Timestamp(as_of_date) - pd.to_timedelta(ago, unit="D")
    inputs = _reach_inputs(random, rows, hour, chance, rows["answers"].to_numpy())
    return pd.DataFrame({
        "attempt_id": pd.Series(np.arange(count)).map("T{:07d}".format),
        **{name: rows[name] for name in ("account_id", "person_id", "contact_point_id")},
        "as_of_date": local - pd.Timedelta(days=1), "local_date": local, "campaign": "daily",
        "is_explore": rows["arm"] == "explore",
        "is_right_party": random.random(count) < chance, **inputs, "local_weekday": local.day_of_week + 1,
        "month_day": local.day,
    })[list(ATTEMPT_TYPES)]  # fmt: skip


def calls_of(attempts: pd.DataFrame) -> pd.DataFrame:
    """The same attempts as features.ftr_reach_call holds them."""
    return pd.DataFrame({
        **{name: attempts[name] for name in ("contact_point_id", "person_id", "point_type", "local_hour")},
        "on_date": attempts["local_date"], "called_on": attempts["local_date"],
        "local_weekday": attempts["local_weekday"], "attempts": 1,
        "right_parties": attempts["is_right_party"].astype(int),
    }).sort_values(["on_date", "contact_point_id", "local_hour"], ignore_index=True)[list(CALL_TYPES)]  # fmt: skip


def _slots(random: np.random.Generator, account: pd.DataFrame, as_of_date: date) -> pd.DataFrame:
    hours = np.arange(8, 21)
    rows = account.loc[account.index.repeat(len(hours))].reset_index(drop=True)
    hour = np.tile(hours, len(account))
    inputs = _reach_inputs(random, rows, hour, chance_at(rows, hour), rows["answers"].to_numpy())
    list_date = as_of_date + timedelta(days=1)
    return pd.DataFrame({
        "as_of_date": pd.Timestamp(as_of_date), "contact_point_id": rows["contact_point_id"],
        "account_id": rows["account_id"],
        "person_id": rows["person_id"], "time_zone": rows["zone"], **inputs,
        "local_weekday": list_date.isoweekday(), "month_day": list_date.day,
    })[list(SLOT_TYPES)]  # fmt: skip


def _policy(
    random: np.random.Generator, account: pd.DataFrame, today: pd.DataFrame, as_of_date: date
) -> dict[str, pd.DataFrame]:
    list_date = pd.Timestamp(as_of_date + timedelta(days=1))
    population = pd.DataFrame({
        "list_date": list_date, "as_of_date": pd.Timestamp(as_of_date), "account_id": today["account_id"].to_numpy(),
        "person_id": account["person_id"], "currency": "USD",
        "balance_amount": today["balance_cents"].to_numpy() / 100,
        "past_due_amount": today["past_due_cents"].to_numpy() / 100,
        "days_past_due": today["days_past_due"].to_numpy(), "aging_bucket": today["aging_bucket"].to_numpy(),
    })  # fmt: skip
    is_blocked = random.random(len(account)) < 0.2
    open_points = account[~is_blocked].reset_index(drop=True)
    starts, ends = (
        pd.concat([
            pd.Series([list_date + pd.Timedelta(hours=hour)] * int((open_points["zone"] == zone).sum()),
                      index=open_points.index[open_points["zone"] == zone]).dt.tz_localize(zone).dt.tz_convert("UTC")
            for zone in ZONES
        ]).sort_index() for hour in (8, 21)
    )  # fmt: skip
    text = "{[" + starts.astype("str") + "," + ends.astype("str") + ")}"
    eligible = pd.DataFrame({
        "list_date": list_date, **{name: open_points[name] for name in ("account_id", "person_id", "contact_point_id")},
        "channel": "voice", "debt_ids": "{D" + open_points["account_id"] + "}", "attempts_remaining": 3,
        "allowed_windows_utc": text,
        "time_zone_set": "{" + open_points["zone"] + "}", "primary_time_zone": open_points["zone"],
        "valid_until_utc": ends, "queue": "standard", "disclosures": "{}",
    })  # fmt: skip
    closed = account[is_blocked]
    none = pd.Series(pd.NaT, index=closed.index, dtype="datetime64[us, UTC]")
    blocks = pd.DataFrame({
        "list_date": list_date, "account_id": closed["account_id"], "person_id": closed["person_id"],
        "contact_point_id": closed["contact_point_id"], "channel": "voice", "rule_id": "REGF_7IN7",
        "reason": "CALL_CAP",
        "citation": "12 CFR 1006.14(b)(2)(i)(A)", "precedence": 300, "blocked_from_utc": none,
        "blocked_until_utc": none,
        "detail": "7 calls in 7 days",
    })  # fmt: skip
    second = blocks.iloc[::2].assign(
        rule_id="REGF_OPTOUT", reason="OPTED_OUT", citation="12 CFR 1006.6(e)", precedence=200
    )
    arms = pd.DataFrame(
        {"list_date": list_date, **{name: account[name] for name in ("account_id", "person_id", "arm")}}
    )
    return {
        "policy.population": population, "policy.experiment_arms": arms, "policy.eligible_contacts": eligible,
        "policy.block_reasons": pd.concat([blocks, second], ignore_index=True),
        "policy.rule_version": pd.DataFrame({"list_date": [list_date], "rule_version": ["rules-1"]}),
    }  # fmt: skip
