"""A database as a source: what keeps it from being read is one sentence."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from recoup import warehouse
from recoup.company import Company
from recoup.day import Day
from recoup.entities import entity
from recoup.errors import RecoupError
from recoup.landing.stages import pull_billing_ledger
from recoup.settings import Settings
from recoup.sources.registry import open_source

DAY = Day.closing(date(2026, 3, 30), "America/New_York")
CREATE = """
    create table payments (
        payment_id text, account_id text, currency text, amount_cents numeric, method text, status text,
        attempted_at timestamptz, recorded_at timestamptz
    )
"""


@pytest.fixture(scope="module")
def settings(new_warehouse: Callable[..., AbstractContextManager[Settings]]) -> Any:
    with new_warehouse() as made:
        yield made


def on_source(settings: Settings, *statements: str) -> None:
    with warehouse.connect("company", settings, settings.source_database("billing_ledger")) as connection:
        for statement in statements:
            connection.execute(statement)


def elsewhere(settings: Settings, monkeypatch: pytest.MonkeyPatch, url: str | None) -> Settings:
    """The same company with its ledger behind a URL of the environment."""
    company = settings.company.model_dump(by_alias=True)
    company["sources"]["billing_ledger"] = {"kind": "sql", "url_env": "LEDGER_URL"}
    monkeypatch.delenv("LEDGER_URL", raising=False)
    if url is not None:
        monkeypatch.setenv("LEDGER_URL", url)
    return replace(settings, company=Company.model_validate(company))


def test_a_source_without_tables_is_told(settings: Settings) -> None:
    with pytest.raises(RecoupError, match="has no table of a canonical entity in the schema public"):
        pull_billing_ledger(DAY, settings)


def test_a_table_that_may_not_be_read_is_told(settings: Settings) -> None:
    on_source(
        settings, "drop table if exists payments", CREATE, "revoke all on payments from public, recoup_source_reader"
    )
    with pytest.raises(RecoupError, match=r"public\.payments .* may not be read by recoup_source_reader: grant select"):
        pull_billing_ledger(DAY, settings)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda url: None, "LEDGER_URL, .* is not set"),
        (lambda url: "mysql://x", "URL in LEDGER_URL is not valid"),
        (lambda url: url.replace("recoup_source_reader:", "recoup_source_reader:not"), "refuses the password"),
        (lambda url: url.rpartition("/")[0] + "/nowhere", "nowhere"),
        (lambda url: "postgresql://a:b@127.0.0.1:9/x", "No Postgres server answers at 127.0.0.1:9"),
    ],
    ids=["unset", "no url", "wrong password", "no database", "stopped"],
)
def test_a_source_that_does_not_let_us_in_is_one_sentence(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, change: Callable[[str], str | None], message: str
) -> None:
    url = warehouse.url("source_reader", settings, settings.source_database("billing_ledger"))
    with pytest.raises(RecoupError, match=message) as error:
        pull_billing_ledger(DAY, elsewhere(settings, monkeypatch, change(url)))
    assert "\n" not in str(error.value)


def test_a_source_elsewhere_is_read_through_its_url(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    row = "'P1', 'A1', 'USD', 100, 'card', 'settled', '2026-03-01 12:00:00-05', '2026-03-01 12:00:00-05'"
    on_source(
        settings, "drop table if exists payments", CREATE, f"insert into payments values ({row})",
        f"insert into payments values ({row.replace('P1', 'P2').replace('100', '100.5')})",
        "insert into payments values ({})".format(row.replace("P1", "back\\slash").replace("card", "a\ttab")),
        "grant select on payments to recoup_source_reader",
    )  # fmt: skip
    url = warehouse.url("source_reader", settings, settings.source_database("billing_ledger"))
    counts = pull_billing_ledger(DAY, elsewhere(settings, monkeypatch, url))
    assert counts == {"read": 3, "loaded": 2, "held": 0, "rejected": 1}
    with warehouse.connect("loader", settings) as connection:
        found = connection.execute("select payment_id, method from raw_ledger.payments order by 1").fetchall()
    assert found == [("P1", "card"), ("back\\slash", "a\ttab")]


def mapped(settings: Settings, **mapping: Any) -> Settings:
    """The same company with its invoices mapped from elsewhere."""
    company = settings.company.model_dump(by_alias=True)
    company["sources"]["billing_ledger"]["entities"] = {"invoices": mapping}
    return replace(settings, company=Company.model_validate(company))


BILLS = """
    create schema if not exists erp;
    drop table if exists erp.bills;
    create table erp.bills (no int, customer text, cur text, cents int, "Day" date, changed timestamptz);
    insert into erp.bills values (1, 'A1', 'USD', 500, '2026-03-01', '2026-03-01 12:00:00-05');
    grant usage on schema erp to recoup_source_reader;
    grant select on erp.bills to recoup_source_reader
"""
QUERY = "select no as invoice_id, customer as account_id, cur as currency, 'open' as status, * from erp.bills;"


def test_tables_of_other_names_and_columns_are_mapped(settings: Settings) -> None:
    on_source(settings, BILLS)
    columns = {"issued_on": "Day", "total_cents": "cents"}
    by_query = mapped(settings, query=QUERY, recorded_at="changed", columns=columns)
    assert pull_billing_ledger(DAY, by_query)["loaded"] == 1
    with warehouse.connect("loader", settings) as connection:
        row = "select invoice_id, issued_on, total_cents, source_recorded_at::text from raw_ledger.invoices"
        assert connection.execute(row).fetchall() == [("1", date(2026, 3, 1), 500, "2026-03-01 17:00:00+00")]


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"table": "erp.nothing"}, r"erp\.nothing .* cannot be read .*does not exist.*: correct `entities`"),
        (
            {"table": "erp.bills", "columns": {"issued_on": "day"}},
            r"erp\.bills .* has no column day, which",
        ),
        ({"table": "erp.bills"}, "lacks the columns invoice_id, account_id, currency, issued_on, status, total_cents"),
        ({"query": "select from where"}, "The query of invoices in company.yml cannot be read"),
        (
            {"query": "select 1 as no, * from erp.bills"},
            "The query of invoices in company.yml names the column no",
        ),
    ],
)
def test_a_mapping_that_does_not_fit_is_told(settings: Settings, mapping: dict[str, Any], message: str) -> None:
    on_source(settings, BILLS)
    with pytest.raises(RecoupError, match=message):
        pull_billing_ledger(DAY, mapped(settings, **mapping))


def test_a_source_that_fails_while_it_sends_is_one_sentence_and_nothing_lands(settings: Settings) -> None:
    on_source(settings, BILLS)
    query = QUERY.replace("'open' as status", "(1 / (no - 1))::text as status")
    columns = {"issued_on": "Day", "total_cents": "cents"}
    failing = mapped(settings, query=query, recorded_at="changed", columns=columns)
    with pytest.raises(RecoupError, match=r"The query of invoices in company.yml cannot be read \(division by zero\)"):
        pull_billing_ledger(Day.closing(date(2026, 3, 31), "America/New_York"), failing)


def test_all_entities_of_a_pull_are_of_one_moment_of_the_source(settings: Settings) -> None:
    on_source(settings, BILLS)
    mapping = {"query": QUERY, "recorded_at": "changed", "columns": {"issued_on": "Day", "total_cents": "cents"}}
    with open_source("billing_ledger", mapped(settings, **mapping)) or nullcontext() as source:
        assert source is not None
        on_source(
            settings, "insert into erp.bills values (2, 'A1', 'USD', 700, '2026-03-01', '2026-03-01 12:00:00-05')"
        )
        with source.open(entity("invoices"), None, DAY.recorded_at) as stream:
            rows = b"".join(stream.chunks).splitlines()
    assert [row.split(b"\t")[0] for row in rows] == [b"1"]


def test_a_row_without_a_recording_instant_comes_with_every_pull(settings: Settings) -> None:
    on_source(settings, BILLS, "update erp.bills set changed = null")
    mapping = {"query": QUERY, "recorded_at": "changed", "columns": {"issued_on": "Day", "total_cents": "cents"}}
    with open_source("billing_ledger", mapped(settings, **mapping)) or nullcontext() as source:
        assert source is not None
        with source.open(entity("invoices"), DAY.recorded_at, DAY.recorded_at) as stream:
            assert len(b"".join(stream.chunks).splitlines()) == 1
