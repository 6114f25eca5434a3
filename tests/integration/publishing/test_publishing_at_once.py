"""Readers and publishers at the same time: everybody sees whole lists, and there is one of each date."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import psycopg
import pytest

from recoup import warehouse as recoup_warehouse
from recoup.errors import RecoupError

TOMORROW = date(2026, 4, 1)
TODAYS = ("2026-04-01", 1, ["A1", "A2", "A3", "A4", "A5"])
TOMORROWS = ("2026-04-02", 1, ["A1", "A2", "A3"])
WAITING = (
    "select pid from pg_stat_activity where wait_event_type = 'Lock' and wait_event = 'advisory'"
    " and application_name = 'recoup publisher' and datname = current_database()"
)


@pytest.fixture
def ready(desk):
    """Today is published; tomorrow is proposed and audited."""
    desk.propose()
    desk.audit()
    desk.publish()
    desk.propose(TOMORROW, listed=3)
    desk.audit(TOMORROW)
    return desk


def _rows_of_new_date(connection: psycopg.Connection) -> list[int]:
    counts = []
    for table in ("contact_priority", "best_time_to_contact", "excluded", "manifest"):
        row = connection.execute(f"select count(*) from lists.{table} where list_date = '2026-04-02'").fetchone()
        assert row is not None
        counts.append(int(row[0]))
    return counts


def test_a_reader_sees_the_old_list_whole_until_the_new_one_is_whole(ready, wait_until) -> None:
    with ThreadPoolExecutor(1) as pool:
        with ready.paused_publishing() as admin:
            publishing = pool.submit(ready.publish, TOMORROW)
            wait_until(lambda: admin.execute(WAITING).fetchall())
            # Two of three lists are written by now, and nobody can tell.
            with recoup_warehouse.connect("dialer", ready.settings, autocommit=True) as reader:
                assert _rows_of_new_date(reader) == [0, 0, 0, 0]
                assert ready.current() == [TODAYS]
                admin.execute("select pg_advisory_unlock_all()")
                assert publishing.result(30)["published"] == 3
                assert _rows_of_new_date(reader) == [3, 3, 3, 1]
        assert ready.current() == [TOMORROWS]


def test_a_reader_in_the_middle_of_its_work_keeps_the_list_it_began_with(ready) -> None:
    with recoup_warehouse.connect("dialer", ready.settings) as reader:
        reader.execute("set transaction isolation level repeatable read")
        first = reader.execute("select count(*) from lists.current_contact_priority").fetchone()
        ready.publish(TOMORROW)
        assert reader.execute("select count(*) from lists.current_contact_priority").fetchone() == first == (5,)
        assert reader.execute("select count(*) from lists.current_excluded").fetchone() == (3,)


def test_two_publishers_at_once_give_one_list(ready, wait_until) -> None:
    with ThreadPoolExecutor(2) as pool, ready.paused_publishing() as admin:
        first = pool.submit(ready.publish, TOMORROW)
        wait_until(lambda: admin.execute(WAITING).fetchall())
        second = pool.submit(ready.publish, TOMORROW)
        wait_until(lambda: len(admin.execute(WAITING).fetchall()) == 2)
        admin.execute("select pg_advisory_unlock_all()")
        counts = [first.result(30), second.result(30)]
    assert sorted((count["published"], count["unchanged"]) for count in counts) == [(0, 3), (3, 0)]
    assert ready.execute("select count(*) from lists.manifest where list_date = '2026-04-02'") == [(1,)]
    assert ready.execute("select count(*) from lists.contact_priority where list_date = '2026-04-02'") == [(3,)]


def test_a_publisher_that_is_killed_in_the_middle_leaves_the_old_list(ready, wait_until) -> None:
    with ThreadPoolExecutor(1) as pool, ready.paused_publishing() as admin:
        publishing = pool.submit(ready.publish, TOMORROW)
        ((pid,),) = wait_until(lambda: admin.execute(WAITING).fetchall())
        admin.execute("select pg_terminate_backend(%s)", [pid])
        with pytest.raises((RecoupError, psycopg.OperationalError)):
            publishing.result(30)
        assert _rows_of_new_date(admin) == [0, 0, 0, 0]
        frozen = admin.execute("select count(*) from audit.frozen_cutoffs where list_date = '2026-04-02'").fetchone()
        assert frozen == (0,)
    assert ready.current() == [TODAYS]
    assert ready.publish(TOMORROW)["published"] == 3
    assert ready.current() == [TOMORROWS]


def test_a_killed_publisher_is_told_of_in_one_sentence(ready, wait_until) -> None:
    with ThreadPoolExecutor(1) as pool, ready.paused_publishing() as admin:
        publishing = pool.submit(ready.publish, TOMORROW)
        ((pid,),) = wait_until(lambda: admin.execute(WAITING).fetchall())
        admin.execute("select pg_terminate_backend(%s)", [pid])
        with pytest.raises(RecoupError, match="run the same command again"):
            publishing.result(30)
