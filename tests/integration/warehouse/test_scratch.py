"""Schemas of their own: each lives as long as its block, and only what nobody uses is swept away."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest

from recoup import scratch, warehouse
from recoup.errors import RecoupError
from recoup.settings import Settings

DAY = date(2026, 4, 1)


def test_two_at_once_leave_each_other_alone_and_nothing_behind(module_warehouse: Settings) -> None:
    with (
        scratch.borrowed("try_", DAY, module_warehouse, readers=("auditor",), writers=("scorer",)) as first,
        scratch.borrowed("try_", DAY, module_warehouse, readers=("auditor",), writers=("scorer",)) as second,
    ):
        assert first != second
        assert scratch.existing("try_", module_warehouse) == sorted([first, second])
        with warehouse.connect("scorer", module_warehouse) as scorer:
            scorer.execute(f"create table {first}.mine as select 1 as value")
        with warehouse.connect("transformer", module_warehouse) as transformer:
            transformer.execute(f"create table {first}.theirs as select 1 as value")
        with warehouse.connect("auditor", module_warehouse, autocommit=True) as auditor:
            assert auditor.execute(f"select value from {first}.theirs").fetchall() == [(1,)]
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                auditor.execute(f"create table {first}.others (value integer)")
        with (
            warehouse.connect("dialer", module_warehouse, autocommit=True) as dialer,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            dialer.execute(f"select value from {first}.theirs")
    assert scratch.existing("try_", module_warehouse) == []


def test_what_a_killed_process_left_goes_with_the_next(module_warehouse: Settings) -> None:
    left = scratch.name("try_", DAY)
    scratch.create(left, module_warehouse, readers=("auditor",))
    with scratch.borrowed("try_", DAY, module_warehouse, readers=("auditor",)) as schema:
        assert scratch.existing("try_", module_warehouse) == [schema]
    assert scratch.existing("try_", module_warehouse) == []


def test_an_error_inside_the_block_leaves_nothing(module_warehouse: Settings) -> None:
    with (
        pytest.raises(RecoupError, match="broken"),
        scratch.borrowed("try_", DAY, module_warehouse, readers=("auditor",)),
    ):
        raise RecoupError("broken")
    assert scratch.existing("try_", module_warehouse) == []
