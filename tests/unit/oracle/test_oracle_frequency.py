"""Caps and cooldowns worked by hand from the rules' text, at the last contact allowed and the first that is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from oracle.history import Company, Debt, History, Invoice, Party, Point
from oracle.judge import breaches
from oracle.worked import LONG_AGO, ask, at, calls, every_day, person, phone, rules

NOON = "2025-06-04 12:00"
MINUTE = timedelta(minutes=1)


def two_debts(*, group_key: str | None = None, **facts: object) -> History:
    debts = (Debt("d1", "a1", "third_party", group_key), Debt("d2", "a1", "third_party", group_key))
    bills = tuple(Invoice(f"i{n}", "a1", f"d{n}", date(2015, 1, 1), 10_000) for n in (1, 2))
    return person(debts=debts, invoices=bills, **facts)


def test_the_seventh_call_in_seven_days_is_allowed_and_the_eighth_is_not() -> None:
    six = person(attempts=calls(*every_day("2025-06-01 12:00", 6)))
    assert ask(six, at("2025-06-07 12:00")).attempts_remaining == 1
    assert rules(six, at("2025-06-07 12:00")) == set()
    seven = person(attempts=calls(*every_day("2025-06-01 12:00", 7)))
    assert rules(seven, at("2025-06-07 15:00")) == {"REGF_7IN7"}
    assert ask(seven, at("2025-06-07 15:00")).attempts_remaining == 0


def test_a_call_leaves_the_window_at_the_seventh_midnight_after_it() -> None:
    seven = person(attempts=calls(*[at("2025-06-01 12:00") + n * MINUTE for n in range(7)]))
    assert rules(seven, at("2025-06-07 20:59")) == {"REGF_7IN7"}
    assert rules(seven, at("2025-06-08 08:00")) == set()
    assert ask(seven, at("2025-06-08 08:00")).attempts_remaining == 7


def test_the_midnight_that_frees_a_call_is_the_latest_of_all_places() -> None:
    # 23:30 in Philadelphia on the 1st is 20:30 in San Francisco; a day later it is the 2nd in both
    moved = phone("19103", "415")
    late = calls(*[at("2025-06-02 00:30") + n * MINUTE for n in range(7)])
    both = person(point=moved, attempts=late)
    here = person(attempts=late)
    assert rules(here, at("2025-06-08 12:00")) == {"REGF_7IN7"}
    assert rules(both, at("2025-06-08 12:00")) == {"REGF_7IN7"}
    assert ask(both, at("2025-06-09 12:00")).attempts_remaining == 7


@pytest.mark.parametrize("night", ["2025-03-09", "2025-11-02"])
def test_days_are_local_dates_and_no_24_hours_across_the_change_of_the_clocks(night: str) -> None:
    first = at(f"{night} 00:30")
    seven = person(attempts=calls(*[first + n * MINUTE for n in range(7)]))
    last_day = at(f"{night} 20:00") + timedelta(days=6)
    assert rules(seven, last_day) == {"REGF_7IN7"}
    next_day = (date.fromisoformat(night) + timedelta(days=7)).isoformat()
    assert rules(seven, at(f"{next_day} 08:00")) == set()


def test_both_hours_called_one_in_november_are_of_one_day() -> None:
    first, second = at("2025-11-02 01:30"), at("2025-11-02 01:30", fold=1)
    assert second - first == timedelta(hours=1)
    assert ask(person(attempts=calls(first, second)), at("2025-11-02 12:00")).attempts_remaining == 5


@pytest.mark.parametrize(
    ("disposition", "remaining"),
    [("busy", 7), ("disconnected", 7), ("no_answer", 6), ("voicemail_left", 6), ("abandoned", 6), ("gibberish", 6)],
)
def test_what_was_not_connected_to_the_number_does_not_count(disposition: str, remaining: int) -> None:
    assert (
        ask(person(attempts=calls(at(NOON), disposition=disposition)), at("2025-06-05 12:00")).attempts_remaining
        == remaining
    )


def test_a_voicemail_drop_counts_and_a_text_and_a_call_from_the_person_do_not() -> None:
    later = at("2025-06-05 12:00")
    assert ask(person(attempts=calls(at(NOON), channel="voicemail")), later).attempts_remaining == 6
    assert ask(person(attempts=calls(at(NOON), channel="sms")), later).attempts_remaining == 7
    assert ask(person(attempts=calls(at(NOON), direction="inbound")), later).attempts_remaining == 7


def test_each_debt_counts_apart_and_a_group_counts_as_one() -> None:
    seven = calls(*every_day("2025-06-01 12:00", 7), debt_ids=("d2",))
    later = at("2025-06-07 15:00")
    assert rules(two_debts(attempts=seven), later) == set()
    assert rules(two_debts(attempts=seven), later, debt_ids=("d1", "d2")) == {"REGF_7IN7"}
    assert rules(two_debts(attempts=seven, group_key="loans"), later) == {"REGF_7IN7"}


@pytest.mark.parametrize("debt_ids", [None, (), ("of another house",)])
def test_a_call_about_no_debt_that_is_held_counts_against_every_debt(debt_ids: tuple[str, ...] | None) -> None:
    seven = calls(*every_day("2025-06-01 12:00", 7), debt_ids=debt_ids)
    assert rules(two_debts(attempts=seven), at("2025-06-07 15:00"), debt_ids=("d2",)) == {"REGF_7IN7"}


def test_all_phones_of_a_person_are_pooled() -> None:
    other = Point("c2", "p1", "voice", "home", None, "215", valid_from=LONG_AGO)
    seven = calls(*every_day("2025-06-01 12:00", 7), point_id="c2")
    assert rules(person(points=(phone(), other), attempts=seven), at("2025-06-07 15:00")) == {"REGF_7IN7"}


def test_there_was_no_such_cap_before_regulation_f() -> None:
    eight = person(attempts=calls(*every_day("2021-11-22 12:00", 8)))
    assert rules(eight, at("2021-11-29 15:00")) == set()
    assert rules(eight, at("2021-11-30 12:00")) == set()
    assert ask(eight, at("2021-11-30 12:00")).attempts_remaining == 1
    assert ask(eight, at("2021-11-29 12:00")).attempts_remaining is None


def test_after_a_conversation_the_seventh_day_is_the_first_that_is_open() -> None:
    spoken = person(attempts=calls(at("2025-06-01 09:00"), conversation=True))
    assert rules(spoken, at("2025-06-01 18:00")) == {"REGF_COOLDOWN"}
    assert rules(spoken, at("2025-06-07 20:59")) == {"REGF_COOLDOWN"}
    assert rules(spoken, at("2025-06-08 08:00")) == set()


def test_a_conversation_that_the_person_began_rests_too_but_no_text_does() -> None:
    inbound = person(attempts=calls(at("2025-06-01 09:00"), conversation=True, direction="inbound"))
    assert rules(inbound, at("2025-06-03 12:00")) == {"REGF_COOLDOWN"}
    by_text = person(attempts=calls(at("2025-06-01 09:00"), conversation=True, channel="sms"))
    assert rules(by_text, at("2025-06-03 12:00")) == set()


@pytest.mark.parametrize(
    ("facts", "is_conversation"),
    [
        ({"conversation": False, "right_party": True}, False),
        ({"right_party": True}, True),
        ({"right_party": False, "connected": True, "talk_seconds": 60}, False),
        ({"connected": True, "human": True, "talk_seconds": 1}, True),
        ({"connected": True, "talk_seconds": 1}, True),
        ({"connected": True, "human": False, "talk_seconds": 60}, False),
        ({"connected": True, "human": True, "talk_seconds": 0}, False),
        ({"connected": False, "human": True, "talk_seconds": 9}, False),
        ({"disposition": "promise_to_pay"}, False),
        ({"disposition": "wrong_party", "connected": True, "talk_seconds": 60}, True),
    ],
)
def test_what_a_conversation_is_where_the_source_says_less(facts: dict[str, object], is_conversation: bool) -> None:
    history = person(attempts=calls(at("2025-06-01 09:00"), **facts))
    assert ("REGF_COOLDOWN" in rules(history, at("2025-06-03 12:00"))) is is_conversation


def test_a_creditor_has_its_own_cap_and_no_cooldown() -> None:
    seven = calls(*every_day("2025-06-01 12:00", 7), conversation=True)
    assert rules(person("first_party", attempts=seven), at("2025-06-07 15:00")) == {"HOUSE_7IN7"}


def test_massachusetts_allows_two_calls_and_texts_in_seven_days_to_creditors_too() -> None:
    boston = phone("02139", "617")
    one = calls(at("2025-06-01 12:00"), channel="sms")
    two = calls(at("2025-06-01 12:00"), at("2025-06-02 12:00"))
    assert ask(person("first_party", boston, attempts=one), at("2025-06-07 12:00")).attempts_remaining == 1
    assert rules(person("first_party", boston, attempts=two), at("2025-06-07 12:00")) == {"MA_2IN7"}
    assert rules(person("first_party", boston, attempts=two), at("2025-06-08 12:00")) == set()


def test_massachusetts_counts_work_apart_over_thirty_days() -> None:
    office = phone("02139", "617", type="work")
    two = calls(at("2025-06-01 12:00"), at("2025-06-02 12:00"))
    assert rules(person(point=office, attempts=two), at("2025-06-30 12:00")) == {"REGF_WORK", "MA_2IN30"}
    assert rules(person(point=office, attempts=two), at("2025-07-01 12:00")) == {"REGF_WORK"}


def test_washington_counts_every_medium_and_the_spouse() -> None:
    seattle = phone("98101", "206")
    noon = [at(f"2025-06-0{day} 12:00", "America/Los_Angeles") for day in (1, 2, 3)]
    couple = (
        Party("a1", "p1", "obligor", date(2015, 1, 1)),
        Party("a1", "p2", "spouse", date(2015, 1, 1)),
    )
    three = tuple(
        replace(call, person_id=who, channel=channel)
        for call, who, channel in zip(calls(*noon), ("p1", "p2", "p2"), ("letter", "email", "voice"), strict=True)
    )
    later = at("2025-06-04 12:00", "America/Los_Angeles")
    assert rules(person(point=seattle, parties=couple, attempts=three), later) == {"WA_3WEEK"}
    assert rules(person(point=seattle, attempts=three), later) == set()


def test_new_york_city_counts_from_september_2026_every_medium() -> None:
    city = phone("10001", "212")
    three = calls(*every_day("2026-08-27 12:00", 3), channel="letter")
    assert rules(person(point=city, attempts=three), at("2026-08-31 12:00")) == set()
    assert rules(person(point=city, attempts=three), at("2026-09-01 12:00")) == {"NYC_3IN7"}
    assert rules(person(point=phone("14201", "716"), attempts=three), at("2026-09-01 12:00")) == set()


def test_offers_in_florida_are_counted_over_24_hours_to_the_second() -> None:
    miami = phone("33101", "305")
    three = calls(*[at("2025-06-01 12:00") + n * MINUTE for n in range(3)])
    history = person("first_party", miami, attempts=three)

    def is_blocked(seconds: int) -> bool:
        instant = at("2025-06-02 12:00") + timedelta(seconds=seconds)
        return "FL_FTSA_3IN24" in rules(history, instant, purpose="solicitation")

    assert is_blocked(-1)
    assert not is_blocked(0)


def test_a_contact_is_a_breach_if_the_question_at_its_start_is_blocked_and_never_counts_itself() -> None:
    eight = [*every_day("2025-06-01 12:00", 7), at("2025-06-07 15:00"), at("2025-06-08 21:30")]
    history = person(attempts=calls(*eight))
    assert breaches(history) == {("t08", "REGF_7IN7"), ("t09", "REGF_7IN7"), ("t09", "REGF_HOURS")}


def test_of_two_contacts_at_one_instant_the_second_by_its_id_is_the_breach() -> None:
    same = calls(*[at("2025-06-01 12:00")] * 8)
    assert breaches(person(attempts=same)) == {("t08", "REGF_7IN7")}
    assert rules(person(attempts=same[:7]), at("2025-06-01 12:00")) == {"REGF_7IN7"}


def test_calls_made_before_a_conversation_on_its_day_are_no_breach() -> None:
    made = calls(at("2025-06-01 09:00"), at("2025-06-01 10:00"), at("2025-06-01 11:00"))
    history = person(attempts=(made[0], replace(made[1], conversation=True), made[2]))
    assert breaches(history) == {("t03", "REGF_COOLDOWN")}


def test_a_third_party_is_asked_once_where_somebody_is() -> None:
    neighbor = (Party("a1", "p1", "third_party", date(2015, 1, 1)),)
    asked = calls(at("2024-06-01 12:00"))
    assert rules(person(parties=neighbor), at(NOON), purpose="location") == set()
    assert rules(person(parties=neighbor, attempts=asked), at(NOON), purpose="location") == {"REGF_LOCATE"}
    assert "UNKNOWN_DEBT" in rules(person(parties=neighbor), at(NOON))


def test_the_role_of_a_debt_binds_beside_the_companys_own() -> None:
    attempts = calls(*every_day("2025-06-01 12:00", 7))
    bought = (Debt("d1", "a1", "debt_buyer"),)
    history = person("first_party", company=Company("first_party"), debts=bought, attempts=attempts)
    assert rules(history, at("2025-06-07 15:00")) == {"HOUSE_7IN7", "REGF_7IN7"}
