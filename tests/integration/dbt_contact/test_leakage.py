"""Revenue leakage is the same whether it was built day by day or at once, and right for an earlier day."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from recoup import synthetic, transform
from recoup.day import Day

BUILT = ("path:models/intermediate/leakage", "path:models/marts/revenue_leakage")
STATE = {
    "marts.revenue_leakage_events": "true",
    "marts.revenue_leakage_evidence": "true",
    "intermediate.int_leakage__facts": "true",
    "intermediate.int_leakage__billed_months": "true",
    "marts.revenue_leakage_daily": "as_of_date = %s",
    "marts.revenue_leakage_monthly": "as_of_date = %s",
}


@pytest.fixture(scope="module")
def days(built_company: Any) -> tuple[Day, Day]:
    """Two days after all that was built, the second one built upon the first."""
    company = built_company
    ((newest,),) = company.query("select max(as_of_date) from raw_ledger.batches")
    first, second = (_closing(company, newest + timedelta(days=ahead)) for ahead in (1, 2))
    for day in (first, second):
        synthetic.advance(company.settings, day.as_of_date, lambda _: None)
        company.pull(day)
        _run(company, day, "path:models/staging", "path:models/intermediate", "path:models/marts/revenue_leakage")
        if day is first:
            company.leakage_of_first_day = _contents(company, day)
    return first, second


def test_a_day_looks_at_some_accounts_and_comes_to_what_looking_at_all_comes_to(
    built_company: Any, days: tuple[Day, Day]
) -> None:
    company, (_, second) = built_company, days
    ((looked_at, accounts),) = company.query(
        "select (select count(*) from intermediate.int_leakage__accounts),"
        " (select count(distinct account_id) from staging.stg_ledger__accounts)"
    )
    assert 0 < looked_at < accounts / 2, "a day looked at as much as the history"
    day_by_day = _contents(company, second)
    assert day_by_day["marts.revenue_leakage_events"][0] > 50
    _run(company, second, *BUILT, "--full-refresh")
    assert _contents(company, second) == day_by_day


def test_an_earlier_day_built_again_is_what_it_was(built_company: Any, days: tuple[Day, Day]) -> None:
    company, (first, second) = built_company, days
    newest = _contents(company, second)
    _run(company, first, "path:models/intermediate", "path:models/marts/revenue_leakage")
    assert _contents(company, first) == company.leakage_of_first_day
    assert _contents(company, first) != newest
    _run(company, second, "path:models/intermediate", "path:models/marts/revenue_leakage")
    assert _contents(company, second) == newest, "the day after an earlier one was built upon it"


def _closing(company: Any, as_of_date: date) -> Day:
    return Day.closing(as_of_date, company.settings.company.time_zone)


def _run(company: Any, day: Day, *chosen: str) -> None:
    options = [option for option in chosen if option.startswith("--")]
    models = [model for model in chosen if not model.startswith("--")]
    variables = json.dumps(transform.dbt_vars(day, company.settings))
    result = transform.run_dbt(["run", "--select", *models, *options, "--vars", variables], company.settings)
    failed = [(o.node.name, o.message) for o in result.result.results if str(o.status) != "success"]
    assert failed == []


def _contents(company: Any, day: Day) -> dict[str, tuple[int, str]]:
    """Rows and a hash of every leakage table."""
    return {
        table: company.query(
            f"select count(*), md5(coalesce(string_agg(content, '|' order by content), ''))"
            f" from (select to_jsonb(t)::text as content from {table} as t where {condition}) as rows",
            *([day.as_of_date] if "%" in condition else []),
        )[0]
        for table, condition in STATE.items()
    }
