"""Time: a day run again is the same day, and what is learnt late changes tomorrow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
from psycopg import sql
from psycopg.rows import namedtuple_row

from recoup import pipeline, scratch
from recoup import warehouse as server
from recoup.day import Day
from recoup.landing.erasure import erase_person
from recoup.publishing.proposals import LISTS
from recoup.replay.compare import compare
from recoup.replay.edition import read_edition
from recoup.replay.proof import contact_proof
from recoup.replay.rebuild import PREFIX, rebuilt
from recoup.replay.retention import report
from recoup.schedule import day_under_way
from recoup.settings import Settings

pytestmark = pytest.mark.timeout(600)

RunDay = Callable[[Day, Settings], dict[str, dict[str, int]]]
RowHashes = Callable[[Day, Settings], dict[str, list[str]]]


@pytest.fixture(scope="module")
def lived(company_copy: Callable[[], AbstractContextManager[Settings]]) -> Iterator[Settings]:
    with company_copy() as settings:
        yield settings


@pytest.fixture(scope="module")
def published(company_run: Any, row_hashes: RowHashes) -> dict[str, list[str]]:
    found = row_hashes(company_run.day, company_run.settings)
    assert all(found.values()), "a list is empty: its hashes would prove nothing"
    return found


@pytest.fixture(scope="module")
def forgotten(lived: Settings, company_run: Any) -> tuple[str, str]:
    """Person and account of the last listed row that only that person owes; the person is erased in the afternoon."""
    today: Day = company_run.day
    with server.connect("admin", lived, lived.database) as admin:
        found = admin.execute(
            """
            select person_id, account_id from lists.contact_priority as listed
            where
                list_date = %s
                and (
                    select count(distinct person_id) from raw_ledger.account_parties as party
                    where party.account_id = listed.account_id
                ) = 1
                and (
                    select count(distinct account_id) from raw_ledger.account_parties as party
                    where party.person_id = listed.person_id
                ) = 1
            order by seq desc
            limit 1
            """,
            [today.list_date],
        ).fetchone()
    assert found is not None
    erase_person(found[0], today, today.recorded_at + timedelta(hours=6), lived)
    return found


def unpublish(day: Day, settings: Settings) -> None:
    """Take the day's lists away, but not what their publication froze: they have to be made anew.

    The server refuses that to everybody, whence the superuser's way around its triggers.
    """
    with server.connect("admin", settings, settings.database) as admin:
        admin.execute("set local session_replication_role = replica")
        for table in ("contact_priority", "best_time_to_contact", "excluded", "manifest"):
            admin.execute(f"delete from lists.{table} where list_date = %s", [day.list_date])


def open_items(day: Day, settings: Settings) -> tuple[str, list[tuple[str, int]]]:
    """The first listed account of those that owe on invoices alone, and what it owes, cents by invoice."""
    with server.connect("admin", settings, settings.database) as admin:
        account = admin.execute(
            """
            select listed.account_id
            from lists.contact_priority as listed
            inner join marts.ar_aging_by_invoice as items
                on listed.account_id = items.account_id and listed.as_of_date = items.as_of_date
            where listed.list_date = %s
            group by listed.account_id, listed.seq
            having bool_and(items.invoice_id not like 'adj:%%')
            order by listed.seq
            limit 1
            """,
            [day.list_date],
        ).fetchone()
        assert account is not None
        items = admin.execute(
            "select invoice_id, (open_amount * 100)::bigint from marts.ar_aging_by_invoice"
            " where as_of_date = %s and account_id = %s",
            [day.as_of_date, account[0]],
        ).fetchall()
    assert items
    return account[0], items


def pay_in_full(account_id: str, items: list[tuple[str, int]], day: Day, settings: Settings) -> None:
    """Book a payment that settled on the as-of date, but that the ledger records only the day after."""
    settled_at, recorded_at = day.recorded_at - timedelta(hours=12), day.recorded_at + timedelta(hours=6)
    with server.connect("company", settings, settings.source_database("billing_ledger")) as ledger:
        ledger.execute(
            "insert into payments (payment_id, account_id, currency, amount_cents, method, status, attempted_at,"
            " settled_at, recorded_at) values ('late-payment', %s, 'USD', %s, 'check', 'settled', %s, %s, %s)",
            [account_id, sum(cents for _, cents in items), settled_at, settled_at, recorded_at],
        )
        ledger.cursor().executemany(
            "insert into applications (application_id, payment_id, invoice_id, amount_cents, applied_on, recorded_at)"
            " values ('late-' || %s, 'late-payment', %s, %s, %s, %s)",
            [(invoice_id, invoice_id, cents, day.as_of_date, recorded_at) for invoice_id, cents in items],
        )


Listed = tuple[str, list[str], str, str]


def others_to_call(but: str, at: datetime, day: Day, settings: Settings) -> tuple[Listed, Listed]:
    """Two listed contacts (person, debts, point, channel) that the check allows, of other accounts than `but`."""
    with server.connect("auditor", settings) as connection:
        found = connection.execute(
            """
            select l.person_id, l.debt_ids, l.contact_point_id, l.channel
            from lists.contact_priority as l
            cross join lateral gate.judge(l.person_id, l.debt_ids, l.contact_point_id, l.channel, 'collection', %s) as j
            where l.list_date = %s and l.account_id <> %s and j.is_allowed and j.attempts_remaining > 1
            order by l.seq
            limit 2
            """,
            [at, day.list_date, but],
        ).fetchall()
    first, second = found
    return first, second


def say_and_call(refuser: Listed, called: Listed, at: datetime, settings: Settings) -> None:
    """At `at`, one person takes back the consent to be called at a number, and another one is called."""
    with server.connect("company", settings, settings.source_database("contact_center")) as center:
        center.execute(
            "insert into consents (contact_point_id, person_id, medium, purpose, state, at, recorded_at)"
            " values (%s, %s, %s, 'collection', 'revoked', %s, %s)",
            [refuser[2], refuser[0], refuser[3], at, at],
        )
        center.execute(
            "insert into attempts (attempt_id, person_id, contact_point_id, debt_ids, channel, direction, started_at,"
            " connected, disposition_raw, recorded_at)"
            " values ('today-1', %s, %s, %s, 'voice', 'outbound', %s, false, 'no_answer', %s)",
            [called[0], called[2], called[1], at, at],
        )


def _hashable(contact: Any) -> Any:
    person_id, debt_ids, contact_point_id, channel = contact
    return person_id, tuple(debt_ids), contact_point_id, channel


def check(contact: Any, at: datetime, settings: Settings) -> Any:
    """What the contact check answers a dialer."""
    with server.connect("dialer", settings) as dialer:
        dialer.row_factory = namedtuple_row  # type: ignore[assignment]
        return dialer.execute(
            "select * from gate.contact_check(%s, %s, %s, %s, 'collection', %s)",
            [contact[0], list(contact[1]), *contact[2:], at],
        ).fetchone()


def test_the_day_run_twice_gives_identical_row_hashes(
    lived: Settings,
    company_run: Any,
    forgotten: tuple[str, str],
    published: dict[str, list[str]],
    run_day: RunDay,
    row_hashes: RowHashes,
) -> None:
    unpublish(company_run.day, lived)
    assert not any(row_hashes(company_run.day, lived).values())
    run_day(company_run.day, lived)
    assert row_hashes(company_run.day, lived) == published


def test_a_late_payment_changes_tomorrows_list_and_not_todays_rebuilt_one(
    lived: Settings, company_run: Any, published: dict[str, list[str]], run_day: RunDay, row_hashes: RowHashes
) -> None:
    today: Day = company_run.day
    tomorrow = Day.closing(today.list_date, lived.company.time_zone)
    account_id, items = open_items(today, lived)
    at = today.recorded_at + timedelta(hours=7)
    refuser, called = others_to_call(account_id, at, today, lived)
    with server.connect("dialer", lived) as dialer:
        payer = dialer.execute(
            "select person_id, debt_ids, contact_point_id, channel from lists.contact_priority where account_id = %s",
            [account_id],
        ).fetchone()
    assert payer is not None
    before = {contact: check(contact, at, lived) for contact in map(_hashable, (payer, refuser, called))}
    pay_in_full(account_id, items, today, lived)
    say_and_call(refuser, called, today.recorded_at + timedelta(hours=6), lived)

    # In the afternoon, when the sources have recorded it: what is pulled then is known from then on.
    later = Day(today.as_of_date, today.recorded_at + timedelta(hours=10))
    under_way = day_under_way(at, lived.company.time_zone)
    assert under_way.as_of_date == today.list_date
    pulled = pipeline.run_stage("pull_intraday", under_way, lived)
    assert pulled["ledger_loaded"] >= 2, "the late payment was not even pulled"
    assert (pulled["contact_loaded"], pulled["waiting"]) == (2, 0)
    paid, refused, rung = (check(contact, at, lived) for contact in (payer, refuser, called))
    assert "NOTHING_OWED" in paid.reasons
    assert paid.owed_amount <= 0 < before[_hashable(payer)].owed_amount
    assert (refused.allowed, refused.reasons) == (False, ["OPTED_OUT"])
    # One for the call that was made, one for the reservation of the first question.
    assert rung.attempts_remaining == before[_hashable(called)].attempts_remaining - 2

    unpublish(today, lived)
    run_day(later, lived)
    assert row_hashes(today, lived) == published

    run_day(tomorrow, lived)
    with server.connect("publisher", lived) as connection:
        listed = connection.execute(
            "select count(*), count(*) filter (where account_id = %s) from lists.contact_priority where list_date = %s",
            [account_id, tomorrow.list_date],
        ).fetchone()
        population = connection.execute(
            "select count(*), count(*) filter (where account_id = %s) from policy.population where list_date = %s",
            [account_id, tomorrow.list_date],
        ).fetchone()
    assert listed is not None
    assert population is not None
    assert listed[0] > 0
    assert (listed[1], population[1]) == (0, 0), "the account that has paid is still to be called"
    assert row_hashes(today, lived) == published


def test_no_alert_of_today_comes_again_tomorrow(lived: Settings, company_run: Any) -> None:
    today: Day = company_run.day
    with server.connect("bi_reader", lived) as connection:
        found = connection.execute("select as_of_date, alert_id, evidence_key from monitoring.alerts").fetchall()
    assert today.as_of_date in {as_of_date for as_of_date, _, _ in found}, "no alert today: nothing could come again"
    assert len({alert_id for _, alert_id, _ in found}) == len(found)
    assert len({evidence for _, _, evidence in found}) == len(found)


def test_a_restatement_stands_beside_what_was_published(lived: Settings, company_run: Any, run_day: RunDay) -> None:
    today: Day = company_run.day
    run_day(Day(today.as_of_date, today.recorded_at + timedelta(days=2), is_restatement=True), lived)
    with server.connect("publisher", lived) as connection:
        versions = connection.execute(
            "select list_version, population, sha256 from lists.manifest where list_date = %s order by list_version",
            [today.list_date],
        ).fetchall()
    assert [version for version, _, _ in versions] == [1, 2]
    assert versions[1][1] == versions[0][1] - 1, "who paid late is past due no more, and nobody else changed"
    assert versions[1][2] != versions[0][2]


def change_rules_and_models(settings: Settings) -> None:
    """Another table of rules, another champion: what a list of today would be made with."""
    with server.connect("transformer", settings) as connection:
        changed = connection.execute(
            "update policy.contact_rules set cap = 1, rule_text = 'changed' where kind = 'frequency'"
        )
        assert changed.rowcount > 0
    with server.connect("scorer", settings) as connection:
        connection.execute(
            """
            with retired as (
                update scores.model_registry set status = 'retired' where status = 'champion' returning *
            )
            insert into scores.model_registry
            select
                model_name || '-20990101-0000000000', model_name, 'champion', as_of_date, data_from, data_to, params,
                metrics, features, '{}', encode(sha256('{}'), 'hex')
            from retired
            """
        )


def test_a_replay_after_all_that_gives_the_published_rows_and_shows_what_is_changed(
    lived: Settings, company_run: Any, forgotten: tuple[str, str]
) -> None:
    today: Day = company_run.day
    change_rules_and_models(lived)
    edition = read_edition(today.list_date, 1, lived)
    with server.connect("auditor", lived) as auditor:
        counts = {
            name: auditor.execute(
                sql.SQL("select count(*) from {} where list_date = %s and list_version = 1").format(
                    sql.Identifier("lists", name)
                ),
                [today.list_date],
            ).fetchone()[0]  # type: ignore[index]
            for name in LISTS
        }
    with rebuilt(edition, lived) as schema:
        assert len(scratch.existing(PREFIX, lived)) == 1
        again = compare(edition, schema, lived, most=20)
        assert again.is_equal, again
        assert {one.list_name: one.equal for one in again.lists} == counts
        assert all(counts.values())
        assert again.erased == (forgotten[0],)

        # The guard: whatever is changed in the rebuilt rows is named, by key and column.
        with server.connect("scorer", lived) as scorer:
            proposed = sql.Identifier(schema, "proposed_contact_priority")
            (first, second) = scorer.execute(
                sql.SQL("select account_id from {} where seq <= 2 order by seq").format(proposed)
            ).fetchall()
            scorer.execute(sql.SQL("update {} set attempts_remaining = 99 where seq = 1").format(proposed))
            scorer.execute(sql.SQL("update {} set account_id = 'nobody' where seq = 2").format(proposed))
        changed = compare(edition, schema, lived, most=20).lists[0]
    assert (changed.different, changed.missing, changed.extra) == (1, 1, 1)
    assert changed.equal == counts["contact_priority"] - 2
    said = {(difference.key, difference.state, difference.column) for difference in changed.differences}
    assert said == {
        (first, "different", "attempts_remaining"),
        (second, "missing", None),
        (("nobody",), "extra", None),
    }
    assert scratch.existing(PREFIX, lived) == []


def test_an_erased_person_is_in_no_score_of_tomorrow_and_excluded_with_the_reason(
    lived: Settings, company_run: Any, forgotten: tuple[str, str]
) -> None:
    today: Day = company_run.day
    person, account = forgotten
    with server.connect("auditor", lived) as auditor:
        scored = auditor.execute(
            "select count(*) filter (where as_of_date = %(today)s), count(*) filter (where as_of_date = %(tomorrow)s)"
            " from scores.contact_value where account_id = %(account)s",
            {"today": today.as_of_date, "tomorrow": today.list_date, "account": account},
        ).fetchone()
        slots = auditor.execute(
            "select count(*) from scores.reach where as_of_date = %s and person_id = %s", [today.list_date, person]
        ).fetchone()
    # Today was scored again for its restatement, which knows of the erasure; only the published rows remember.
    assert scored == (0, 0)
    assert slots == (0,)
    (proof,) = contact_proof(person, today.list_date + timedelta(days=1), lived)
    assert (proof.account_id, proof.verdict, proof.was_contacted) == (account, "excluded", False)
    assert "ERASED" in {row["rule_id"] for row in proof.exclusions}
    assert all(row["citation"] and row["rule_text"] for row in proof.exclusions)
    held = {one.person_id: one for one in report(today.list_date, lived).erased}
    if held:
        assert held[person].attempts > 0


def test_the_proof_tells_the_row_and_the_reasons_with_rules_models_and_counted_attempts(
    lived: Settings, company_run: Any
) -> None:
    tomorrow: Day = Day.closing(company_run.day.list_date, lived.company.time_zone)
    with server.connect("auditor", lived) as auditor:
        listed = auditor.execute(
            "select person_id, account_id, row_hash, rule_version from lists.contact_priority"
            " where list_date = %s and seq = 1",
            [tomorrow.list_date],
        ).fetchone()
        capped = auditor.execute(
            "select person_id, account_id, rule_id from lists.excluded where list_date = %s and reason like '%%7_IN_7'"
            " or list_date = %s and rule_id = 'REGF_COOLDOWN' order by account_id limit 1",
            [tomorrow.list_date, tomorrow.list_date],
        ).fetchone()
    assert listed is not None
    assert capped is not None, "nobody is at a cap: nothing was counted"
    mine = [proof for proof in contact_proof(listed[0], tomorrow.list_date, lived) if proof.account_id == listed[1]]
    assert [(proof.verdict, proof.row_hash, proof.rule_version) for proof in mine] == [("listed", *listed[2:])]
    assert mine[0].list_row is not None
    assert mine[0].model_version == mine[0].list_row["model_version"]
    stopped = contact_proof(capped[0], tomorrow.list_date, lived)
    counted = [row for proof in stopped for row in proof.counted if row["rule_id"] == capped[2]]
    assert counted, "the rule blocks, and what it counted is not told"
    assert all(row["attempt_ids"] and len(row["attempt_ids"]) == row["counted"] for row in counted)
    (stranger,) = contact_proof("nobody", tomorrow.list_date, lived)
    assert (stranger.account_id, stranger.verdict) == (None, "not in the population")
    (before,) = contact_proof(listed[0], tomorrow.list_date - timedelta(days=100), lived)
    assert before.verdict == "no list that day"
