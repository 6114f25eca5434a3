from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import date, timedelta

import psycopg
import pytest

from recoup import warehouse
from recoup.errors import RecoupError
from recoup.publishing import publish_lists

YESTERDAY = date(2026, 3, 30)
FIVE = ("2026-04-01", 1, ["A1", "A2", "A3", "A4", "A5"])


@pytest.fixture
def published(desk):
    desk.propose()
    desk.audit()
    desk.publish()
    return desk


def test_the_first_publication_copies_all_three_lists_and_says_how_many(desk) -> None:
    desk.propose()
    desk.audit()
    assert desk.publish() == {"published": 5, "unchanged": 0, "excluded": 2, "best_times": 5, "list_version": 1}
    assert desk.current() == [FIVE]
    manifest = desk.execute(
        "select rows, excluded, population, best_times, rule_version, model_version from lists.manifest"
    )
    assert manifest == [(5, 2, 7, 5, "rules-1", "reach-1")]
    assert desk.execute("select count(*) from lists.current_excluded") == [(3,)]
    assert desk.execute("select count(*) from lists.current_best_time_to_contact") == [(5,)]


def test_the_first_publication_freezes_the_cut_off_and_the_versions(published) -> None:
    frozen = published.execute(
        "select list_date::text, list_version, knowledge_cutoff, rule_version, model_version from audit.frozen_cutoffs"
    )
    assert frozen == [("2026-04-01", 1, published.day().recorded_at, "rules-1", "reach-1")]
    assert published.execute("select knowledge_cutoff from lists.manifest") == [(published.day().recorded_at,)]


def test_the_same_proposals_again_change_nothing(published) -> None:
    before = published.execute("select * from lists.manifest")
    counts = published.publish()
    assert (counts["published"], counts["unchanged"]) == (0, 5)
    assert published.execute("select * from lists.manifest") == before
    assert published.execute("select count(*) from lists.contact_priority") == [(5,)]


def test_another_run_of_the_same_content_is_the_same_list(published) -> None:
    published.execute("update scores.proposed_contact_priority set run_id = 'run-2'")
    published.audit()
    assert published.publish()["unchanged"] == 5


def test_other_content_for_a_published_date_is_refused_and_the_list_stays(published) -> None:
    published.propose(value=7.0)
    published.audit()
    with pytest.raises(RecoupError, match=r"published already \(version 1\) and 5 rows .* `recoup run --restate`"):
        published.publish()
    assert published.current() == [FIVE]
    assert published.execute("select count(*) from lists.manifest") == [(1,)]


def test_a_restatement_stands_beside_the_old_version(published) -> None:
    old = published.execute("select * from lists.contact_priority order by seq")
    published.propose(listed=3)
    published.audit()
    assert published.publish(restate=True)["list_version"] == 2
    assert published.current() == [("2026-04-01", 2, ["A1", "A2", "A3"])]
    assert published.execute("select * from lists.contact_priority where list_version = 1 order by seq") == old
    assert published.execute("select list_version from audit.frozen_cutoffs order by 1") == [(1,), (2,)]
    assert published.publish(restate=True)["unchanged"] == 3


def test_a_restatement_of_the_same_content_is_no_new_version(published) -> None:
    assert published.publish(restate=True) == {
        "published": 0, "unchanged": 5, "excluded": 2, "best_times": 5, "list_version": 1,
    }  # fmt: skip


def test_proposals_that_were_not_audited_are_refused(desk) -> None:
    desk.propose()
    with pytest.raises(RecoupError, match="have not been audited"):
        desk.publish()
    assert desk.execute("select count(*) from lists.contact_priority") == [(0,)]


def test_proposals_that_failed_their_audit_are_refused(desk) -> None:
    desk.propose()
    desk.audit(failed=2)
    with pytest.raises(RecoupError, match=r"failed their audit \(2 critical expectations\)"):
        desk.publish()
    assert desk.current() == []


@pytest.mark.parametrize(
    "change",
    [
        "update scores.proposed_contact_priority set attempts_remaining = 9 where seq = 5",
        "update scores.proposed_best_time_to_contact set rank = 2 where account_id = 'A1'",
        "delete from scores.proposed_excluded where reason = 'CAPACITY'",
    ],
)
def test_proposals_that_changed_after_their_audit_are_refused(desk, change: str) -> None:
    desk.propose()
    desk.audit()
    desk.execute(change)
    with pytest.raises(RecoupError, match="changed after their audit"):
        desk.publish()
    assert desk.execute("select count(*) from lists.manifest") == [(0,)]


def test_the_audit_of_another_day_does_not_count(desk) -> None:
    desk.propose(YESTERDAY)
    desk.audit(YESTERDAY)
    desk.propose()
    with pytest.raises(RecoupError, match="2026-04-01 have not been audited"):
        desk.publish()


def test_the_current_list_is_that_of_the_newest_date_also_when_an_older_one_comes_late(published) -> None:
    published.propose(YESTERDAY, listed=2)
    published.audit(YESTERDAY)
    published.publish(YESTERDAY)
    assert published.current() == [FIVE]


def test_a_day_with_nobody_to_contact_is_an_empty_list_and_not_yesterdays(published) -> None:
    tomorrow = date(2026, 4, 1)
    published.propose(tomorrow, listed=0)
    published.audit(tomorrow)
    assert published.publish(tomorrow)["published"] == 0
    assert published.current() == []
    assert published.execute("select list_date::text, rows from lists.current_manifest") == [("2026-04-02", 0)]
    assert published.publish(tomorrow)["list_version"] == 1


def test_a_published_row_can_neither_be_edited_nor_deleted(published) -> None:
    for table in ("contact_priority", "best_time_to_contact", "excluded", "manifest"):
        for verb in (f"delete from lists.{table}", f"update lists.{table} set list_date = list_date + 1"):
            with pytest.raises(Exception, match="never edited"):
                published.execute(verb, role="publisher")


def test_every_hash_can_be_computed_again_from_what_is_published(published) -> None:
    for table in ("contact_priority", "best_time_to_contact", "excluded"):
        rows = published.execute(f"select row_hash, lists.row_hash(l) from lists.{table} as l", role="auditor")
        assert rows
        assert all(stored == computed for stored, computed in rows)
        assert len({stored for stored, _ in rows}) == len(rows)
    ties = published.execute("select sha256 = lists.content_hash(list_date, list_version) from lists.manifest")
    assert ties == [(True,)]


def test_a_hash_does_not_depend_on_the_readers_settings(published) -> None:
    odd = ("timezone = 'Asia/Kolkata'", "datestyle = 'German'", "extra_float_digits = -10", "bytea_output = 'escape'")
    as_published = (
        "select bool_and(row_hash = lists.row_hash(l)), max(valid_until_utc::text) from lists.contact_priority as l"
    )
    with warehouse.connect("auditor", published.settings) as connection:
        plain = connection.execute(as_published).fetchone()
        for setting in odd:
            connection.execute(f"set {setting}")  # type: ignore[arg-type]
        other = connection.execute(as_published).fetchone()
    assert plain is not None
    assert other is not None
    assert plain[0] is other[0] is True
    assert plain[1] != other[1], "the settings change nothing: the test would pass on anything"


def test_the_hash_covers_every_column_but_the_run(published) -> None:
    columns = published.execute(
        "select column_name, data_type from information_schema.columns where table_schema = 'lists'"
        " and table_name = 'contact_priority' and column_name <> 'row_hash'"
    )
    assert len(columns) > 30
    other = {
        "date": "coalesce({0} + 1, '2026-01-01')", "integer": "{0} + 1", "text": "{0} || 'x'",
        "ARRAY": "{0} || 'x'::text", "timestamp with time zone": "{0} + interval '1 second'",
        "double precision": "{0} + 1e-9", "real": "{0} + 0.001", "numeric": "{0} + 0.0001",
        "tstzmultirange": "{0} - tstzmultirange(tstzrange(lower({0}), lower({0}) + interval '1 second'))",
    }  # fmt: skip
    covered = set()
    for name, kind in columns:
        with warehouse.connect("admin", published.settings, published.settings.database) as connection:
            connection.execute("create temporary table changed as select * from lists.contact_priority where seq = 1")
            connection.execute(f"update changed set {name} = {other[str(kind)].format(name)}")  # type: ignore[arg-type]
            row = connection.execute("select row_hash <> lists.row_hash(c) from changed as c").fetchone()
            connection.rollback()
        if row == (True,):
            covered.add(name)
    assert {str(name) for name, _ in columns} - covered == {"run_id"}


def test_a_column_that_is_added_later_leaves_old_hashes_alone(published) -> None:
    with warehouse.connect("admin", published.settings, published.settings.database) as connection:
        connection.execute("alter table lists.contact_priority add column reachable_by text")
        found = connection.execute(
            "select bool_and(row_hash = lists.row_hash(l)) from lists.contact_priority as l"
        ).fetchall()
        connection.rollback()
    assert found == [(True,)]


def test_a_proposal_without_a_column_of_the_list_says_which(desk) -> None:
    desk.propose()
    desk.execute("alter table scores.proposed_excluded rename column citation to cited")
    try:
        desk.audit()
        with pytest.raises(RecoupError, match=r"scores.proposed_excluded has no column citation"):
            desk.publish()
    finally:
        desk.execute("alter table scores.proposed_excluded rename column cited to citation")


def test_the_dialer_sees_addresses_through_its_view_and_nobody_else_does(published) -> None:
    published.execute(
        "insert into vault.contact_points (contact_point_id, person_id, medium, address, source_recorded_at,"
        " updated_at, is_erased) values ('C1', 'P1', 'voice', '+12125550147', now(), now(), false),"
        " ('C2', 'P2', 'voice', null, now(), now(), true)",
        role="loader",
    )
    seen = "select account_id, address from lists.dialer_contact_priority"
    assert published.execute(seen, role="dialer") == [("A1", "+12125550147")]
    for role in ("transformer", "auditor"):
        with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
            assert published.execute(seen, role=role) == []
    for role in ("bi_reader", "scorer"):
        with pytest.raises(Exception, match="permission denied"):
            published.execute(seen, role=role)
    with pytest.raises(Exception, match="permission denied"):
        published.execute("select address from vault.contact_points", role="dialer")


def test_yesterdays_list_is_kept_beside_todays(published) -> None:
    tomorrow = date(2026, 4, 1)
    published.propose(tomorrow, listed=2)
    published.audit(tomorrow)
    published.publish(tomorrow)
    assert published.current() == [("2026-04-02", 1, ["A1", "A2"])]
    dates = published.execute("select distinct list_date from lists.contact_priority order by 1")
    assert dates == [(tomorrow,), (tomorrow + timedelta(days=1),)]


def test_the_contact_check_follows_the_company_file_that_the_list_was_made_with(desk) -> None:
    company = desk.settings.company
    of_another_role = company.model_copy(update={"collector_role": "debt_buyer"})
    role = "select collector_role from gate.parameters"
    assert desk.execute(role) == [(company.collector_role,)] != [("debt_buyer",)]
    desk.propose()
    desk.audit()
    try:
        publish_lists(desk.day(), replace(desk.settings, company=of_another_role))
        assert desk.execute(role) == [("debt_buyer",)]
    finally:
        desk.publish()
    assert desk.execute(role) == [(company.collector_role,)]
