"""A database as a source: what keeps it from being read is one sentence."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from recoup import warehouse
from recoup.company import Company
from recoup.day import Day
from recoup.errors import RecoupError
from recoup.landing.stages import pull_billing_ledger
from recoup.settings import Settings

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
