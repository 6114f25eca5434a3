"""How often: by the text of the rules."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from .bound import (
    REGULATION_F,
    Counted,
    Verdict,
    binds_regulation_f,
    has_creditor,
    is_collection,
    is_in_new_york_city,
    is_offer,
    is_washington,
    rule,
)
from .case import Case
from .history import Attempt


def _contacts(
    case: Case, media: Iterable[str] = (), types: Iterable[str] = (), whose: Iterable[str] = ()
) -> list[Attempt]:
    """Outbound contacts that any cap could count. Empty = any medium, any type of point, this person."""
    persons = set(whose) or {case.person_id}
    # 12 CFR 1006.14(b)(3): not connected to the dialed number
    not_counted = {"busy", "disconnected"} if case.is_in_force(since=REGULATION_F) else set()
    return [
        a
        for a in case.before
        if a.person_id in persons
        and a.direction == "outbound"
        and a.disposition not in not_counted
        and (not media or _medium(a) in media)
        and (not types or case.type_of(a) in types)
    ]


def _medium(attempt: Attempt) -> str:
    return "voice" if attempt.channel == "voicemail" else attempt.channel


def _by_debt(case: Case, contacts: list[Attempt], days: int, cap: int) -> list[Counted]:
    return [
        Counted(case.most_in_any_zone([a for a in contacts if case.is_about(a, matter)], days), cap)
        for matter in case.matters
    ]


@rule("REGF_7IN7")
def regf_7_in_7(case: Case) -> Verdict:
    """12 CFR 1006.14(b)(2)(i)(A): 7 calls in local dates [d-6, d], debt by debt."""
    if not is_collection(case) or case.medium != "voice" or not binds_regulation_f(case):
        return False
    return _by_debt(case, _contacts(case, media=("voice",)), days=7, cap=7)


@rule("HOUSE_7IN7")
def house_7_in_7(case: Case) -> Verdict:
    """Policy: a creditor keeps the same number."""
    if not is_collection(case) or case.medium != "voice" or not has_creditor(case):
        return False
    return _by_debt(case, _contacts(case, media=("voice",)), days=7, cap=7)


@rule("MA_2IN7")
def massachusetts_home(case: Case) -> Verdict:
    """940 CMR 7.04(1)(f): 2 calls and texts in 7 days to residence or cell."""
    if not _is_massachusetts(case) or case.point_type == "work":
        return False
    return _by_debt(case, _contacts(case, ("voice", "sms"), ("home", "mobile", "unknown")), days=7, cap=2)


@rule("MA_2IN30")
def massachusetts_elsewhere(case: Case) -> Verdict:
    """940 CMR 7.04(1)(f): 2 in 30 days elsewhere."""
    if not _is_massachusetts(case) or case.point_type != "work":
        return False
    return _by_debt(case, _contacts(case, ("voice", "sms"), ("work",)), days=30, cap=2)


def _is_massachusetts(case: Case) -> bool:
    is_there = "US-MA" in case.jurisdictions and case.is_in_force(since=date(2012, 3, 2))
    return is_collection(case) and case.medium in ("voice", "sms") and is_there


@rule("WA_3WEEK")
def washington_week(case: Case) -> Verdict:
    """RCW 19.16.250: 3 a week with debtor or spouse, any medium."""
    if not is_washington(case) or not is_collection(case):
        return False
    return [Counted(case.most_in_any_zone(_contacts(case, whose=_with_spouse(case)), 7), 3)]


@rule("WA_1WORK")
def washington_work(case: Case) -> Verdict:
    """RCW 19.16.250: 1 a week at work."""
    if not is_washington(case) or not is_collection(case) or case.point_type != "work":
        return False
    return [Counted(case.most_in_any_zone(_contacts(case, types=("work",), whose=_with_spouse(case)), 7), 1)]


def _with_spouse(case: Case) -> set[str]:
    couple = {case.person_id}
    for mine in case.parties_of(case.person_id):
        for other_id in case.history.persons:
            for other in case.parties_of(other_id):
                if other.account_id == mine.account_id and "spouse" in (mine.role, other.role):
                    couple.add(other_id)
    return couple


@rule("NYC_3IN7")
def new_york_city(case: Case) -> Verdict:
    """6 RCNY 5-77, from 2026-09-01: 3 in 7 days for each account, any medium."""
    if not is_collection(case) or not is_in_new_york_city(case):
        return False
    return _by_debt(case, _contacts(case), days=7, cap=3)


@rule("FL_FTSA_3IN24")
def florida_offers(case: Case) -> Verdict:
    """Fla. Stat. 501.059, 501.616: 3 offers in 24 hours; since 2021-07-01."""
    return _offers_in_a_day(case, "US-FL", date(2021, 7, 1))


@rule("OK_TSA_3IN24")
def oklahoma_offers(case: Case) -> Verdict:
    """Oklahoma Telephone Solicitation Act; since 2022-11-01."""
    return _offers_in_a_day(case, "US-OK", date(2022, 11, 1))


@rule("MD_STCA_3IN24")
def maryland_offers(case: Case) -> Verdict:
    """Maryland Stop the Spam Calls Act; since 2024-01-01."""
    return _offers_in_a_day(case, "US-MD", date(2024, 1, 1))


def _offers_in_a_day(case: Case, jurisdiction: str, since: date) -> Verdict:
    if not is_offer(case) or case.medium not in ("voice", "sms"):
        return False
    if jurisdiction not in case.jurisdictions or not case.is_in_force(since=since):
        return False
    first = case.at - timedelta(hours=24)
    return [Counted(sum(first < a.started_at for a in _contacts(case, media=("voice", "sms"))), 3)]


@rule("REGF_COOLDOWN")
def regf_cooldown(case: Case) -> bool:
    """12 CFR 1006.14(b)(2)(i)(B): after a telephone conversation on D blocked through D+6."""
    if not is_collection(case) or case.medium != "voice" or not binds_regulation_f(case):
        return False
    for attempt in case.before:
        if attempt.person_id == case.person_id and is_conversation(attempt):
            for matter in case.matters:
                if case.is_about(attempt, matter) and case.most_in_any_zone([attempt], 7):
                    return True
    return False


def is_conversation(attempt: Attempt) -> bool:
    """A telephone conversation, whoever began it: by the source's own words alone."""
    if attempt.channel not in ("voice", "voicemail"):
        return False
    if attempt.conversation is not None:
        return attempt.conversation
    if attempt.right_party is not None:
        return attempt.right_party
    return attempt.connected and attempt.human is not False and (attempt.talk_seconds or 0) > 0
