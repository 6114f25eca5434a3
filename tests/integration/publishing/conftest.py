"""A warehouse with proposed lists in it, and a day's audit that can be said to have passed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta

import psycopg
import pytest

from recoup import warehouse as recoup_warehouse
from recoup.day import Day
from recoup.publishing import PROPOSALS_LAYER, proposals_fingerprint, publish_lists
from recoup.settings import Settings

TODAY = date(2026, 3, 31)
PAUSE = 424_242


@dataclass(frozen=True)
class Desk:
    """Proposals, and what is published of them."""

    settings: Settings

    def day(self, as_of_date: date = TODAY) -> Day:
        return Day.closing(as_of_date, self.settings.company.time_zone)

    def execute(self, statement: str, *values: object, role: str = "admin") -> list[tuple[object, ...]]:
        with recoup_warehouse.connect(role, self.settings, self.settings.database) as connection:  # type: ignore[arg-type]
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def propose(self, as_of_date: date = TODAY, listed: int = 5, value: float = 9.5) -> None:
        """Replace the proposals of a day: `listed` accounts on the list, two left out for three reasons."""
        list_date = as_of_date + timedelta(days=1)
        for name in ("contact_priority", "best_time_to_contact", "excluded"):
            self.execute(f"delete from scores.proposed_{name} where list_date = %s", list_date)
        self.execute(
            """
            insert into scores.proposed_contact_priority
            select
                %s, %s, i, 'A' || i, 'P' || i, array['D' || i], 'voice', 'C' || i, %s + time '16:00', %s + time '17:00',
                %s / i, 0.1 + 0.2 / i, 0.5, 0.3, 50, 20, 0.9, 150, 100, 'USD', 30, '1-30', null,
                tstzmultirange(tstzrange(%s + time '12:00', %s + time '23:00')), array['America/New_York'], 3,
                %s + time '23:00', 'call', 'standard', 'standard', array['recently late'], 'treated', 'reach-1',
                'rules-1', 'run-1'
            from generate_series(1, %s) as i
            """,
            list_date, as_of_date, *[list_date] * 2, value, *[list_date] * 3, listed,
        )  # fmt: skip
        self.execute(
            """
            insert into scores.proposed_best_time_to_contact
            select
                list_date, account_id, contact_point_id, 1, person_id, channel, '12:00', '13:00', 'America/New_York',
                assigned_slot_start_utc, assigned_slot_end_utc, p_right_party, 'default', 0, model_version
            from scores.proposed_contact_priority where list_date = %s
            """,
            list_date,
        )
        self.execute(
            "insert into scores.proposed_excluded (list_date, account_id, reason, person_id, rule_id, citation)"
            " select %s, v.* from (values ('B1', 'CONTROL', 'Q1', 'CONTROL', 'company.yml'),"
            " ('B2', 'DISPUTED', 'Q2', 'FDCPA_DISPUTE', '15 USC 1692g(b)'),"
            " ('B2', 'CAPACITY', 'Q2', 'CAPACITY', 'company.yml')) as v",
            list_date,
        )

    def audit(self, as_of_date: date = TODAY, failed: int = 0) -> None:
        """Say that the proposals, as they are now, were audited."""
        self.execute("delete from audit.validation_runs where as_of_date = %s", as_of_date)
        self.execute(
            "insert into audit.validation_runs (as_of_date, layer, recorded_at, is_passed, expectations,"
            " failed_critical, failed_warning, content_sha256) values (%s, %s, %s, %s, 80, %s, 0, %s)",
            as_of_date, PROPOSALS_LAYER, self.day(as_of_date).recorded_at, failed == 0, failed,
            proposals_fingerprint(self.day(as_of_date), self.settings, "auditor"),
        )  # fmt: skip

    def publish(self, as_of_date: date = TODAY, *, restate: bool = False) -> dict[str, int]:
        return publish_lists(replace(self.day(as_of_date), is_restatement=restate), self.settings)

    def current(self) -> list[tuple[object, ...]]:
        """What a dialer reads: list date, version and accounts in order."""
        return self.execute(
            "select list_date::text, list_version, array_agg(account_id order by seq)"
            " from lists.current_contact_priority group by 1, 2",
            role="dialer",
        )

    @contextmanager
    def paused_publishing(self) -> Iterator[psycopg.Connection]:
        """Publishing stops before its last list while the yielded connection holds a lock."""
        with recoup_warehouse.connect("admin", self.settings, self.settings.database, autocommit=True) as admin:
            admin.execute(
                f"create function public.pause() returns trigger language plpgsql as $$"
                f" begin perform pg_advisory_xact_lock({PAUSE}); return null; end $$;"
                " grant execute on function public.pause() to public; grant usage on schema public to public;"
                " create trigger pause before insert on lists.excluded for each statement"
                " execute function public.pause()"
            )
            admin.execute("select pg_advisory_lock(%s)", [PAUSE])
            try:
                yield admin
            finally:
                admin.execute("select pg_advisory_unlock_all()")
                admin.execute("drop function public.pause() cascade")


@pytest.fixture(scope="module")
def _one_desk(module_warehouse: Settings) -> Desk:
    desk = Desk(module_warehouse)
    desk.execute("create table policy.rule_version (list_date date, rule_version text)", role="transformer")
    desk.execute("insert into policy.rule_version select %s + i, 'rules-1' from generate_series(0, 2) as i", TODAY)
    return desk


@pytest.fixture
def desk(_one_desk: Desk) -> Desk:
    """Nothing is proposed, audited or published yet."""
    _one_desk.execute(
        "truncate lists.manifest, lists.contact_priority, lists.best_time_to_contact, lists.excluded,"
        " scores.proposed_contact_priority, scores.proposed_best_time_to_contact, scores.proposed_excluded,"
        " audit.validation_runs, audit.frozen_cutoffs, vault.contact_points"
    )
    return _one_desk


@pytest.fixture
def wait_until() -> Callable[[Callable[[], object]], object]:
    """Ask again until the answer is something, for at most twenty seconds."""
    import time

    def wait(question: Callable[[], object]) -> object:
        for _ in range(400):
            answer = question()
            if answer:
                return answer
            time.sleep(0.05)
        raise AssertionError("waited in vain")

    return wait
