"""A real ledger that came as one CSV: the aging and the days sales outstanding that its README gives, to the cent."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from recoup import transform, warehouse
from recoup.company import load_company
from recoup.day import Day
from recoup.landing.stages import pull_billing_ledger, pull_contact_center
from recoup.settings import PROJECT_DIR, Settings

COMPANY_FILE = PROJECT_DIR / "examples" / "ibm_ar" / "company.yml"


@pytest.fixture(scope="module")
def ibm(new_warehouse: Callable[..., AbstractContextManager[Settings]], data_dir: Path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RECOUP_DATA_DIR", str(data_dir))
        company = load_company(COMPANY_FILE)
        with new_warehouse(company, COMPANY_FILE) as settings:
            day = Day.closing(date(2013, 6, 30), company.time_zone)
            pull_billing_ledger(day, settings)
            pull_contact_center(day, settings)
            transform.build("staging", day, settings)
            transform.build("ledger", day, settings)
            with warehouse.connect("bi_reader", settings) as connection:
                yield connection


def test_aging_of_30_june_2013_is_the_published_one(ibm) -> None:
    rows = ibm.execute(
        "select aging_bucket, invoice_count, open_amount from marts.ar_aging_summary"
        " where as_of_date = '2013-06-30' order by bucket_order"
    ).fetchall()
    assert rows == [
        ("current", 72, Decimal("4284.2900")),
        ("1-30", 12, Decimal("835.5600")),
        ("31-60", 0, Decimal(0)),
        ("61-90", 0, Decimal(0)),
        ("91-120", 0, Decimal(0)),
        ("121+", 0, Decimal(0)),
    ]
    assert ibm.execute(
        "select count(*), sum(open_amount) from marts.ar_aging_by_invoice where as_of_date = '2013-06-30'"
    ).fetchone() == (84, Decimal("5119.8500"))
    assert ibm.execute("select closing_amount, control_total_amount from marts.ar_control_total").fetchall() == [
        (Decimal("5119.8500"), Decimal("5119.8500"))
    ]


def test_days_sales_outstanding_of_30_june_2013_is_the_published_one(ibm) -> None:
    numerator, denominator, multiplier, value = ibm.execute(
        "select numerator, denominator, multiplier, value from marts.kpi_receivables_daily"
        " where metric = 'dso' and grain = 'total' and kpi_date = '2013-06-30'"
    ).fetchone()
    assert (numerator, denominator, multiplier) == (Decimal("5119.8500"), Decimal("19903.7000"), 90)
    assert round(value, 2) == Decimal("23.15")
