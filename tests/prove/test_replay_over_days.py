"""Lists of days that follow each other, made again when all of them are over: late rows, corrections, other rules."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from functools import partial

import pytest

from recoup import pipeline, scratch, synthetic, warehouse
from recoup.cli.company import contacts_of_the_list
from recoup.day import Day
from recoup.landing.erasure import erase_person
from recoup.replay.rebuild import PREFIX
from recoup.replay.run import replay
from recoup.settings import Settings

pytestmark = [pytest.mark.prove, pytest.mark.timeout(3_600)]

FIRST_DAY, DAYS = date(2026, 3, 30), 4
"""Over the end of a month; the dialer follows the lists from the second day on."""


def learn_late(day: Day, settings: Settings) -> None:
    """What the sources record in the afternoon about days before: a payment, other outcomes, another kind of number."""
    recorded_at: datetime = day.recorded_at + timedelta(hours=10)
    with warehouse.connect("company", settings, settings.source_database("billing_ledger")) as ledger:
        paid = ledger.execute(
            """
            insert into payments (
                payment_id, account_id, currency, amount_cents, method, status, attempted_at, settled_at, recorded_at
            )
            select
                'late-' || account_id || %(day)s, account_id, currency, 5000, 'check', 'settled', %(at)s, %(at)s,
                %(rec)s
            from accounts order by account_id limit 20
            """,
            {"day": str(day.as_of_date), "at": day.recorded_at - timedelta(days=2), "rec": recorded_at},
        )
        assert paid.rowcount == 20
    with warehouse.connect("company", settings, settings.source_database("contact_center")) as center:
        corrected = center.execute(
            """
            update attempts set right_party = not coalesce(right_party, false), conversation = false, recorded_at = %s
            where attempt_id in (select attempt_id from attempts order by started_at desc limit 60)
            """,
            [recorded_at],
        )
        assert corrected.rowcount == 60
        moved = center.execute(
            """
            update contact_points set type = case type when 'work' then 'home' else 'work' end, recorded_at = %s
            where contact_point_id in (
                select contact_point_id from attempts group by contact_point_id order by max(started_at) desc limit 30
            )
            """,
            [recorded_at],
        )
        assert moved.rowcount == 30


def test_every_list_of_the_days_is_made_again_row_by_row(
    proof: dict[str, object], new_warehouse: Callable[..., AbstractContextManager[Settings]]
) -> None:
    with new_warehouse() as settings:
        synthetic.create(settings, FIRST_DAY, 600, 9, "utility", 11, lambda _: None)
        day = Day.closing(FIRST_DAY, settings.company.time_zone)
        for shift in range(DAYS):
            day = Day.closing(FIRST_DAY + timedelta(days=shift), settings.company.time_zone)
            if shift:
                contacts = partial(contacts_of_the_list, settings)
                synthetic.advance(settings, day.as_of_date, lambda _: None, contacts=contacts)
            for stage in pipeline.STAGES:
                pipeline.run_stage(stage.name, day, settings)
            learn_late(day, settings)
        with warehouse.connect("auditor", settings) as auditor:
            (person,) = auditor.execute(
                "select person_id from lists.contact_priority where list_date = %s and seq = 1",
                [FIRST_DAY + timedelta(days=1)],
            ).fetchone() or (None,)
        assert person is not None
        erase_person(person, day, day.recorded_at + timedelta(hours=12), settings)
        restated = Day(day.as_of_date, day.recorded_at + timedelta(days=1), is_restatement=True)
        for stage in pipeline.STAGES:
            pipeline.run_stage(stage.name, restated, settings)
        with warehouse.connect("transformer", settings) as transformer:
            transformer.execute("update policy.contact_rules set cap = 1 where kind = 'frequency'")
            transformer.execute("update policy.disposition_map set disposition = 'other'")
        found = {}
        for shift in range(DAYS):
            list_date = FIRST_DAY + timedelta(days=shift + 1)
            for version in (1, 2) if shift == DAYS - 1 else (1,):
                again = replay(list_date, version, settings).comparison
                found[f"{list_date} {version}"] = [(one.list_name, one.equal) for one in again.lists]
                assert again.is_equal, (list_date, version, again)
        assert scratch.existing(PREFIX, settings) == []
    proof.update({"replayed": found})
