"""The canonical columns that an export may take, each with the SQL that gives it from the dialer's own view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
from psycopg import sql

DECIMAL = pa.decimal128(20, 4)
TEXTS = pa.list_(pa.string())
INSTANT = pa.timestamp("us", "UTC")


@dataclass(frozen=True)
class Column:
    """One column of the canonical list.

    Attributes:
        query: SQL over the aliases l (list) and n (names); see `select`.
        type: Its Arrow type in a typed export (Parquet).
        meaning: One line for docs and schema.
        text: SQL of the same as text where a cast to text would not be canonical.
    """

    name: str
    query: str
    type: Any
    meaning: str
    text: str | None = None


_INTERVALS = """(
    select string_agg(
        to_char(lower(w) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || '/'
        || to_char(upper(w) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), ' ' order by w)
    from unnest(l.allowed_windows_utc) as w)"""
# The end of the allowed window that the planned hour lies in.
_WINDOW_END = """coalesce(
    (select max(upper(w)) from unnest(l.allowed_windows_utc) as w where w @> l.assigned_slot_start_utc),
    l.assigned_slot_end_utc)"""


def _plain(name: str, type_: Any, meaning: str) -> Column:
    return Column(name, f"l.{name}", type_, meaning)


def _texts(name: str, meaning: str) -> Column:
    return Column(name, f"l.{name}", TEXTS, meaning, f"array_to_json(l.{name})::text")


def _amount(name: str, meaning: str) -> Column:
    # Decimals travel as text: ADBC would make them one anyway.
    return Column(name, f"l.{name}::text", DECIMAL, meaning)


COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        Column("list_key", "to_char(l.list_date, 'YYYYMMDD') || '-' || l.list_version || '-' || l.seq", pa.string(),
               "list date, version and seq: the row's key at the dialer, at most 20 characters in practice"),
        _plain("list_date", pa.date32(), "day the list is for"),
        _plain("as_of_date", pa.date32(), "last closed day the list was made from"),
        _plain("list_version", pa.int32(), "1, or more after a restatement"),
        _plain("seq", pa.int32(), "the order, 1 first"),
        _plain("account_id", pa.string(), "account"),
        _plain("person_id", pa.string(), "whom to contact"),
        _texts("debt_ids", "debts the contact is about (CSV: a JSON array)"),
        _plain("channel", pa.string(), "voice, sms, email, letter, voicemail"),
        _plain("contact_point_id", pa.string(), "key of the address"),
        _plain("address", pa.string(), "number (E.164) or e-mail address"),
        Column("full_name", "n.full_name", pa.string(), "name, only where company.yml hands names over"),
        _plain("assigned_slot_start_utc", INSTANT, "begin of the planned hour"),
        _plain("assigned_slot_end_utc", INSTANT, "end of the planned hour"),
        Column("window_end_utc", _WINDOW_END, INSTANT, "end of the allowed window the planned hour lies in"),
        Column("allowed_windows_utc", _INTERVALS, pa.string(), "ISO 8601 intervals, end exclusive, space between"),
        _texts("time_zone_set", "every zone the person may be in, IANA (CSV: a JSON array)"),
        _plain("priority_score", pa.float64(), "value of the contact, reporting currency"),
        _plain("p_right_party", pa.float32(), "probability of reaching the right party"),
        _plain("p_pay_if_contacted", pa.float32(), "probability of paying if spoken to"),
        _plain("p_pay_if_not", pa.float32(), "probability of paying if left alone"),
        _amount("expected_recovery_amount", "major units of currency"),
        _amount("uplift_amount", "what the contact adds, major units of currency"),
        _amount("cost_amount", "cost of the attempt, major units of currency"),
        _amount("balance_amount", "open balance, major units of currency"),
        _amount("past_due_amount", "past due, major units of currency"),
        _plain("currency", pa.string(), "ISO 4217"),
        _plain("days_past_due", pa.int32(), "days"),
        _plain("aging_bucket", pa.string(), "bucket of the aging mart"),
        _plain("promise_due_on", pa.date32(), "open promise, if any"),
        _plain("attempts_remaining", pa.int32(), "smallest remaining cap over the rules; empty = no cap"),
        _plain("valid_until_utc", INSTANT, "end of the last allowed window"),
        _plain("action", pa.string(), "next best action"),
        _plain("script_code", pa.string(), "script for the agent"),
        _plain("queue", pa.string(), "who takes it"),
        _texts("reason_codes", "why, at most 3 (CSV: a JSON array)"),
        _plain("arm", pa.string(), "arm of the experiment"),
        _plain("model_version", pa.string(), "models that scored"),
        _plain("rule_version", pa.string(), "contact rules"),
        _plain("row_hash", pa.string(), "SHA-256 of the published row; the dialer gives it back as list_row_hash"),
    )
}  # fmt: skip
"""The columns by name, in the order of the generic export."""


def select(
    names: Sequence[str], list_date: date, list_version: int, *, with_names: bool, channels: Sequence[str] | None,
    by_slot: bool, as_text: bool = False,
) -> sql.Composed:  # fmt: skip
    """The query of an export: rows in the order in which they are handed over.

    Args:
        names: Columns to give, out of `COLUMNS`.
        with_names: Join the names, which the dialer may read only where company.yml says so; else they are null.
        channels: Only these; None = all.
        by_slot: Planned hour first, seq within it; else by seq alone.
        as_text: Lists as JSON text instead of arrays.
    """
    parts = [
        sql.SQL("{} as {}").format(
            _fixed("null::text" if name == "full_name" and not with_names else _query(COLUMNS[name], as_text)),
            sql.Identifier(name),
        )
        for name in names
    ]
    return sql.SQL(
        "select {columns} from lists.dialer_contact_priority as l {names}"
        " where l.list_date = {list_date} and l.list_version = {version}{channels} order by {order}"
    ).format(
        columns=sql.SQL(", ").join(parts),
        names=_fixed("left join lists.dialer_names as n on n.person_id = l.person_id" if with_names else ""),
        list_date=sql.Literal(list_date),
        version=sql.Literal(list_version),
        channels=sql.SQL("")
        if channels is None
        else sql.SQL(" and l.channel = any({})").format(sql.Literal(list(channels))),
        order=_fixed("l.assigned_slot_start_utc, l.seq" if by_slot else "l.seq"),
    )


def _query(column: Column, as_text: bool) -> str:
    return column.text if as_text and column.text else column.query


def _fixed(text: str) -> sql.SQL:
    """Text of this module as SQL; never of anybody else's."""
    return sql.SQL(text)
