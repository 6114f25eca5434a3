"""Statuses, disputes, consents and points worked by hand from the rules' text."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from oracle.history import Account, Consent, Debt, Dispute, History, Invoice, Party, Scrub, Status
from oracle.worked import LONG_AGO, at, person, phone, rules

NOON = at("2025-06-04 12:00")
SECOND = timedelta(seconds=1)
ONE_YEAR_AGO = at("2024-06-04 12:00")


def blocked(*statuses: Status, instant: datetime = NOON, role: str = "third_party", **facts: object) -> set[str]:
    return rules(person(role, statuses=statuses, **facts), instant)


def of_person(status: str, from_at: datetime, to_at: datetime | None = None, **facts: object) -> Status:
    return replace(Status(status, from_at, to_at, person_id="p1"), **facts)


@pytest.mark.parametrize(
    ("status", "rule_id"),
    [
        ("cease", "REGF_CEASE"), ("attorney", "REGF_ATTORNEY"), ("do_not_contact", "OWN_DNC"), ("deceased", "DECEASED"),
        ("minor", "MINOR"), ("bankruptcy_petition", "BANKRUPTCY"), ("fraud", "FRAUD"), ("hardship", "HARDSHIP"),
        ("disaster", "DISASTER"), ("revoke_all", "TCPA_REVOKE"), ("erased", "ERASED"),
    ],
)  # fmt: skip
def test_a_status_blocks_from_its_very_instant(status: str, rule_id: str) -> None:
    assert blocked(of_person(status, NOON)) == {rule_id}
    assert blocked(of_person(status, NOON + SECOND)) == set()


def test_a_status_ends_at_its_last_instant_and_a_cease_never() -> None:
    assert blocked(of_person("hardship", ONE_YEAR_AGO, NOON)) == set()
    assert blocked(of_person("hardship", ONE_YEAR_AGO, NOON + SECOND)) == {"HARDSHIP"}
    assert blocked(of_person("cease", ONE_YEAR_AGO, NOON - SECOND)) == {"REGF_CEASE"}


@pytest.mark.parametrize("status", ["active_duty", "callback_requested", "complaint", "bankruptcy_dismissed"])
def test_some_statuses_block_nothing(status: str) -> None:
    assert blocked(of_person(status, ONE_YEAR_AGO)) == set()


def test_revoking_everything_closes_calls_and_texts_and_not_letters() -> None:
    letter = phone(medium="letter")
    revoked = person(point=letter, statuses=(of_person("revoke_all", ONE_YEAR_AGO),))
    assert rules(revoked, NOON, channel="letter") == set()


def test_a_status_of_another_person_account_or_debt_says_nothing() -> None:
    assert blocked(Status("deceased", ONE_YEAR_AGO, person_id="p2")) == set()
    assert blocked(Status("hardship", ONE_YEAR_AGO, account_id="a2")) == set()
    assert blocked(Status("hardship", ONE_YEAR_AGO, account_id="a1")) == {"HARDSHIP"}
    assert blocked(Status("attorney", ONE_YEAR_AGO, debt_id="d2")) == set()
    assert blocked(Status("attorney", ONE_YEAR_AGO, person_id="p2", debt_id="d1")) == set()


def test_a_petition_stands_until_discharge_or_dismissal() -> None:
    petition = of_person("bankruptcy_petition", ONE_YEAR_AGO)
    dismissed = of_person("bankruptcy_dismissed", NOON)
    assert blocked(petition, dismissed) == set()
    assert blocked(petition, dismissed, instant=NOON - SECOND) == {"BANKRUPTCY"}
    assert blocked(petition, of_person("bankruptcy_dismissed", ONE_YEAR_AGO - SECOND)) == {"BANKRUPTCY"}
    narrow = Status("bankruptcy_dismissed", NOON, debt_id="d1")
    assert blocked(petition, narrow) == {"BANKRUPTCY"}


def test_a_discharge_blocks_what_was_owed_by_then() -> None:
    discharged = of_person("bankruptcy_discharged", at("2024-06-04 23:30"))
    assert blocked(discharged) == {"BANKRUPTCY_DISCHARGED"}
    assert blocked(discharged, accounts=(Account("a1", date(2024, 6, 4), "PA"),)) == {"BANKRUPTCY_DISCHARGED"}
    assert blocked(discharged, accounts=(Account("a1", date(2024, 6, 5), "PA"),)) == set()


def in_validation(*later: Status, sent: datetime, disputed: datetime) -> set[str]:
    told = Status("validation_sent", sent, person_id="p1")
    history = person(statuses=(Status("dispute", disputed, debt_id="d1"), *later))
    return rules(replace(history, statuses=(told, *history.statuses[1:])), NOON)


def test_a_dispute_within_35_days_of_the_sending_blocks_until_it_is_verified() -> None:
    sent = at("2025-04-20 12:00")
    period = timedelta(days=35)
    assert in_validation(sent=sent, disputed=sent + period) == {"FDCPA_DISPUTE"}
    assert in_validation(sent=sent, disputed=sent + period + SECOND) == set()
    verified = Status("verification_sent", NOON, debt_id="d1")
    assert in_validation(verified, sent=sent, disputed=sent) == set()
    too_early = Status("verification_sent", sent - SECOND, debt_id="d1")
    assert in_validation(too_early, sent=sent, disputed=sent) == {"FDCPA_DISPUTE"}


def test_a_dispute_before_any_notice_blocks() -> None:
    assert in_validation(sent=at("2025-05-02 12:00"), disputed=at("2025-05-01 12:00")) == {"FDCPA_DISPUTE"}


def with_billing_dispute(debt_id: str | None, closed_at: datetime | None = None) -> History:
    bill = Invoice("i1", "a1", debt_id, date(2020, 1, 1), 10_000)
    return person(
        "first_party",
        invoices=(bill,),
        disputes=(Dispute("x1", "i1", LONG_AGO + timedelta(days=1), closed_at),),
    )


def test_an_open_billing_dispute_is_one_of_the_debt_or_of_the_whole_account() -> None:
    assert rules(with_billing_dispute("d1"), NOON) == {"FDCPA_DISPUTE"}
    assert rules(with_billing_dispute(None), NOON) == {"FDCPA_DISPUTE"}
    assert rules(with_billing_dispute("d1", closed_at=NOON), NOON) == set()
    assert rules(with_billing_dispute("d1", closed_at=NOON + SECOND), NOON) == {"FDCPA_DISPUTE"}


def test_the_first_contact_waits_for_the_validation_information_of_each_debt() -> None:
    debts = (Debt("d1", "a1", "third_party"), Debt("d2", "a1", "third_party"))
    untold = replace(person(debts=debts), statuses=(Status("validation_sent", NOON, debt_id="d1"),))
    assert rules(untold, NOON) == set()
    assert rules(untold, NOON - SECOND) == {"REGF_DISCLOSE"}
    assert rules(untold, NOON, debt_ids=("d1", "d2")) == {"REGF_DISCLOSE"}
    assert rules(replace(person("first_party"), statuses=()), NOON) == set()


@pytest.mark.parametrize(
    ("default_on", "day", "is_blocked"),
    [
        (date(2019, 6, 4), "2025-06-04", True),
        (date(2019, 6, 5), "2025-06-04", False),
        (date(2020, 2, 29), "2026-02-27", False),
        (date(2020, 2, 29), "2026-02-28", True),
        (None, "2025-06-04", True),
    ],
)
def test_wisconsin_extinguishes_a_debt_six_years_after_default(
    default_on: date | None, day: str, is_blocked: bool
) -> None:
    milwaukee = phone("53202", "414")
    debt = (Debt("d1", "a1", "third_party", default_on=default_on),)
    found = rules(person(point=milwaukee, debts=debt), at(f"{day} 12:00", "America/Chicago"))
    assert found == ({"REGF_TIMEBARRED"} if is_blocked else set())


def test_a_number_at_work_is_closed() -> None:
    assert rules(person(point=phone(type="work")), NOON) == {"REGF_WORK"}
    assert rules(person(point=phone(type="work")), at("2021-11-29 12:00")) == {"FDCPA_WORK"}


@pytest.mark.parametrize(("detail", "is_open"), [("home", True), ("mobile", False), ("the gym", False), (None, False)])
def test_a_stated_place_closes_points_of_its_type(detail: str | None, is_open: bool) -> None:
    said = of_person("inconvenient_place", ONE_YEAR_AGO, detail=detail)
    assert blocked(said) == (set() if is_open else {"REGF_PLACE"})


def about_point(state: str, instant: datetime, purpose: str = "collection", medium: str = "voice") -> Consent:
    return Consent(medium, purpose, state, instant, point_id="c1")


def test_an_opt_out_closes_the_number_from_its_instant_until_it_is_given_again() -> None:
    out = about_point("revoked", NOON)
    assert rules(person(consents=(out,)), NOON) == {"REGF_OPTOUT"}
    assert rules(person(consents=(out,)), NOON - SECOND) == set()
    again = about_point("given", NOON + SECOND)
    assert rules(person(consents=(out, again)), NOON + SECOND) == set()
    assert rules(person(consents=(out, about_point("given", NOON))), NOON) == {"REGF_OPTOUT"}


def test_a_refusal_of_offers_closes_offers_alone() -> None:
    refused = person("first_party", consents=(about_point("refused", ONE_YEAR_AGO, "solicitation"),))
    assert rules(refused, NOON) == set()
    assert "REGF_OPTOUT" in rules(refused, NOON, purpose="solicitation")


def test_a_refused_medium_closes_all_its_numbers() -> None:
    refused = Consent("voice", "servicing", "refused", ONE_YEAR_AGO, person_id="p1")
    assert rules(person(consents=(refused,)), NOON) == {"REGF_MEDIUM"}
    by_text = replace(refused, medium="sms")
    assert rules(person(consents=(by_text,)), NOON) == set()


def test_a_text_needs_a_consent_or_a_check_of_the_last_sixty_days() -> None:
    number = phone(medium="sms")
    sent_on = {"channel": "sms"}
    assert rules(person(point=number), NOON, **sent_on) == {"REGF_SMS_60D"}
    said = about_point("given", at("2025-04-06 00:00"), medium="sms")
    assert rules(person(point=number, consents=(said,)), NOON, **sent_on) == set()
    said = about_point("given", at("2025-04-05 23:59"), medium="sms")
    assert rules(person(point=number, consents=(said,)), NOON, **sent_on) == {"REGF_SMS_60D"}
    checked = replace(number, verified_at=at("2025-04-06 00:00"))
    assert rules(person(point=checked), NOON, **sent_on) == set()
    assert rules(person(point=checked), at("2025-06-05 08:00"), **sent_on) == {"REGF_SMS_60D"}


def test_an_email_needs_a_recorded_consent_however_old() -> None:
    address = phone("19103", None, medium="email")
    assert rules(person(point=address), NOON, channel="email") == {"REGF_EMAIL_PATH"}
    said = about_point("given", LONG_AGO, medium="email")
    assert rules(person(point=address, consents=(said,)), NOON, channel="email") == set()


def test_a_voicemail_drop_to_a_mobile_needs_consent_and_to_a_home_does_not() -> None:
    assert rules(person(), NOON, channel="voicemail") == {"TCPA_CONSENT"}
    assert rules(person(consents=(about_point("given", LONG_AGO),)), NOON, channel="voicemail") == set()
    assert rules(person(point=phone(type="home")), NOON, channel="voicemail") == set()


def test_new_york_city_needs_consent_for_texts_from_september_2026() -> None:
    city = phone("10001", "212", medium="sms", verified_at=at("2026-08-20 12:00"))
    assert rules(person("first_party", city), at("2026-08-31 12:00"), channel="sms") == set()
    assert rules(person("first_party", city), at("2026-09-01 12:00"), channel="sms") == {"NYC_CONSENT"}


def test_an_offer_needs_a_scrub_of_the_last_31_days_and_none_that_found_the_number() -> None:
    clear = Scrub("c1", "national", "clear", at("2025-05-05 00:00"))
    offer = {"purpose": "solicitation"}
    assert rules(person("first_party"), NOON, **offer) == {"DNC"}
    assert rules(person("first_party", scrubs=(clear,)), NOON, **offer) == set()
    assert rules(person("first_party", scrubs=(clear,)), at("2025-06-05 12:00"), **offer) == {"DNC"}
    found = replace(clear, state="listed")
    assert rules(person("first_party", scrubs=(found, clear)), NOON, **offer) == {"DNC"}
    own = Scrub("c1", "own", "listed", LONG_AGO)
    assert rules(person("first_party", scrubs=(clear, own)), NOON, **offer) == {"DNC_OWN"}


def test_a_point_is_open_from_its_first_company_date_until_the_day_before_its_last() -> None:
    from_noon = phone(valid_from=NOON, valid_to=at("2025-06-06 23:00"))
    assert rules(person(point=from_noon), at("2025-06-04 09:00")) == set()
    assert "NO_CONTACT_POINT" in rules(person(point=from_noon), at("2025-06-03 12:00"))
    assert rules(person(point=from_noon), at("2025-06-05 12:00")) == set()
    assert "NO_CONTACT_POINT" in rules(person(point=from_noon), at("2025-06-06 08:00"))


def test_another_medium_another_person_or_nobodys_point_is_none() -> None:
    assert "NO_CONTACT_POINT" in rules(person(), NOON, channel="letter")
    assert "NO_CONTACT_POINT" in rules(person(), NOON, point_id="c7")
    theirs = (phone(), replace(phone(), point_id="c2", person_id="p2"))
    assert "NO_CONTACT_POINT" in rules(person(points=theirs), NOON, point_id="c2")


def test_who_owes_nothing_is_not_asked() -> None:
    paid = Invoice("i1", "a1", "d1", date(2020, 1, 1), 10_000, 10_000, date(2025, 6, 4))
    assert rules(person(invoices=(paid,)), NOON) == {"NOTHING_OWED"}
    assert rules(person(invoices=(paid,)), at("2025-06-03 20:59")) == set()


def test_a_debt_that_is_not_the_persons_is_unknown() -> None:
    assert rules(person(), NOON, debt_ids=("d1", "d9")) == {"UNKNOWN_DEBT"}
    left = (Party("a1", "p1", "obligor", date(2015, 1, 1), date(2025, 6, 3)),)
    assert "UNKNOWN_DEBT" in rules(person(parties=left), NOON)
    assert rules(person(parties=left), at("2025-06-03 12:00")) == set()
