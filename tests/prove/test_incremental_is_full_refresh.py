"""Days built one by one, as they come, against one full refresh of the last of them: every mart, every column."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest

from recoup import pipeline, synthetic, transform, warehouse
from recoup.day import Day
from recoup.settings import Settings

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1_800)]

FIRST_DAY, DAYS = date(2026, 3, 27), 5
"""Over the end of a month, with weekends: invoices, payments, returns, corrections and late rows of five days."""
STAGES = ("pull_billing_ledger", "pull_contact_center", "build_staging", "build_marts")


def test_days_one_by_one_are_the_same_as_all_at_once(
    proof: dict[str, object], new_warehouse: Callable[..., AbstractContextManager[Settings]]
) -> None:
    with new_warehouse() as settings:
        synthetic.create(settings, FIRST_DAY, 400, 8, "telecom", 21, lambda _: None)
        day = Day.closing(FIRST_DAY, settings.company.time_zone)
        for shift in range(DAYS):
            day = Day.closing(FIRST_DAY + timedelta(days=shift), settings.company.time_zone)
            if shift:
                synthetic.advance(settings, day.as_of_date, lambda _: None)
            for stage in STAGES:
                pipeline.run_stage(stage, day, settings)
        one_by_one = _contents(day, settings)
        for stage in ("staging", "marts"):
            transform.build(stage, day, settings, full_refresh=True)
        all_at_once = _contents(day, settings)
    differing = {
        name: {
            "one by one": (rows - all_at_once[name]).most_common(2),
            "at once": (all_at_once[name] - rows).most_common(2),
        }
        for name, rows in one_by_one.items()
        if rows != all_at_once[name]
    }
    assert differing == {}
    proof.update({"models": len(one_by_one), "rows": sum(sum(rows.values()) for rows in one_by_one.values())})


def _contents(day: Day, settings: Settings) -> dict[str, Counter[str]]:
    """Rows of every mart, batch stamps apart: of dated ones, those of the day; of monthly ones, those of its month.

    A first build also writes the months before it, which day by day were written in their own time.
    """
    with transform._environment(settings):
        manifest = transform._manifest(settings)
    month = day.as_of_date.replace(day=1).isoformat()
    found = {}
    with warehouse.connect("transformer", settings) as connection:
        for node in manifest.nodes.values():
            if str(node.resource_type) != "model" or node.schema not in ("staging", "marts"):
                continue
            rows = connection.execute(
                f"select to_jsonb(m) - '_batch_id' from {node.schema}.{node.alias} as m"
            ).fetchall()
            found[f"{node.schema}.{node.alias}"] = Counter(
                json.dumps(row, sort_keys=True)
                for (row,) in rows
                if row.get("as_of_date", day.as_of_date.isoformat()) == day.as_of_date.isoformat()
                and row.get("kpi_date", month) >= month
            )
    assert len(found) >= 60, sorted(found)
    return found
