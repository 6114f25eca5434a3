"""Each kind of rule at its edge, on histories of a few rows."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from recoup import warehouse
from recoup.settings import Settings

history: Any = sys.modules["raw_history"]
people: Any = sys.modules["people"]
debtor: Callable[..., Any] = people.debtor
calls: Callable[..., Any] = people.calls
NOON: datetime = people.NOON
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
PLAIN = history.Question("P1", ["D1"], "C1", "voice", "collection", NOON)


def local(text: str, zone: str = "America/New_York") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def blocks(settings: Settings, *instants: datetime, **changes: Any) -> list[set[str]]:
    """The rules that block the plain question with `changes`, at each instant (default: noon)."""
    questions = [replace(PLAIN, **{"at": at, **changes}) for at in instants or (NOON,)]
    return [set(answer.rule_ids) for answer in history.judge(settings, questions)]


def until(settings: Settings, at: datetime, **changes: Any) -> datetime | None:
    found: datetime | None = history.judge(settings, [replace(PLAIN, at=at, **changes)])[0].blocked_until
    return found


def around(edge: datetime) -> tuple[datetime, datetime, datetime]:
    return edge - MINUTE, edge, edge + MINUTE


def test_hours_open_at_eight_and_close_at_nine_on_the_wall_clock_also_after_the_clocks_changed(ruled: Settings) -> None:
    history.put(ruled, debtor())
    for day in ("2026-03-07", "2026-03-08", "2026-03-09", "2026-10-31", "2026-11-01"):
        opens, closes = local(f"{day} 08:00"), local(f"{day} 21:00")
        assert blocks(ruled, *around(opens)) == [{"REGF_HOURS"}, set(), set()]
        assert blocks(ruled, *around(closes)) == [set(), {"REGF_HOURS"}, {"REGF_HOURS"}]
        assert until(ruled, opens - MINUTE) == opens
    # The night of 8 March has 23 hours, and the next morning is found all the same.
    assert until(ruled, local("2026-03-07 21:00")) == local("2026-03-08 08:00")


def test_hours_bind_in_every_zone_that_a_number_or_an_address_allows(ruled: Settings) -> None:
    rows = debtor()
    # A number of San Francisco kept in New York: nobody before eight there.
    rows["contact_points"][0]["area_code"] = "415"
    history.put(ruled, rows)
    assert blocks(ruled, *around(local("2026-03-31 08:00", "America/Los_Angeles"))) == [{"REGF_HOURS"}, set(), set()]
    assert blocks(ruled, *around(local("2026-03-31 21:00"))) == [set(), {"REGF_HOURS"}, {"REGF_HOURS"}]
    assert blocks(ruled, local("2026-03-31 22:00"), channel="letter", contact_point_id="C1") == [{"NO_CONTACT_POINT"}]


def test_an_unknown_place_closes_every_medium_but_letters(ruled: Settings) -> None:
    rows = debtor()
    rows["contact_points"] = [
        {"contact_point_id": "C1", "person_id": "P1", "postal_code": "09123", "area_code": "212"},
        {"contact_point_id": "C2", "person_id": "P1", "medium": "letter", "postal_code": "09123", "type": "home"},
    ]
    history.put(ruled, rows)
    assert blocks(ruled) == [{"UNKNOWN_TIME_ZONE"}]
    assert blocks(ruled, contact_point_id="C2", channel="letter") == [set()]


def test_a_stated_inconvenient_time_closes_its_minutes_and_an_unreadable_one_all(ruled: Settings) -> None:
    stated = {"person_id": "P1", "status": "inconvenient_time", "from_at": NOON - 30 * DAY}
    history.put(ruled, debtor(status_events=[{**stated, "detail": "12:30-14:00"}]))
    assert blocks(ruled, *around(local("2026-03-31 12:30"))) == [set(), {"REGF_HOURS"}, {"REGF_HOURS"}]
    assert blocks(ruled, *around(local("2026-03-31 14:00"))) == [{"REGF_HOURS"}, set(), set()]
    assert until(ruled, local("2026-03-31 13:00")) == local("2026-03-31 14:00")
    history.put(ruled, {"status_events": [{**stated, "from_at": NOON, "detail": "in the afternoon"}]})
    assert blocks(ruled, NOON - MINUTE, NOON) == [set(), {"REGF_HOURS"}]
    assert until(ruled, NOON) is None


def test_weekdays_of_a_row_are_local_ones(ruled: Settings) -> None:
    rows = debtor()
    rows["contact_points"][0] |= {"postal_code": "77002", "area_code": "713"}
    rows["consents"] = []
    rows["number_scrubs"] = [
        {
            "contact_point_id": "C1",
            "list": "national",
            "state": "clear",
            "checked_at": datetime(2026, 3, 20, tzinfo=UTC),
        }
    ]
    history.put(ruled, rows)
    saturday, sunday = "2026-04-04", "2026-04-05"
    zone = "America/Chicago"
    assert blocks(ruled, *around(local(f"{saturday} 09:00", zone)), purpose="solicitation") == [
        {"TX_SB140"}, set(), set(),
    ]  # fmt: skip
    assert blocks(ruled, *around(local(f"{sunday} 12:00", zone)), purpose="solicitation") == [
        {"TX_SB140"}, set(), set(),
    ]  # fmt: skip
    assert until(ruled, local(f"{saturday} 21:00", zone), purpose="solicitation") == local(f"{sunday} 12:00", zone)


def test_the_seventh_call_in_seven_local_dates_is_the_last(ruled: Settings) -> None:
    first = local("2026-03-25 20:59")
    history.put(ruled, debtor(attempts=[*calls(1, first), *calls(6, NOON - DAY)]))
    # The 25th is the seventh day before the 31st's end, and no more on the 1st of April.
    assert blocks(ruled, NOON, local("2026-04-01 08:00")) == [{"REGF_7IN7"}, set()]
    # Free at midnight, and open at eight.
    assert until(ruled, NOON) == local("2026-04-01 08:00")
    answers = history.judge(ruled, [replace(PLAIN, at=at) for at in (NOON - DAY - MINUTE, NOON - DAY, NOON + DAY)])
    assert [answer.attempts_remaining for answer in answers] == [6, 0, 1]


def test_busy_and_inbound_and_later_calls_do_not_count_and_unknown_outcomes_do(ruled: Settings) -> None:
    history.put(
        ruled,
        debtor(
            attempts=[
                *calls(5, NOON - DAY),
                *calls(1, NOON - 2 * DAY, disposition_raw="busy"),
                *calls(1, NOON - 3 * DAY, direction="inbound"),
                *calls(1, NOON + MINUTE),
                *calls(1, NOON - 4 * DAY, disposition_raw="what is this"),
            ]
        ),
    )
    (answer,) = history.judge(ruled, [PLAIN])
    assert (answer.is_allowed, answer.attempts_remaining) == (True, 1)


def test_calls_count_against_the_debts_they_name_their_group_or_all_where_they_name_none(ruled: Settings) -> None:
    rows = debtor(debts=("D1", "D2", "D3"))
    for debt in rows["debts"][1:]:
        debt["group_key"] = "loans"
    history.put(
        ruled,
        rows
        | {
            "attempts": [
                *calls(7, NOON - DAY, debt_ids=["D2"]),
                *calls(2, NOON - 2 * DAY, debt_ids=None),
                *calls(1, NOON - 3 * DAY, debt_ids=["D9"]),
            ]
        },
    )
    answers = history.judge(ruled, [replace(PLAIN, debt_ids=[debt]) for debt in ("D1", "D2", "D3")])
    assert [answer.attempts_remaining for answer in answers] == [4, 0, 0]


def test_after_a_conversation_a_week_begins_with_its_day(ruled: Settings) -> None:
    spoke = local("2026-03-31 20:00")
    history.put(ruled, debtor(attempts=calls(1, spoke, connected=True, conversation=True, direction="inbound")))
    week_later = local("2026-04-07 08:00")
    assert blocks(ruled, spoke - MINUTE, spoke, week_later - DAY, week_later) == [
        set(), {"REGF_COOLDOWN"}, {"REGF_COOLDOWN"}, set(),
    ]  # fmt: skip
    assert until(ruled, spoke + MINUTE) == week_later


@pytest.mark.parametrize(
    ("status", "rule"),
    [
        ("cease", "REGF_CEASE"), ("attorney", "REGF_ATTORNEY"), ("deceased", "DECEASED"), ("minor", "MINOR"),
        ("erased", "ERASED"), ("do_not_contact", "OWN_DNC"), ("bankruptcy_petition", "BANKRUPTCY"),
        ("fraud", "FRAUD"), ("hardship", "HARDSHIP"), ("disaster", "DISASTER"),
    ],
)  # fmt: skip
def test_a_status_blocks_from_its_minute_to_its_end_and_cease_for_good(ruled: Settings, status: str, rule: str) -> None:
    event = {"person_id": "P1", "status": status, "from_at": NOON, "to_at": NOON + 3 * timedelta(hours=1)}
    history.put(ruled, debtor(status_events=[event]))
    before, begun, last, over = blocks(ruled, NOON - MINUTE, NOON, event["to_at"] - MINUTE, event["to_at"])
    assert (before, begun, last) == (set(), {rule}, {rule})
    assert over == ({rule} if status == "cease" else set())
    assert until(ruled, NOON) == (None if status == "cease" else event["to_at"])


def test_bankruptcy_has_three_states(ruled: Settings) -> None:
    def said(status: str, at: datetime) -> dict[str, Any]:
        return {"person_id": "P1", "status": status, "from_at": at}

    history.put(ruled, debtor(status_events=[said("bankruptcy_petition", NOON - 9 * DAY)]))
    history.put(ruled, debtor("P2", debts=("D2",), points=("C2",)))
    history.put(ruled, {"status_events": [said("bankruptcy_discharged", NOON)]})
    assert blocks(ruled, NOON - MINUTE, NOON) == [{"BANKRUPTCY"}, {"BANKRUPTCY_DISCHARGED"}]
    # What was taken on afterwards may be collected.
    known_at = datetime(2026, 4, 1, tzinfo=UTC)
    history.put(ruled, {"accounts": [{"account_id": "A-P1", "opened_on": date(2026, 4, 1), "known_at": known_at}]})
    assert blocks(ruled, NOON) == [set()]
    history.put(ruled, {"status_events": [
        {**said("bankruptcy_petition", NOON - DAY), "person_id": "P2"},
        {**said("bankruptcy_dismissed", NOON), "person_id": "P2"},
    ]})  # fmt: skip
    second = {"person_id": "P2", "debt_ids": ["D2"], "contact_point_id": "C2"}
    assert blocks(ruled, NOON - MINUTE, NOON, **second) == [{"BANKRUPTCY"}, set()]


def test_a_dispute_blocks_within_its_period_until_verification(ruled: Settings) -> None:
    sent = people.SENT["from_at"]
    rows = debtor(debts=("D1", "D2", "D3"))
    last = sent + timedelta(days=35)
    for debt, at in (("D1", last), ("D2", last + MINUTE)):
        rows["status_events"].append({"debt_id": debt, "status": "dispute", "from_at": at})
    rows["disputes"] = [
        {"dispute_id": "X1", "invoice_id": "I-D3", "opened_at": NOON, "closed_at": NOON + timedelta(hours=2)}
    ]
    history.put(ruled, rows)
    assert blocks(ruled, debt_ids=["D1"]) == [{"FDCPA_DISPUTE"}]
    assert blocks(ruled, debt_ids=["D2"]) == [set()]
    disputed = blocks(ruled, NOON - MINUTE, NOON, NOON + timedelta(hours=2), debt_ids=["D3"])
    assert disputed == [set(), {"FDCPA_DISPUTE"}, set()]
    history.put(ruled, {"status_events": [{"debt_id": "D1", "status": "verification_sent", "from_at": NOON}]})
    assert blocks(ruled, NOON - MINUTE, NOON, debt_ids=["D1"]) == [{"FDCPA_DISPUTE"}, set()]


def test_the_first_contact_waits_for_validation_information(ruled: Settings) -> None:
    rows = debtor()
    rows["status_events"] = [{"debt_id": "D1", "status": "validation_sent", "from_at": NOON}]
    history.put(ruled, rows)
    assert blocks(ruled, NOON - MINUTE, NOON) == [{"REGF_DISCLOSE"}, set()]


def test_an_opt_out_closes_its_point_a_refusal_the_medium_until_given_again(ruled: Settings) -> None:
    said = {"medium": "voice", "person_id": "P1", "at": NOON}
    history.put(ruled, debtor(points=("C1", "C2"), consents=[{**said, "contact_point_id": "C1", "state": "revoked"}]))
    assert blocks(ruled, NOON - MINUTE, NOON) == [set(), {"REGF_OPTOUT"}]
    assert blocks(ruled, NOON, contact_point_id="C2") == [set()]
    history.put(ruled, {"consents": [
        {**said, "at": NOON + 5 * MINUTE, "state": "refused"},
        {**said, "at": NOON + 9 * MINUTE, "state": "given"},
    ]})  # fmt: skip
    later = [NOON + minutes * MINUTE for minutes in (4, 5, 8, 9)]
    assert blocks(ruled, *later, contact_point_id="C2") == [set(), {"REGF_MEDIUM"}, {"REGF_MEDIUM"}, set()]


def test_e_mail_and_texts_need_consent_and_texts_a_fresh_one(ruled: Settings) -> None:
    rows = debtor()
    rows["contact_points"] += [
        {"contact_point_id": "E1", "person_id": "P1", "medium": "email"},
        {"contact_point_id": "S1", "person_id": "P1", "medium": "sms", "area_code": "212"},
    ]
    history.put(ruled, rows)
    mail, text = {"contact_point_id": "E1", "channel": "email"}, {"contact_point_id": "S1", "channel": "sms"}
    assert blocks(ruled, **mail) == [{"REGF_EMAIL_PATH"}]
    assert blocks(ruled, **text) == [{"REGF_SMS_60D"}]
    day = local("2026-01-31 12:00")
    history.put(ruled, {"consents": [
        {"contact_point_id": point, "medium": medium, "state": "given", "at": day}
        for point, medium in (("E1", "email"), ("S1", "sms"))
    ]})  # fmt: skip
    assert blocks(ruled, **mail) == [set()]
    # The 31st of March is the 60th day with the 31st of January as the first, and the 1st of April the 61st.
    assert blocks(ruled, NOON, NOON + DAY, **text) == [set(), {"REGF_SMS_60D"}]


def test_work_points_stated_places_and_points_of_others_are_closed(ruled: Settings) -> None:
    rows = debtor(points=("C1", "C2", "C3"))
    rows["contact_points"][1]["type"] = "work"
    rows["contact_points"][2] |= {"type": "home", "valid_to": NOON + DAY}
    history.put(ruled, rows)
    history.put(ruled, debtor("P2", debts=("D2",), points=("C9",)))
    assert blocks(ruled, contact_point_id="C2") == [{"REGF_WORK"}]
    assert blocks(ruled, NOON, NOON + DAY, contact_point_id="C3") == [set(), {"NO_CONTACT_POINT"}]
    assert blocks(ruled, contact_point_id="C9") == [{"NO_CONTACT_POINT"}]
    assert blocks(ruled, channel="email") == [{"NO_CONTACT_POINT", "REGF_EMAIL_PATH"}]
    history.put(ruled, {"status_events": [
        {"person_id": "P1", "status": "inconvenient_place", "detail": "home", "from_at": NOON}
    ]})  # fmt: skip
    assert blocks(ruled, NOON, contact_point_id="C3") == [{"REGF_PLACE"}]
    assert blocks(ruled, NOON) == [set()]


def test_places_bring_their_own_caps_and_periods(ruled: Settings) -> None:
    rows = debtor(attempts=calls(2, NOON - DAY))
    rows["contact_points"][0] |= {"postal_code": "02108", "area_code": "617"}
    history.put(ruled, rows)
    assert blocks(ruled) == [{"MA_2IN7"}]
    wisconsin = debtor("P2", debts=("D2",), points=("C2",))
    wisconsin["contact_points"][0] |= {"postal_code": "53202", "area_code": "414"}
    wisconsin["debts"][0]["default_on"] = date(2020, 3, 31)
    history.put(ruled, wisconsin)
    second = {"person_id": "P2", "debt_ids": ["D2"], "contact_point_id": "C2"}
    assert blocks(ruled, NOON - DAY, NOON, **second) == [set(), {"REGF_TIMEBARRED"}]


def test_new_york_city_counts_every_medium_from_its_first_day(ruled: Settings) -> None:
    first = local("2026-09-01 08:00")
    history.put(ruled, debtor(attempts=calls(3, first - DAY)))
    assert blocks(ruled, local("2026-08-31 20:59"), first) == [set(), {"NYC_3IN7"}]


def test_a_debt_that_is_paid_or_strange_is_not_asked_about(ruled: Settings) -> None:
    history.put(ruled, debtor(debts=("D1", "D2")))
    history.put(ruled, {
        "payments": [{"payment_id": "Z1", "account_id": "A-P1", "amount_cents": 10_000}],
        "applications": [{"application_id": "X1", "payment_id": "Z1", "invoice_id": "I-D1", "amount_cents": 10_000}],
    })  # fmt: skip
    paid, other, both = history.judge(
        ruled, [replace(PLAIN, debt_ids=debts) for debts in (["D1"], ["D2"], ["D1", "D2"])]
    )
    assert (set(paid.rule_ids), paid.owed_cents) == ({"NOTHING_OWED"}, 0)
    assert (other.is_allowed, other.owed_cents) == (True, 10_000)
    assert (both.is_allowed, both.owed_cents) == (True, 10_000)
    assert blocks(ruled, debt_ids=["D9"]) == [{"UNKNOWN_DEBT"}]
    assert blocks(ruled, debt_ids=[]) == [{"UNKNOWN_DEBT"}]
    # The payment came back: it is owed again.
    history.put(ruled, {"payments": [
        {"payment_id": "Z1", "account_id": "A-P1", "amount_cents": 10_000, "status": "returned",
         "known_at": NOON - DAY}
    ]})  # fmt: skip
    assert blocks(ruled) == [set()]


def test_without_yesterdays_log_nobody_is_contacted(ruled: Settings) -> None:
    history.put(ruled, debtor(), logged_until=date(2026, 3, 30))
    assert blocks(ruled, NOON, NOON + DAY) == [set(), {"NO_CONTACT_LOG"}]
    with warehouse.connect("loader", ruled) as loader:
        # A pull in the middle of the 31st says nothing of its evening.
        loader.execute("update raw_contact.batches set as_of_date = '2026-03-31', recorded_at = '2026-03-31 18:00Z'")
    assert blocks(ruled, NOON, NOON + DAY) == [set(), {"NO_CONTACT_LOG"}]
    history.tell(ruled, has_contact_feed=False)
    assert blocks(ruled) == [{"NO_CONTACT_LOG"}]
    history.tell(ruled, has_contact_feed=False, is_declared_uncontacted=True)
    assert blocks(ruled) == [set()]


def test_the_companys_own_role_binds_beside_the_debts(ruled: Settings) -> None:
    rows = debtor(attempts=calls(7, NOON - DAY))
    rows["debts"][0]["collector_role"] = "first_party"
    history.put(ruled, rows)
    assert blocks(ruled) == [{"HOUSE_7IN7", "REGF_7IN7"}]
    history.tell(ruled, collector_role="first_party")
    assert blocks(ruled) == [{"HOUSE_7IN7"}]


def test_all_reasons_are_given_the_weightiest_first(ruled: Settings) -> None:
    rows = debtor(attempts=calls(7, NOON - DAY))
    rows["status_events"].append({"person_id": "P1", "status": "cease", "from_at": NOON - DAY})
    history.put(ruled, rows)
    (answer,) = history.judge(ruled, [replace(PLAIN, at=local("2026-03-31 22:00"))])
    assert answer.reasons == ("CEASE_COMMUNICATION", "FREQUENCY_7_IN_7", "NO_CONVENIENT_HOUR")
    assert answer.citations == ("12 CFR 1006.6(c)", "12 CFR 1006.14(b)(2)(i)(A)", "12 CFR 1006.6(b)(1)(i)")


def test_an_unknown_channel_or_purpose_is_no_question(ruled: Settings) -> None:
    history.put(ruled, debtor())
    for change in ({"channel": "fax"}, {"purpose": "fun"}):
        with pytest.raises(psycopg.errors.InvalidParameterValue):
            blocks(ruled, **change)
