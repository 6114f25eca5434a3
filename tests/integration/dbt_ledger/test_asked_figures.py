"""Figures of any day by what was known at any instant: function, command and a plain reading of the raw rows."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from recoup import asked_figures, built_aside, transform, warehouse
from recoup.errors import RecoupError
from recoup.settings import Settings

EXPONENTS = {"USD": 2, "JPY": 0}
_FUNCTION = "select currency, aging_bucket, invoice_count, open_amount from marts.ar_aging_as_of(%s, %s)"


@pytest.fixture(autouse=True)
def _marts_of_the_ledger_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(transform.SELECTIONS, "marts", transform.SELECTIONS["ledger"])


def _questions(landed: Any, count: int) -> list[tuple[date, Any]]:
    """Random days with random cut-offs, some of them before the day was over."""
    drawn = random.Random(5)
    first = landed.batches[0].as_of_date - timedelta(days=10)
    days = (landed.batches[-1].as_of_date - first).days
    return [
        (first + timedelta(days=drawn.randrange(days + 1)), drawn.choice(landed.batches).recorded_at)
        for _ in range(count)
    ]


def _cents(rows: list[tuple[Any, ...]], order: list[str]) -> Counter[tuple[str, int]]:
    return Counter({
        (currency, order.index(bucket)): int(amount * Decimal(10) ** EXPONENTS[currency])
        for currency, bucket, _, amount in rows
        if amount
    })  # fmt: skip


def test_the_function_reads_every_day_as_the_raw_rows_say(landed: Any, plain_reading: Callable[..., Any]) -> None:
    bucket_days = landed.settings.company.aging_bucket_days
    order = [bucket for (bucket,) in landed.query(
        "select aging_bucket from marts.ar_aging_summary group by aging_bucket, bucket_order order by bucket_order"
    )]  # fmt: skip
    answers = set()
    for day, cutoff in _questions(landed, 12):
        with warehouse.connect("bi_reader", landed.settings) as reader:
            rows = reader.execute(_FUNCTION, [day, cutoff]).fetchall()
        assert _cents(rows, order) == plain_reading(landed, day, cutoff).aging(bucket_days), (day, cutoff)
        answers.add(tuple(rows))
    assert len(answers) > 6, "the questions were too much alike to prove anything"


def test_the_command_answers_as_the_function_and_leaves_the_marts_alone(landed: Any) -> None:
    day, cutoff = next((d, k) for d, k in _questions(landed, 50) if d < landed.batches[0].as_of_date)
    before = landed.contents(landed.batches[-1])
    with asked_figures.ask(day, cutoff, landed.settings, is_kept=True) as answer:
        assert answer.known_at == cutoff
    with warehouse.connect("bi_reader", landed.settings) as reader:
        mart = reader.execute(
            f"select currency, aging_bucket, invoice_count, open_amount from {answer.schema}.ar_aging_summary"
            " where as_of_date = %s order by currency, bucket_order",
            [day],
        ).fetchall()
        assert mart == reader.execute(_FUNCTION, [day, cutoff]).fetchall()
        assert sum(count for _, _, count, _ in mart) > 10
        closing = reader.execute(f"select sum(closing_amount) from {answer.schema}.ar_control_total").fetchone()
        assert closing == (sum(amount for *_, amount in mart),)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("select 1 from intermediate.int_invoices__balances")
    assert landed.contents(landed.batches[-1]) == before
    assert asked_figures.forget(landed.settings) == [answer.schema]
    assert landed.query("select count(*) from pg_namespace where starts_with(nspname, 'asked_')") == [(0,)]


def test_what_was_learned_later_changes_no_earlier_answer(landed: Any) -> None:
    changed = 0
    for batch in landed.batches[:-1]:
        then = landed.known_then[batch.as_of_date]
        assert landed.query(_FUNCTION, batch.as_of_date, batch.recorded_at) == then
        changed += landed.query(_FUNCTION, batch.as_of_date, landed.batches[-1].recorded_at) != then
    assert changed > 0, "nothing came late: there was nothing to keep out"


def test_an_answer_is_built_again_when_a_run_built_meanwhile(landed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, day = landed.settings, landed.batches[-1]
    built = []

    def build_beside_a_run(*_: object) -> dict[str, int]:
        built.append(len(built))
        if len(built) == 1:
            with warehouse.connect("auditor", settings) as auditor:
                auditor.execute(
                    "insert into audit.run_ledger (stage, as_of_date, recorded_at, status)"
                    " values ('build_marts', %s, %s, 'succeeded')",
                    [day.as_of_date, day.recorded_at],
                )
            raise RecoupError("half of two states")
        return {}

    monkeypatch.setattr(built_aside, "build_aside", build_beside_a_run)
    with asked_figures.ask(day.as_of_date, None, settings) as answer:
        assert answer.known_at == day.recorded_at
    assert built == [0, 1]


def test_what_is_not_in_the_ledger_yet_is_refused(
    new_warehouse: Callable[..., AbstractContextManager[Settings]], landed: Any
) -> None:
    newest = landed.batches[-1].as_of_date
    with (
        pytest.raises(RecoupError, match=f"Nothing after {newest}"),
        asked_figures.ask(newest + timedelta(days=1), None, landed.settings),
    ):
        pass
    with (
        new_warehouse() as empty,
        pytest.raises(RecoupError, match="Nothing has been pulled"),
        asked_figures.ask(newest, None, empty),
    ):
        pass
