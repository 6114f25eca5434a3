"""A company that has only files: what is wrong with them is said in one sentence or row by row, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from recoup import warehouse
from recoup.company import Company
from recoup.day import Day
from recoup.errors import RecoupError
from recoup.landing.stages import pull_billing_ledger
from recoup.settings import Settings

ZONE = "America/New_York"
DAY = Day.closing(date(2026, 3, 30), ZONE)
HEADER = "Number,Customer,Amount,Issued,Paid\n"
INVOICES: dict[str, Any] = {
    "file": "ledger.csv",
    "columns": {
        "invoice_id": {"from": "Number"}, "account_id": {"from": "Customer"}, "currency": {"constant": "USD"},
        "total_cents": {"from": "Amount", "money": "USD", "thousands": ","}, "status": {"constant": "open"},
        "issued_on": {"from": "Issued", "date_format": "%m/%d/%Y"},
    },
}  # fmt: skip


def company(entities: dict[str, Any], directory: str = ".") -> Company:
    source = {"kind": "files", "directory": directory, "entities": entities}
    return Company.model_validate(
        {"company": "files", "time_zone": ZONE, "reporting_currency": "USD", "sources": {"billing_ledger": source}}
    )


@pytest.fixture(scope="module")
def _settings(
    new_warehouse: Callable[..., AbstractContextManager[Settings]], tmp_path_factory: pytest.TempPathFactory
) -> Any:
    file = tmp_path_factory.mktemp("files") / "company.yml"
    with new_warehouse(company=company({"invoices": INVOICES}), company_file=file) as settings:
        yield settings


@pytest.fixture
def settings(_settings: Settings, tmp_path: Path) -> Settings:
    """A company with a ledger.csv beside its company.yml, and an empty warehouse."""
    with warehouse.connect("loader", _settings) as connection:
        connection.execute("truncate raw_ledger.batches, raw_ledger.manifest, raw_ledger.rejected, raw_ledger.cursors")
        for name in ("invoices", "accounts", "account_parties", "persons", "payments"):
            connection.execute(f"truncate raw_ledger.{name}")
    return replace(_settings, company_file=tmp_path / "company.yml")


def put(settings: Settings, content: str | bytes, name: str = "ledger.csv") -> None:
    path = settings.company_file.parent / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def query(settings: Settings, text: str) -> list[tuple[Any, ...]]:
    with warehouse.connect("loader", settings) as connection:
        return connection.execute(text).fetchall()


REJECTED = "select row_ref, column_name, reason from raw_ledger.rejected order by pull_row, column_name"


def test_bad_rows_are_refused_with_file_row_and_column(settings: Settings) -> None:
    put(
        settings,
        HEADER
        + "1,A,10.00,1/2/2026,\n"  # row 2
        + "2,A,ten,1/2/2026,\n"
        + "3,A,10.00,2/30/2026,\n"
        + "4,A,10.00\n"
        + '5,A,"1,000.00",1/2/2026,\n'
        + ",A,x,soon,\n"
        + "7\0,A,1.00,1/2/2026,\n"
        + "8,A,99999999999999999999999,1/2/2026,\n"
        + "9,A,10.00,1/2/",
    )
    assert pull_billing_ledger(DAY, settings) == {"read": 9, "loaded": 2, "held": 0, "rejected": 7}
    assert query(settings, "select invoice_id, total_cents from raw_ledger.invoices order by 1") == [
        ("1", 1000), ("5", 100000)
    ]  # fmt: skip
    huge = "9999999999999999999999900"
    assert query(settings, REJECTED) == [
        ("ledger.csv:3", "total_cents", "'ten' is no amount (see `thousands` and `decimal` in company.yml)"),
        ("ledger.csv:4", "issued_on", "'2/30/2026' is not a date of the form %m/%d/%Y"),
        ("ledger.csv:7", "invoice_id", "is missing"),
        ("ledger.csv:7", "issued_on", "'soon' is not a date of the form %m/%d/%Y"),
        ("ledger.csv:7", "total_cents", "'x' is no amount (see `thousands` and `decimal` in company.yml)"),
        ("ledger.csv:8", "invoice_id", "'7' holds a NUL byte"),
        ("ledger.csv:9", "total_cents", f"'{huge}' is not a whole number (bigint)"),
        ("ledger.csv:5", None, "has 3 fields instead of 5"),
        ("ledger.csv:10", None, "has 4 fields instead of 5"),
    ]


def test_the_whole_file_may_be_read_again_every_day(settings: Settings) -> None:
    put(settings, HEADER + "1,A,10.00,1/2/2026,\n2,A,-1.00,1/2/2026,\n")
    assert pull_billing_ledger(DAY, settings)["loaded"] == 2
    put(settings, HEADER + "1,A,10.00,1/2/2026,\n2,A,1.00,1/2/2026,\n3,A,1.00,1/3/2026,\n")
    later = Day.closing(date(2026, 3, 31), ZONE)
    assert pull_billing_ledger(later, settings) == {"read": 3, "loaded": 2, "held": 1, "rejected": 0}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "ledger.csv is empty: it must begin with a header"),
        (None, "There is no file .*ledger.csv: bring it there"),
        (b"Number,Customer,Total,Issued\n1,A,1,1/2/2026\n", "lacks the column 'Amount', which company.yml maps to "
         r"invoices.total_cents: .*\(it has: Number, Customer, Total, Issued\)"),
        (HEADER.encode() + b"1,A\xe9,1.00,1/2/2026,\n", "ledger.csv row 2 is not utf-8"),
        (HEADER.replace(",", ";").encode(), "lacks the column 'Number'"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_one_sentence_and_nothing_lands(
    settings: Settings, content: bytes | None, message: str
) -> None:
    if content is not None:
        put(settings, content)
    with pytest.raises(RecoupError, match=message) as error:
        pull_billing_ledger(DAY, settings)
    assert "\n" not in str(error.value)
    assert query(settings, "select count(*) from raw_ledger.invoices") == [(0,)]


def test_a_header_alone_is_an_entity_without_rows(settings: Settings) -> None:
    put(settings, HEADER)
    assert pull_billing_ledger(DAY, settings) == {"read": 0, "loaded": 0, "held": 0, "rejected": 0}


def test_customers_are_made_of_the_invoices_they_stand_on(settings: Settings) -> None:
    columns = {
        "account_id": {"from": "Customer"}, "product": {"constant": "p"}, "currency": {"constant": "USD"},
        "status": {"constant": "open"}, "region": {"from": "Amount", "pick": "last"},
        "opened_on": {"from": "Issued", "date_format": "%m/%d/%Y", "pick": "min"},
        "closed_on": {"from": "Paid", "date_format": "%m/%d/%Y", "pick": "max"},
    }  # fmt: skip
    parties = {
        "account_id": {"from": "Customer"}, "person_id": {"from": "Customer"}, "role": {"constant": "obligor"},
        "from_on": {"from": "Issued", "date_format": "%m/%d/%Y", "pick": "min"},
    }  # fmt: skip
    put(
        settings,
        HEADER
        + "1,B,a,2/1/2026,\n"
        + "2,A,b,1/20/2026,3/1/2026\n"
        + "3,B,c,1/3/2026,\n"
        + "4,A,d,1/5/2026,1/30/2026\n"
        + "5,A,e,never,\n",
    )
    chosen = company({
        "accounts": {"file": "ledger.csv", "distinct": True, "columns": columns},
        "account_parties": {"file": "ledger.csv", "distinct": True, "columns": parties},
    })  # fmt: skip
    counts = pull_billing_ledger(DAY, replace(settings, company=chosen))
    assert counts == {"read": 6, "loaded": 4, "held": 0, "rejected": 2}
    found = query(settings, "select account_id, region, opened_on, closed_on from raw_ledger.accounts order by 1")
    assert found == [("A", "d", date(2026, 1, 5), date(2026, 3, 1)), ("B", "c", date(2026, 1, 3), None)]
    found = query(settings, "select account_id, from_on from raw_ledger.account_parties order by 1")
    assert found == [("A", date(2026, 1, 5)), ("B", date(2026, 1, 3))]
    assert {row_ref for row_ref, _, _ in query(settings, REJECTED)} == {"ledger.csv:6"}


def test_several_files_may_make_one_entity(settings: Settings) -> None:
    put(settings, HEADER + "1,A,1.00,1/2/2026,\n", "2026-01.csv")
    put(settings, HEADER + "2,A,1.00,2/2/2026,\n", "2026-02.csv")
    put(settings, "No;Who;Cents;On\n3;A;100;2026-02-03\n", "old.csv")
    old = {
        "file": "old.csv", "delimiter": ";",
        "columns": {
            "invoice_id": {"from": "No"}, "account_id": {"from": "Who"}, "currency": {"constant": "USD"},
            "total_cents": {"from": "Cents"}, "status": {"constant": "open"}, "issued_on": {"from": "On"},
        },
    }  # fmt: skip
    chosen = company({"invoices": [INVOICES | {"file": "2026-*.csv"}, old]})
    assert pull_billing_ledger(DAY, replace(settings, company=chosen))["loaded"] == 3


def test_the_directory_may_come_from_the_environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    put(settings, HEADER + "1,A,1.00,1/2/2026,\n")
    chosen = replace(settings, company=company({"invoices": INVOICES}, "${LEDGER_ROOT}"))
    monkeypatch.delenv("LEDGER_ROOT", raising=False)
    with pytest.raises(RecoupError, match=r"The environment variable LEDGER_ROOT, .* is not set"):
        pull_billing_ledger(DAY, chosen)
    monkeypatch.setenv("LEDGER_ROOT", str(settings.company_file.parent / "elsewhere"))
    with pytest.raises(RecoupError, match=r"There is no directory .*elsewhere"):
        pull_billing_ledger(DAY, chosen)
    monkeypatch.setenv("LEDGER_ROOT", str(settings.company_file.parent))
    assert pull_billing_ledger(DAY, chosen)["loaded"] == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"total_cents": {"from": "Amount", "money": "XYZ"}},
            "'XYZ', the money of invoices.total_cents .* ISO 4217",
        ),
        ({"status": None}, "lacks the column status of invoices"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused(settings: Settings, change: dict[str, Any], message: str) -> None:
    put(settings, HEADER)
    columns = {name: value for name, value in (INVOICES["columns"] | change).items() if value is not None}
    chosen = replace(settings, company=company({"invoices": INVOICES | {"columns": columns}}))
    with pytest.raises(RecoupError, match=message):
        pull_billing_ledger(DAY, chosen)
