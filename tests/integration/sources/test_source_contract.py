"""What every source adapter must do, told through landing: a new kind of source joins `conftest.company`."""

from __future__ import annotations

from datetime import timedelta

import pytest

from recoup.entities import ENTITIES
from recoup.errors import RecoupError

from .conftest import FIRST_DAY, MORNING, SECOND_DAY, SourceCompany, sample_row

PERSONAL_MARKERS = ("Zyxwvut Marker", "marker@personal.example", "+13125550177")


def payment(number: int, **values: str | None) -> dict[str, str | None]:
    return sample_row("payments", payment_id=f"P{number}", **values)


def test_every_column_of_every_entity_arrives_as_it_was(whole_company: SourceCompany) -> None:
    company = whole_company
    assert company.pull() == {"read": len(ENTITIES), "loaded": len(ENTITIES), "held": 0, "rejected": 0}
    for e in ENTITIES:
        feed = e.feeds[0]
        expected = ", ".join(f"'{sample_row(e.name)[c.name]}'::{c.type}" for c in e.public_columns)
        columns = ", ".join(f'"{c.name}"' for c in e.public_columns)
        same = company.query(f"select ({columns}) = ({expected}), source_recorded_at from raw_{feed}.{e.name}")
        assert same == [(True, MORNING)], e.name


def test_a_second_pull_reads_again_and_keeps_nothing_twice(company: SourceCompany) -> None:
    company.put("payments", payment(1), payment(2))
    assert company.pull() == {"read": 2, "loaded": 2, "held": 0, "rejected": 0}
    again = company.pull()
    assert (again["loaded"], again["held"]) == (0, again["read"])
    assert company.pull(SECOND_DAY)["loaded"] == 0
    assert company.query("select count(*) from raw_ledger.payments") == [(2,)]


def test_a_row_that_the_source_commits_late_is_caught(company: SourceCompany) -> None:
    company.put("payments", payment(1))
    company.pull()
    company.put("payments", payment(2), recorded_at=MORNING - timedelta(hours=30))
    assert company.pull(SECOND_DAY)["loaded"] == 1
    (known_at,) = company.query("select _known_at from raw_ledger.payments where payment_id = 'P2'")[0]
    assert known_at == SECOND_DAY.recorded_at


def test_a_row_of_the_future_waits_for_its_day(company: SourceCompany) -> None:
    company.put("payments", payment(1), recorded_at=FIRST_DAY.recorded_at)
    company.put("payments", payment(2), recorded_at=FIRST_DAY.recorded_at + timedelta(microseconds=1))
    assert company.pull(FIRST_DAY)["read"] == 1
    assert company.pull(SECOND_DAY)["loaded"] == 1


def test_a_change_is_a_new_version_and_the_old_one_stays(company: SourceCompany) -> None:
    company.put("payments", payment(1, status="pending"))
    company.pull()
    company.put("payments", payment(1, status="settled"), recorded_at=SECOND_DAY.recorded_at - timedelta(hours=1))
    company.pull(SECOND_DAY)
    versions = company.query("select status, _known_at from raw_ledger.payments order by _known_at")
    assert versions == [("pending", MORNING), ("settled", SECOND_DAY.recorded_at)]


def test_a_bad_row_is_refused_with_every_reason_and_the_others_land(company: SourceCompany) -> None:
    bad = payment(2, amount_cents="-5", currency="DOLLAR", attempted_at="yesterday", status=None)
    company.put("payments", payment(1), bad, payment(3))
    assert company.pull() == {"read": 3, "loaded": 2, "held": 0, "rejected": 1}
    reasons = dict(company.query("select column_name, reason from raw_ledger.rejected"))
    assert set(reasons) == {"amount_cents", "currency", "attempted_at", "status"}
    assert reasons["amount_cents"] == "'-5' is negative"
    assert reasons["status"] == "is missing"
    ((row_ref, key),) = company.query("select distinct row_ref, key from raw_ledger.rejected")
    assert key == "P2"
    assert row_ref in ("P2", "payments.csv:3", "payments.parquet:2")


def test_every_row_is_loaded_held_or_rejected(company: SourceCompany) -> None:
    company.put("payments", *(payment(n, amount_cents=None if n % 7 == 0 else "1") for n in range(50)))
    company.put("payments", payment(1, amount_cents="1"))
    counts = company.pull()
    assert counts == {"read": 51, "loaded": 42, "held": 1, "rejected": 8}
    tied = company.query(
        """
        select m.read_rows, m.loaded_rows + m.held_rows + m.rejected_rows,
            (select count(distinct pull_row) from raw_ledger.rejected)
        from raw_ledger.manifest as m where entity = 'payments'
        """
    )
    assert tied == [(51, 51, 8)]
    lost = company.query(
        """
        select n from generate_series(0, 49) as n
        where 'P' || n not in (select payment_id from raw_ledger.payments)
            and 'P' || n not in (select key from raw_ledger.rejected)
        """
    )
    assert lost == []


def test_two_rows_of_one_key_and_moment_that_disagree_are_both_refused(company: SourceCompany) -> None:
    company.put("payments", payment(1, amount_cents="100"), payment(1, amount_cents="200"), payment(2), payment(2))
    assert company.pull() == {"read": 4, "loaded": 1, "held": 1, "rejected": 2}
    assert company.query("select distinct key, column_name, reason from raw_ledger.rejected") == [
        ("P1", "payment_id", "stands in the pull more than once, with different content")
    ]


def test_personal_data_is_in_the_vault_and_nowhere_else(company: SourceCompany) -> None:
    name, mail, number = PERSONAL_MARKERS
    company.put("persons", sample_row("persons", person_id="N1", full_name=name))
    # Refused for another reason, and refused for the very address: neither may show it.
    company.put("persons", sample_row("persons", person_id="N2", full_name=name, kind="alien"))
    company.put(
        "contact_points",
        sample_row("contact_points", contact_point_id="C1", person_id="N1", medium="email", address=mail),
        sample_row("contact_points", contact_point_id="C2", person_id="N1", address=number),
        sample_row("contact_points", contact_point_id="C3", person_id="N1", medium="email", address=number),
        sample_row("contact_points", contact_point_id="C4", person_id="N1", medium="voice", address=mail),
        sample_row("contact_points", contact_point_id="C5", person_id=None, address=number),
    )
    assert company.pull() == {"read": 7, "loaded": 3, "held": 0, "rejected": 4}
    assert company.query("select full_name from vault.persons") == [(name,)]
    addresses = "select address from vault.contact_points order by contact_point_id"
    assert company.query(addresses) == [(mail,), (number,)]
    tables = company.query(
        "select format('%I.%I', table_schema, table_name) from information_schema.tables where table_schema ~ '^raw_'"
    )
    assert len(tables) > 30
    for (table,) in tables:
        for (text,) in company.query(f"select to_jsonb(t)::text from {table} as t"):
            assert not any(marker in text for marker in PERSONAL_MARKERS), (table, text)
    assert company.query("select area_code from raw_ledger.contact_points where contact_point_id = 'C2'") == [("312",)]


def test_a_name_that_changes_alone_reaches_the_vault(company: SourceCompany) -> None:
    company.put("persons", sample_row("persons", person_id="N1", full_name="Before"))
    company.pull()
    later = SECOND_DAY.recorded_at - timedelta(hours=1)
    company.put("persons", sample_row("persons", person_id="N1", full_name="After"), recorded_at=later)
    assert company.pull(SECOND_DAY)["loaded"] == 0
    assert company.query("select full_name, source_recorded_at from vault.persons") == [("After", later)]
    # A row that the source recorded before, and that comes after, is yesterday's news.
    before = later - timedelta(hours=1)
    company.put("persons", sample_row("persons", person_id="N1", full_name="Overtaken"), recorded_at=before)
    company.rows["persons"] = company.rows["persons"][-1:]
    company.put("persons")
    company.pull(SECOND_DAY)
    assert company.query("select full_name from vault.persons") == [("After",)]


def test_an_erased_person_stays_erased_whatever_the_source_sends(company: SourceCompany) -> None:
    person = sample_row("persons", person_id="N1", full_name="Somebody")
    point = sample_row("contact_points", contact_point_id="C1", person_id="N1")
    company.put("persons", person)
    company.put("contact_points", point)
    company.pull()
    erased = sample_row("status_events", person_id="N1", status="erased", from_at="2026-03-31 00:00:00+00")
    later = SECOND_DAY.recorded_at - timedelta(hours=1)
    company.put("status_events", erased, recorded_at=later)
    company.put("persons", person | {"full_name": "Somebody Else"}, recorded_at=later)
    company.put("contact_points", point | {"contact_point_id": "C2"}, recorded_at=later)
    company.pull(SECOND_DAY)
    assert company.query("select full_name, is_erased from vault.persons") == [(None, True)]
    assert company.query("select address, is_erased from vault.contact_points") == [(None, True), (None, True)]
    # Nor by way of a point that moves to somebody else.
    moved = SECOND_DAY.recorded_at - timedelta(minutes=1)
    company.put("contact_points", point | {"person_id": "N2"}, recorded_at=moved)
    company.pull(SECOND_DAY)
    emptied = "select contact_point_id, address, is_erased from vault.contact_points order by 1"
    assert company.query(emptied) == [("C1", None, True), ("C2", None, True)]
    # The ledger's keys stay whole.
    assert company.query("select count(distinct _key) from raw_ledger.contact_points") == [(2,)]


def test_a_missing_required_column_stops_the_pull_before_anything_lands(company: SourceCompany) -> None:
    company.put("accounts", sample_row("accounts"))
    company.put("payments", payment(1))
    company.drop_column("payments", "amount_cents")
    with pytest.raises(RecoupError, match=r"payments.*lacks the column '?amount_cents"):
        company.pull()
    assert company.query("select count(*) from raw_ledger.accounts") == [(0,)]


def test_a_pull_of_which_no_row_is_fit_keeps_nothing_and_says_why(company: SourceCompany) -> None:
    company.put("payments", *(payment(n, attempted_at="31.12.2025") for n in range(20)))
    with pytest.raises(RecoupError, match=r"Every row of payments is refused \(20 of 20\).*attempted_at"):
        company.pull()
    assert company.query("select count(*) from raw_ledger.rejected") == [(0,)]
    assert company.query("select count(*) from raw_ledger.manifest where entity = 'payments'") == [(0,)]


def test_an_unknown_invoice_does_not_keep_a_payment_out(company: SourceCompany) -> None:
    company.put("payments", payment(1))
    company.put("applications", sample_row("applications", payment_id="P1", invoice_id="never heard of"))
    assert company.pull() == {"read": 2, "loaded": 2, "held": 0, "rejected": 0}


def test_batches_never_share_an_instant(company: SourceCompany) -> None:
    for _ in range(3):
        company.pull()
    instants = [at for (at,) in company.query("select recorded_at from raw_ledger.batches order by batch_id")]
    assert instants == sorted(set(instants))
    assert len(instants) == 3
    assert instants[0] == FIRST_DAY.recorded_at
