"""The dbt project of the ledger: its unit tests, its contracts, its money, and what it says when it cannot run."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from recoup import transform, warehouse
from recoup.day import Day
from recoup.errors import RecoupError
from recoup.parsed_project import read_project
from recoup.sources.currencies import EXPONENTS

DAY = Day.closing(date(2026, 3, 31), "America/New_York")
LEDGER_TESTS = tuple(
    f"{path},test_type:unit"
    for path in (
        "path:models/intermediate/ledger",
        "path:models/marts/aging",
    )
)


@pytest.fixture(scope="module")
def built(ledger: Any) -> Any:
    """A ledger with one account and nothing billed, built once."""
    account = {"account_id": "A1", "product": "gas", "currency": "USD", "status": "open", "opened_on": date(2026, 1, 1)}
    ledger.land(DAY, {"accounts": [account]})
    ledger.build(DAY)
    return ledger


def test_hand_computed_answers_come_out(built: Any) -> None:
    result = transform.run_dbt(["test", "--select", *LEDGER_TESTS], built.settings)
    outcomes = {outcome.node.name: (str(outcome.status), outcome.message) for outcome in result.result.results}
    assert len(outcomes) >= 31, sorted(outcomes)
    assert {name: said for name, said in outcomes.items() if said[0] != "pass"} == {}


def test_every_relation_lies_in_the_warehouse_that_asks_though_the_project_is_parsed_once(built: Any) -> None:
    kept = built.settings.home / "dbt" / "parsed" / "partial_parse.msgpack"
    for database in ("one_company", "another"):
        manifest = read_project(built.settings, database)
        relations = [*manifest.nodes.values(), *manifest.sources.values()]
        named = {node.relation_name.split(".")[0] for node in relations if node.relation_name}
        assert (named, {node.database for node in relations}) == ({f'"{database}"'}, {database})
    assert kept.exists()


def test_an_empty_ledger_has_empty_marts(built: Any) -> None:
    for mart in ("ar_aging_by_invoice", "ar_aging_by_account", "ar_aging_summary", "ar_control_total"):
        assert built.query(f"select count(*) from marts.{mart}") == [(0,)], mart


def test_every_mart_has_a_contract_and_every_column_a_description(built: Any) -> None:
    with transform._environment(built.settings):
        manifest = transform._manifest(built.settings)
    marts = [
        node
        for node in manifest.nodes.values()
        if str(node.resource_type) == "model" and node.path.startswith("marts/")
    ]
    assert len(marts) >= 30
    for mart in marts:
        assert mart.config.contract.enforced, mart.name
        assert mart.columns, mart.name
        undescribed = [column.name for column in mart.columns.values() if not column.description]
        assert undescribed == [], f"{mart.name} does not say what these are, and in which unit"


def test_the_currency_macro_knows_every_currencys_exponent(built: Any) -> None:
    codes = ", ".join(f"('{code}', {exponent})" for code, exponent in EXPONENTS.items())
    result = transform.run_dbt(
        [
            "show", "--limit", "-1", "--inline",
            "select code from (values " + codes + ") as known (code, exponent)"
            " where {{ currency_exponent('code') }} <> exponent",
        ],
        built.settings,
    )  # fmt: skip
    assert len(EXPONENTS) > 100
    assert [row["code"] for row in result.result.results[0].agate_table.rows] == []


def test_a_model_that_fails_is_named_in_one_sentence(built: Any) -> None:
    with warehouse.connect("transformer", built.settings) as connection:
        connection.execute("alter table intermediate.int_ledger__invoice_entries rename column amount_cents to cents")
    with pytest.raises(RecoupError, match=r"The dbt model \w+ failed in build_ledger for 2026-03-31") as seen:
        transform.build("ledger", DAY, built.settings)
    assert 'column "cents" does not exist' in str(seen.value)
    assert "\n" not in str(seen.value)


def test_no_password_stays_in_the_environment(built: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.delenv("RECOUP_DBT_PASSWORD", raising=False)
    transform.run_dbt(["list", "--select", "ar_control_total"], built.settings)
    assert "RECOUP_DBT_PASSWORD" not in os.environ
