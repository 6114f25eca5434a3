"""The agent's screen has one row an account and says what the list says; the dialer reads it and nothing beside it."""

from __future__ import annotations

import psycopg
import pytest

from recoup import warehouse


def test_the_dialer_reads_one_row_an_account_and_finds_it_by_the_lists_key(company_run):
    with warehouse.connect("dialer", company_run.settings) as connection:
        shown = connection.execute(
            "select account_id, list_key, script_code, past_due_amount, attempts_remaining, jsonb_typeof(offers)"
            " from monitoring.agent_screen_pop where list_status = 'listed' order by account_id"
        ).fetchall()
        listed = connection.execute(
            "select account_id, to_char(list_date, 'YYYYMMDD') || '-' || list_version || '-' || seq, script_code,"
            " past_due_amount, attempts_remaining, 'array' from lists.current_contact_priority order by account_id"
        ).fetchall()
        everybody = connection.execute(
            "select count(*), count(distinct account_id) from monitoring.agent_screen_pop"
        ).fetchone()
    assert listed
    assert shown == listed
    assert everybody[0] == everybody[1] > len(listed)


def test_the_dialer_reads_nothing_else_of_monitoring(company_run):
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        warehouse.connect("dialer", company_run.settings) as connection,
    ):
        connection.execute("select 1 from monitoring.account_context")
