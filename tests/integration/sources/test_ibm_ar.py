"""The IBM ledger, delivered as a CSV, gives the published figures of 2013-06-30 straight from the raw tables."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path

import pytest

from recoup import warehouse
from recoup.company import load_company
from recoup.day import Day
from recoup.landing.stages import pull_billing_ledger, pull_contact_center
from recoup.settings import PROJECT_DIR, Settings

EXAMPLE = PROJECT_DIR / "examples" / "ibm_ar"
OPEN = """
    with paid as (
        select invoice_id, sum(amount_cents) as cents from raw_ledger.applications
        where applied_on <= '2013-06-30' group by invoice_id
    ),
    open as (
        select
            greatest('2013-06-30'::date - i.due_on, 0) as days_past_due,
            i.total_cents - coalesce(p.cents, 0) as cents
        from raw_ledger.invoices as i left join paid as p using (invoice_id)
        where i.issued_on <= '2013-06-30' and i.total_cents > coalesce(p.cents, 0)
    )
    select days_past_due > 0, count(*)::int, sum(cents)::int, max(days_past_due) <= 30 from open group by 1 order by 1
"""


def test_the_open_invoices_of_2013_06_30_are_exact(
    new_warehouse: Callable[..., AbstractContextManager[Settings]], data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECOUP_DATA_DIR", str(data_dir))
    file = EXAMPLE / "company.yml"
    with new_warehouse(company=load_company(file), company_file=file) as settings:
        day = Day.closing(date(2013, 6, 30), settings.company.time_zone)
        counts = pull_billing_ledger(day, settings)
        assert counts["rejected"] == 0
        assert counts["read"] == counts["loaded"]
        assert pull_contact_center(day, settings) == {"read": 0, "loaded": 0, "held": 0, "rejected": 0}
        with warehouse.connect("loader", settings) as connection:
            assert connection.execute(OPEN).fetchall() == [(False, 72, 428429, True), (True, 12, 83556, True)]
            future = "select count(*) from raw_ledger.invoices where issued_on > '2013-06-30'"
            assert connection.execute(future).fetchone() == (0,)
        # By the end of 2013 everything has come in, and every invoice once.
        whole = pull_billing_ledger(Day.closing(date(2014, 1, 31), settings.company.time_zone), settings)
        with warehouse.connect("loader", settings) as connection:
            total = "select count(*)::int, sum(total_cents)::int from raw_ledger.invoices"
            assert connection.execute(total).fetchone() == (2466, 14770318)
        assert whole["rejected"] == 0
        assert "deferred" not in whole


def test_the_made_up_contact_points_are_fictional_land_whole_and_leave_some_customers_out(
    new_warehouse: Callable[..., AbstractContextManager[Settings]], data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECOUP_DATA_DIR", str(data_dir))
    file = EXAMPLE / "company_with_contacts.yml"
    with new_warehouse(company=load_company(file), company_file=file) as settings:
        day = Day.closing(date(2013, 6, 30), settings.company.time_zone)
        pull_billing_ledger(day, settings)
        counts = pull_contact_center(day, settings)
        assert counts["loaded"] == counts["read"] > 30
        with warehouse.connect("loader", settings) as connection:
            unfit = (
                r"select address from vault.contact_points where medium = 'voice' and address !~ '^\+1\d{3}55501\d\d$'"
            )
            assert connection.execute(unfit).fetchall() == []
            reach = """
                select count(*) filter (where c.person_id is null) > 0, count(distinct c.area_code) > 5, count(c.*) > 0
                from raw_ledger.persons as p left join raw_contact.contact_points as c using (person_id)
            """
            assert connection.execute(reach).fetchone() == (True, True, True)
        assert settings.company.prior_contacts.is_declared_none
