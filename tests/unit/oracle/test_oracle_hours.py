"""Hours worked by hand from the rules' text: every edge, several places at once, both nights of daylight saving."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from oracle.history import Account, Company, Status
from oracle.worked import at, person, phone, rules

SECOND = timedelta(seconds=1)
HONOLULU, NEW_YORK, ST_JOHNS = "Pacific/Honolulu", "America/New_York", "America/St_Johns"


def test_a_call_may_begin_at_eight_and_not_a_second_before() -> None:
    assert rules(person(), at("2025-06-04 08:00")) == set()
    assert rules(person(), at("2025-06-04 08:00") - SECOND) == {"REGF_HOURS"}


def test_a_call_may_begin_before_nine_at_night_and_not_at_nine() -> None:
    assert rules(person(), at("2025-06-04 21:00") - SECOND) == set()
    assert rules(person(), at("2025-06-04 21:00")) == {"REGF_HOURS"}


@pytest.mark.parametrize("night", ["2025-03-09", "2025-11-02"])
def test_the_day_after_the_clocks_changed_opens_at_eight_on_the_new_clock(night: str) -> None:
    assert rules(person(), at(f"{night} 08:00")) == set()
    assert rules(person(), at(f"{night} 08:00") - SECOND) == {"REGF_HOURS"}
    assert rules(person(), at(f"{night} 21:00") - SECOND) == set()
    assert rules(person(), at(f"{night} 21:00")) == {"REGF_HOURS"}


def test_in_march_the_opening_is_23_hours_after_yesterdays_and_in_november_25() -> None:
    assert at("2025-03-09 08:00") - at("2025-03-08 08:00") == timedelta(hours=23)
    assert at("2025-11-02 08:00") - at("2025-11-01 08:00") == timedelta(hours=25)
    assert rules(person(), at("2025-03-08 08:00") + timedelta(hours=23)) == set()
    assert rules(person(), at("2025-11-01 08:00") + timedelta(hours=24)) == {"REGF_HOURS"}


def test_a_number_from_the_west_coast_opens_late_and_the_home_in_the_east_closes_early() -> None:
    moved = person(point=phone("19103", "415"))
    assert rules(moved, at("2025-06-04 11:00") - SECOND) == {"REGF_HOURS"}
    assert rules(moved, at("2025-06-04 11:00")) == set()
    assert rules(moved, at("2025-06-04 21:00")) == {"REGF_HOURS"}


def test_navajo_country_keeps_daylight_saving_and_the_rest_of_arizona_does_not() -> None:
    chinle = person(point=phone("86503", "602"))  # 865: Denver and Phoenix
    assert rules(chinle, at("2025-06-04 08:00", "America/Denver")) == {"REGF_HOURS"}
    assert rules(chinle, at("2025-06-04 08:00", "America/Phoenix")) == set()
    assert rules(chinle, at("2025-06-04 20:30", "America/Phoenix")) == {"REGF_HOURS"}
    assert rules(chinle, at("2025-01-08 08:00", "America/Denver")) == set()


def test_starke_county_in_indiana_is_an_hour_behind_indianapolis() -> None:
    knox = person(point=phone("46366", "317"))  # 463: Chicago and Knox; 317: Indianapolis
    assert rules(knox, at("2025-06-04 08:30", "America/Indiana/Indianapolis")) == {"REGF_HOURS"}
    assert rules(knox, at("2025-06-04 08:00", "America/Indiana/Knox")) == set()


def test_newfoundland_lies_half_an_hour_off() -> None:
    there = person(point=phone("A1A 1A1", "709"))
    assert rules(there, at("2025-06-04 20:59", ST_JOHNS)) == set()
    assert rules(there, at("2025-06-04 20:30", "America/Halifax")) == {"REGF_HOURS"}


def test_hawaii_and_the_east_share_few_hours() -> None:
    both = person(point=phone("19103", "808"))
    assert rules(both, at("2025-06-04 08:00", HONOLULU)) == set()
    assert rules(both, at("2025-06-04 07:59", HONOLULU)) == {"REGF_HOURS"}
    assert rules(both, at("2025-06-04 21:00", NEW_YORK)) == {"REGF_HOURS"}


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_messages_keep_the_hours_too(channel: str) -> None:
    assert "REGF_HOURS" in rules(person(point=phone(medium=channel)), at("2025-06-04 21:00"), channel=channel)


def test_a_letter_knows_no_hour_and_no_place() -> None:
    letter = phone("00000", None, medium="letter", type="home")
    assert rules(person(point=letter), at("2025-06-04 03:00"), channel="letter") == set()


@pytest.mark.parametrize(("postal_code", "area_code"), [("00000", "215"), ("19103", "999"), (None, "999")])
def test_a_place_not_on_record_blocks(postal_code: str | None, area_code: str) -> None:
    assert rules(person(point=phone(postal_code, area_code)), at("2025-06-04 12:00")) == {"UNKNOWN_TIME_ZONE"}


def test_the_region_stands_in_where_there_is_no_postal_code_and_only_there() -> None:
    far = (Account("a1", date(2020, 1, 1), "HI"),)
    assert rules(person(point=phone(None, "215"), accounts=far), at("2025-06-04 12:00")) == {"REGF_HOURS"}
    assert rules(person(point=phone("19103", "215"), accounts=far), at("2025-06-04 12:00")) == set()
    nowhere = (Account("a1", date(2020, 1, 1), "XX"),)
    assert rules(person(point=phone(None, "215"), accounts=nowhere), at("2025-06-04 12:00")) == {"UNKNOWN_TIME_ZONE"}


def test_the_east_is_on_regulation_f_while_the_west_still_has_the_day_before() -> None:
    moved = person(point=phone("19103", "415"))
    midnight = at("2021-11-30 00:00")
    assert rules(moved, midnight - SECOND) == {"FDCPA_HOURS"}
    assert rules(moved, midnight) == {"FDCPA_HOURS", "REGF_HOURS"}
    assert rules(moved, at("2021-11-30 00:00", "America/Los_Angeles")) == {"REGF_HOURS"}


def test_a_creditor_keeps_its_own_hours_at_any_date() -> None:
    assert rules(person("first_party"), at("2019-06-04 07:00")) == {"REGF_HOURS"}


@pytest.mark.parametrize(
    ("detail", "clock", "is_open"),
    [
        ("12:00-14:00", "11:59", True),
        ("12:00-14:00", "12:00", False),
        ("12:00-14:00", "13:59", False),
        ("12:00-14:00", "14:00", True),
        ("19:00-09:30", "09:29", False),
        ("19:00-09:30", "09:30", True),
        ("19:00-09:30", "19:00", False),
        ("17:00-24:00", "20:59", False),
        ("17:00-24:00", "16:59", True),
        ("10:00-10:00", "09:59", False),
        ("at noon", "17:00", False),
        ("9:00-12:00", "17:00", False),
        (None, "17:00", False),
    ],
)
def test_stated_hours_are_kept_to_the_minute(detail: str | None, clock: str, is_open: bool) -> None:
    said = Status("inconvenient_time", at("2025-06-01 12:00"), person_id="p1", detail=detail)
    found = rules(person(statuses=(said,)), at(f"2025-06-04 {clock}"))
    assert found == (set() if is_open else {"REGF_HOURS"})


def test_stated_hours_bind_in_every_place_where_the_person_may_be() -> None:
    said = Status("inconvenient_time", at("2025-06-01 12:00"), person_id="p1", detail="12:00-13:00")
    moved = person(point=phone("19103", "415"), statuses=(said,))
    assert rules(moved, at("2025-06-04 15:30")) == {"REGF_HOURS"}
    assert rules(moved, at("2025-06-04 14:30")) == set()


def test_florida_lets_email_go_at_night_since_the_sixteenth_of_may_2025() -> None:
    address = phone("33101", None, medium="email")
    before = rules(person(point=address), at("2025-05-15 22:00"), channel="email")
    since = rules(person(point=address), at("2025-05-16 22:00"), channel="email")
    assert before - since == {"FL_FCCPA"}
    assert "FL_FCCPA" in rules(person(point=phone("33101", "305")), at("2025-05-16 22:00"))


def test_washington_binds_collectors_alone() -> None:
    seattle = phone("98101", "206")
    night = at("2025-06-04 21:30", "America/Los_Angeles")
    assert rules(person(point=seattle), night) == {"REGF_HOURS", "WA_HOURS"}
    assert rules(person("first_party", seattle), night) == {"REGF_HOURS"}


def test_texas_offers_begin_at_nine_and_on_sunday_at_noon_since_september_2025() -> None:
    houston = person("first_party", phone("77001", "713"))

    def offer(text: str) -> bool:
        return "TX_SB140" in rules(houston, at(text, "America/Chicago"), purpose="solicitation")

    assert not offer("2025-08-31 11:59")
    assert offer("2025-09-06 08:59")
    assert not offer("2025-09-06 09:00")
    assert offer("2025-09-07 11:59")
    assert not offer("2025-09-07 12:00")
    assert offer("2025-09-07 21:00")
    assert "TX_SB140" not in rules(houston, at("2025-09-07 11:00", "America/Chicago"))


@pytest.mark.parametrize(
    ("rule_id", "postal_code", "zone"),
    [
        ("FL_FTSA_HOURS", "33101", NEW_YORK),
        ("OK_TSA_HOURS", "73101", "America/Chicago"),
        ("MD_STCA_HOURS", "21201", NEW_YORK),
    ],
)
def test_offers_end_at_eight_in_three_states(rule_id: str, postal_code: str, zone: str) -> None:
    there = person(point=phone(postal_code, "215" if zone == NEW_YORK else "405", medium="sms"))
    assert rule_id not in rules(there, at("2025-06-04 19:59", zone), purpose="solicitation", channel="sms")
    assert rule_id in rules(there, at("2025-06-04 20:00", zone), purpose="solicitation", channel="sms")
    assert rule_id not in rules(there, at("2025-06-04 20:00", zone), channel="sms")


def test_a_log_that_was_not_pulled_for_yesterday_blocks_everybody() -> None:
    behind = Company("third_party", feed_until=date(2025, 6, 2))
    assert rules(person(company=behind), at("2025-06-04 12:00")) == {"NO_CONTACT_LOG"}
    assert rules(person(company=behind), at("2025-06-03 12:00")) == set()
    fresh = Company("third_party", feed_until=None, has_contact_center=False, declared_none_on=date(2025, 6, 4))
    assert rules(person(company=fresh), at("2025-06-04 12:00")) == set()
    assert rules(person(company=fresh), at("2025-06-03 12:00")) == {"NO_CONTACT_LOG"}
