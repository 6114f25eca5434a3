"""Cells of a file become canonical text, exactly, or a fault that says why not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.company_sources import ColumnMapping, RowFilter
from recoup.entities import entity
from recoup.sources.adapter import FAULT_COLUMN_END, FAULT_END
from recoup.sources.file_mapping import mapped, selected

ZONE = "America/New_York"


def map_cells(name: str, column: str, cells: list[str | None], **mapping: Any) -> tuple[list[str], list[str | None]]:
    """Canonical values and reasons of one mapped column."""
    columns = {column: ColumnMapping.model_validate({"from": "x"} | mapping)}
    rows, faults = mapped(pa.table({"x": pa.array(cells, pa.string())}), columns, entity(name), ZONE)
    reasons = [
        None if fault is None else fault.removeprefix(column + FAULT_COLUMN_END).removesuffix(FAULT_END)
        for fault in faults.column(len(cells)).to_pylist()
    ]
    return rows[column].to_pylist(), reasons


def money(cells: list[str | None], **mapping: Any) -> tuple[list[str], list[str | None]]:
    return map_cells("invoices", "total_cents", cells, **({"money": "USD"} | mapping))


@pytest.mark.parametrize(
    ("cell", "cents"),
    [
        ("55.94", "5594"), ("55.9", "5590"), ("55", "5500"), (".5", "50"), ("55.", "5500"), ("-1.10", "-110"),
        ("(12.50)", "-1250"), ("12.50-", "-1250"), ("$1.00", "100"), ("-$1.00", "-100"), ("€2", "200"), ("+3", "300"),
        ("55.940000", "5594"), ("0.10", "010"), ("90071992547409.93", "9007199254740993"), (None, None),
    ],
)  # fmt: skip
def test_money_moves_its_point_and_loses_nothing(cell: str | None, cents: str | None) -> None:
    assert money([cell]) == ([cents], [None])


@given(st.decimals(min_value=-(10**13), max_value=10**13, places=2))
def test_money_is_the_exact_decimal(amount: Decimal) -> None:
    values, faults = money([f"{amount:f}"])
    assert faults == [None]
    assert int(values[0]) == amount * 100


@pytest.mark.parametrize(
    ("mapping", "cell", "cents"),
    [
        ({"money": "JPY"}, "1234", "1234"), ({"money": "JPY"}, "1234.00", "1234"), ({"money": "BHD"}, "1.5", "1500"),
        ({"thousands": ","}, "1,234,567.89", "123456789"), ({"thousands": ".", "decimal": ","}, "1.234,5", "123450"),
        ({"thousands": " "}, "12 000", "1200000"), ({"negate": True}, "5", "-500"), ({"negate": True}, "-5", "500"),
        ({"thousands": ","}, "1,00,000.00", "10000000"),
    ],
)  # fmt: skip
def test_money_knows_its_currency_and_its_separators(mapping: dict[str, Any], cell: str, cents: str) -> None:
    values, faults = money([cell], **mapping)
    assert faults == [None]
    assert int(values[0]) == int(cents)


@pytest.mark.parametrize(
    ("mapping", "cell", "reason"),
    [
        ({}, "12.345", "'12.345' has more than the currency's 2 decimals"),
        ({"money": "JPY"}, "1.5", "'1.5' has more than the currency's 0 decimals"),
        ({}, "1,234.50", "'1,234.50' is no amount (see `thousands` and `decimal` in company.yml)"),
        ({}, "1e5", "'1e5' is no amount (see `thousands` and `decimal` in company.yml)"),
        ({}, "-", "'-' is no amount (see `thousands` and `decimal` in company.yml)"),
        ({}, ".", "'.' is no amount (see `thousands` and `decimal` in company.yml)"),
        ({"thousands": ","}, "12,50", "'12,50' has no three digits after the thousands separator ','"),
    ],
)
def test_money_that_cannot_be_exact_is_a_fault(mapping: dict[str, Any], cell: str, reason: str) -> None:
    assert money([cell, "1"], **mapping)[1] == [reason, None]


def test_money_of_the_row_follows_the_row_s_currency() -> None:
    columns = {
        "total_cents": ColumnMapping.model_validate({"from": "amount", "money": "row"}),
        "currency": ColumnMapping.model_validate({"from": "cur"}),
    }
    table = pa.table({"amount": ["1.5", "15", "1.234", "1.5"], "cur": ["USD", "JPY", "KWD", "JPY"]})
    rows, faults = mapped(table, columns, entity("invoices"), ZONE)
    assert rows["total_cents"].to_pylist() == ["150", "15", "1234", "1.5"]
    assert [fault is None for fault in faults.column(4).to_pylist()] == [True, True, True, False]


@pytest.mark.parametrize(
    ("form", "cell", "day"),
    [
        ("%m/%d/%Y", "1/2/2013", "2013-01-02"), ("%m/%d/%Y", "01/02/2013", "2013-01-02"),
        ("%d.%m.%Y", "31.12.2013", "2013-12-31"), ("%Y%m%d", "20130203", "2013-02-03"),
        ("%d-%b-%Y", "05-Mar-2013", "2013-03-05"), ("%m/%d/%Y", "2/29/2012", "2012-02-29"),
        (None, "2013-01-02", "2013-01-02"), (None, "2013-01-02 00:00:00", "2013-01-02"),
    ],
)  # fmt: skip
def test_a_date_of_the_form_is_read(form: str | None, cell: str, day: str) -> None:
    assert map_cells("invoices", "issued_on", [cell], date_format=form) == ([day], [None])


NO_DATES = ["2/30/2013", "13/1/2013", "1/2/13x", "2013-01-02", "1/2/2013 10:00", "soon", "2/29/2013"]


@pytest.mark.parametrize("cell", NO_DATES)
def test_a_date_not_of_the_form_is_a_fault_and_keeps_its_text(cell: str) -> None:
    values, faults = map_cells("invoices", "issued_on", [cell, "1/2/2013"], date_format="%m/%d/%Y")
    assert values == [cell, "2013-01-02"]
    assert faults == [f"'{cell}' is not a date of the form %m/%d/%Y", None]


@pytest.mark.parametrize(
    ("mapping", "cell", "instant"),
    [
        ({}, "2013-01-05", f"2013-01-05 00:00:00 {ZONE}"),
        ({"at": "09:30"}, "2013-01-05", f"2013-01-05 09:30:00 {ZONE}"),
        ({}, "2013-01-05 10:00", f"2013-01-05 10:00:00 {ZONE}"),
        ({}, "2013-01-05T10:00:01.5", f"2013-01-05T10:00:01.5 {ZONE}"),
        ({}, "2013-01-05T10:00:00Z", "2013-01-05T10:00:00Z"),
        ({}, "2013-01-05 10:00:00-05", "2013-01-05 10:00:00-05"),
        ({"date_format": "%m/%d/%Y"}, "1/5/2013", f"2013-01-05 00:00:00 {ZONE}"),
        ({"date_format": "%m/%d/%Y", "at": "17:00"}, "1/5/2013", f"2013-01-05 17:00:00 {ZONE}"),
        ({"date_format": "%m/%d/%Y %H:%M:%S"}, "1/5/2013 08:00:07", f"2013-01-05 08:00:07 {ZONE}"),
        ({"date_format": "epoch"}, "1357380000", "2013-01-05 10:00:00+00"),
    ],
)
def test_an_instant_without_an_offset_is_of_the_company_s_zone(
    mapping: dict[str, Any], cell: str, instant: str
) -> None:
    assert map_cells("payments", "attempted_at", [cell], **mapping) == ([instant], [None])


def test_codes_become_canonical_words_and_unknown_ones_are_faults() -> None:
    values, faults = map_cells("payments", "status", ["S", "F", None, "X"], values={"S": "settled", "F": "failed"})
    assert values == ["settled", "failed", None, "X"]
    assert faults == [None, None, None, "'X' is a code that company.yml does not map (values of status)"]


def test_true_and_false_may_have_words_of_their_own() -> None:
    values, faults = map_cells("attempts", "connected", ["Yes", "No"], values={"Yes": "true", "No": "false"})
    assert (values, faults) == (["true", "false"], [None, None])


def test_templates_constants_joins_and_defaults() -> None:
    table = pa.table({"a": ["1", None], "b": ["x", "y"]})
    columns = {
        "invoice_id": ColumnMapping.model_validate({"template": "I-{a}/{b}"}),
        "account_id": ColumnMapping.model_validate({"from": ["a", "b"]}),
        "currency": ColumnMapping.model_validate({"constant": "USD"}),
        "status": ColumnMapping.model_validate({"from": "a", "default": "open"}),
    }
    rows, _ = mapped(table, columns, entity("invoices"), ZONE)
    assert rows.to_pydict() == {
        "invoice_id": ["I-1/x", None], "account_id": ["1|x", "|y"], "currency": ["USD", "USD"], "status": ["1", "open"],
    }  # fmt: skip


def test_a_nul_byte_is_a_fault() -> None:
    values, faults = map_cells("payments", "provider", ["a\0b", "c"])
    assert values == ["ab", "c"]
    assert faults == ["'ab' holds a NUL byte", None]


def test_a_personal_value_is_never_shown() -> None:
    _, faults = map_cells("persons", "full_name", ["Jane\0Doe"])
    assert faults == ["holds a NUL byte"]


def test_all_faults_of_a_row_are_kept() -> None:
    columns = {
        "total_cents": ColumnMapping.model_validate({"from": "x", "money": "USD"}),
        "issued_on": ColumnMapping.model_validate({"from": "x", "date_format": "%Y"}),
    }
    _, faults = mapped(pa.table({"x": ["?"]}), columns, entity("invoices"), ZONE)
    assert faults.column(1).to_pylist()[0].count(FAULT_END) == 2


def test_every_condition_of_where_must_hold() -> None:
    table = pa.table({"kind": ["a", "b", None, "a"], "paid": ["1", "2", "3", None]})
    where = (RowFilter(column="kind", not_equals=("b",)), RowFilter(column="paid", is_empty=False))
    assert selected(table, where).to_pylist() == [True, False, True, False]
    assert selected(table, (RowFilter(column="kind", equals=("a",)),)).to_pylist() == [True, False, False, True]
