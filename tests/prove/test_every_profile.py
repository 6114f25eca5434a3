"""Every profile of the synthetic company, several seeds, three days each: the whole path, and every equation."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest

from recoup import pipeline, synthetic, warehouse
from recoup.day import Day
from recoup.settings import Settings
from recoup.transform import check_history

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1_800)]

PROFILES = ("utility", "telecom", "lender", "subscription")
SEEDS = (11, 12, 13)
CUSTOMERS, MONTHS, DAYS = 800, 9, 3
FIRST_DAY = date(2026, 3, 6)
"""The third day's lists are for the Monday after clocks change in most of the United States."""

_PARTITION = """
with listed as (
    select account_id from lists.contact_priority where list_date = %(list_date)s
),
excluded as (
    select distinct account_id from lists.excluded where list_date = %(list_date)s
)
select
    (select count(*) from listed),
    (select count(*) from excluded),
    (select count(*) from policy.population where list_date = %(list_date)s),
    (select count(*) from listed inner join excluded using (account_id))
"""
_OUTSIDE_HOURS = """
select count(*)
from lists.contact_priority as listed
cross join unnest(listed.time_zone_set) as zone (name)
where
    (listed.assigned_slot_start_utc at time zone zone.name)::time < '08:00'
    or (listed.assigned_slot_end_utc at time zone zone.name)::time > '21:00'
"""


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("profile", PROFILES)
def test_three_days_run_and_every_equation_holds_over_the_whole_history(
    profile: str,
    seed: int,
    proof: dict[str, object],
    new_warehouse: Callable[..., AbstractContextManager[Settings]],
) -> None:
    with new_warehouse() as settings:
        synthetic.create(settings, FIRST_DAY, CUSTOMERS, MONTHS, profile, seed, lambda _: None)
        listed = population = 0
        for shift in range(DAYS):
            day = Day.closing(FIRST_DAY + timedelta(days=shift), settings.company.time_zone)
            if shift:
                synthetic.advance(settings, day.as_of_date, lambda _: None)
            for stage in pipeline.STAGES:
                pipeline.run_stage(stage.name, day, settings)
            with warehouse.connect("admin", settings) as admin:
                row = admin.execute(_PARTITION, {"list_date": day.list_date}).fetchone()
            assert row is not None
            assert row[0] + row[1] == row[2], "listed and excluded together are the population"
            assert row[3] == 0, "nobody is both listed and excluded"
            listed, population = listed + row[0], population + row[2]
        assert population > 0, "nobody was past due: the proof would hold of nothing"
        checked = check_history(Day.closing(FIRST_DAY + timedelta(days=DAYS - 1), settings.company.time_zone), settings)
        assert checked["tests"] > 0
        with warehouse.connect("admin", settings) as admin:
            assert admin.execute(_OUTSIDE_HOURS).fetchone() == (0,)
    proof.update({"listed": listed, "population": population, "history_tests": checked["tests"]})
