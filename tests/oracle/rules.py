"""The contact rules as plain Python, one small function a rule, written from their text.

Every number here was written out by hand from the text of the rule that its docstring cites. A rule answers True where
it blocks the case; a rule with a cap answers with what it counted, once for each debt.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta

from .case import COLLECTORS, Case, Matter, local
from .history import Attempt, Consent, Status


@dataclass(frozen=True)
class Counted:
    """Contacts found in a rule's window, and how many it takes to block."""

    count: int
    cap: int


Verdict = bool | list[Counted]
RULES: list[tuple[str, Callable[[Case], Verdict]]] = []

REGULATION_F = date(2021, 11, 30)
BEFORE_REGULATION_F = date(2021, 11, 29)
FDCPA = date(1978, 3, 20)


def rule(rule_id: str) -> Callable[[Callable[[Case], Verdict]], Callable[[Case], Verdict]]:
    """Enter a function as (a part of) the rule of this name."""

    def enter(function: Callable[[Case], Verdict]) -> Callable[[Case], Verdict]:
        RULES.append((rule_id, function))
        return function

    return enter


# -- who is bound


def is_collection(case: Case) -> bool:
    """Rules on collecting bind offers too."""
    return case.purpose in ("collection", "servicing", "solicitation")


def is_offer(case: Case) -> bool:
    return case.purpose == "solicitation"


def has_collector(case: Case) -> bool:
    """The company or the holder of one of the debts collects for others, or bought the debt."""
    return bool(case.roles & COLLECTORS)


def has_creditor(case: Case) -> bool:
    """The company or the holder of one of the debts collects its own."""
    return "first_party" in case.roles


def binds_regulation_f(case: Case) -> bool:
    return has_collector(case) and case.is_in_force(since=REGULATION_F)


def binds_regulation_f_or_own_policy(case: Case) -> bool:
    """A creditor keeps the same rules by its own choice, whatever the date."""
    return has_creditor(case) or binds_regulation_f(case)


def binds_fdcpa_before(case: Case) -> bool:
    """15 USC 1692 ff, until Regulation F said it more closely."""
    return has_collector(case) and case.is_in_force(since=FDCPA, until=BEFORE_REGULATION_F)


# -- what is missing


@rule("NO_CONTACT_LOG")
def no_contact_log(case: Case) -> bool:
    """Principles 1 and 9: no feed for yesterday, no contact; a signed declaration stands in where no log can be."""
    company = case.company
    if company.feed_until is not None and company.feed_until >= case.company_day - timedelta(days=1):
        return False
    is_declared = company.declared_none_on is not None and company.declared_none_on <= case.company_day
    return not (is_declared and not company.has_contact_center)


@rule("NO_CONTACT_POINT")
def no_contact_point(case: Case) -> bool:
    return case.point is None or case.point.medium != case.medium or not case.is_valid(case.point)


@rule("UNKNOWN_DEBT")
def unknown_debt(case: Case) -> bool:
    asked = set(case.question.debt_ids)
    known = {m.debt_id or m.account_id for m in case.matters}
    return not asked or asked != known or case.person_id not in case.history.persons


@rule("NOTHING_OWED")
def nothing_owed(case: Case) -> bool:
    """Nobody is asked for money that they do not owe."""
    if case.purpose not in ("collection", "servicing") or not case.matters:
        return False
    return owed_cents(case) <= 0


def owed_cents(case: Case) -> int:
    """Open balance of the bills that name a debt asked about, or lie on its account and name none."""
    day = case.company_day
    debt_ids = {matter.debt_id for matter in case.matters}
    account_ids = {matter.account_id for matter in case.matters}
    owed = 0
    for invoice in case.history.invoices:
        is_asked = invoice.account_id in account_ids if invoice.debt_id is None else invoice.debt_id in debt_ids
        if is_asked and invoice.issued_on <= day:
            owed += invoice.total_cents
            if invoice.applied_on is not None and invoice.applied_on <= day:
                owed -= invoice.applied_cents
    return owed


@rule("UNKNOWN_TIME_ZONE")
def unknown_time_zone(case: Case) -> bool:
    """Principle 1; a letter has no hour."""
    return case.medium != "letter" and case.zones is None


# -- statuses


@rule("REGF_CEASE")
def regf_cease(case: Case) -> bool:
    """12 CFR 1006.6(c): blocked for good."""
    return binds_regulation_f_or_own_policy(case) and any(case.standing("cease", is_for_good=True))


@rule("FDCPA_CEASE")
def fdcpa_cease(case: Case) -> bool:
    """15 USC 1692c(c)."""
    return binds_fdcpa_before(case) and any(case.standing("cease", is_for_good=True))


@rule("REGF_ATTORNEY")
def regf_attorney(case: Case) -> bool:
    """12 CFR 1006.6(b)(2): blocked until cleared."""
    return is_collection(case) and binds_regulation_f_or_own_policy(case) and any(case.standing("attorney"))


@rule("FDCPA_ATTORNEY")
def fdcpa_attorney(case: Case) -> bool:
    """15 USC 1692c(a)(2)."""
    return is_collection(case) and binds_fdcpa_before(case) and any(case.standing("attorney"))


@rule("BANKRUPTCY")
def bankruptcy(case: Case) -> bool:
    """11 USC 362: petition → discharge, dismissal."""
    cleared_by = ("bankruptcy_discharged", "bankruptcy_dismissed")
    return is_collection(case) and any(case.standing("bankruptcy_petition", cleared_by))


@rule("BANKRUPTCY_DISCHARGED")
def bankruptcy_discharged(case: Case) -> bool:
    """11 USC 524: debts of accounts opened on or before the day of the discharge."""
    if not is_collection(case):
        return False
    opened_on = {account.account_id: account.opened_on for account in case.history.accounts}
    return any(
        matter is not None
        and opened_on[matter.account_id] <= local(case.history, status.from_at, case.company.zone).date()
        for status, matter in case.standing("bankruptcy_discharged")
    )


@rule("DECEASED")
def deceased(case: Case) -> bool:
    """12 CFR 1006.6(a)."""
    return any(case.standing("deceased"))


@rule("MINOR")
def minor(case: Case) -> bool:
    """12 CFR 1006.6(a)(2)."""
    return any(case.standing("minor"))


@rule("ERASED")
def erased(case: Case) -> bool:
    """GDPR 17(3), CCPA 1798.105(d); since the GDPR applies."""
    return case.is_in_force(since=date(2018, 5, 25)) and any(case.standing("erased"))


@rule("OWN_DNC")
def own_do_not_contact(case: Case) -> bool:
    """Policy."""
    return any(case.standing("do_not_contact"))


@rule("TCPA_REVOKE")
def tcpa_revoke(case: Case) -> bool:
    """47 CFR 64.1200(a)(10), in force 2025-04-11: calls and texts."""
    is_bound = case.medium in ("voice", "sms") and case.is_in_force(since=date(2025, 4, 11))
    return is_bound and any(case.standing("revoke_all"))


@rule("FRAUD")
def fraud(case: Case) -> bool:
    """Policy."""
    return is_collection(case) and any(case.standing("fraud"))


@rule("HARDSHIP")
def hardship(case: Case) -> bool:
    """Policy."""
    return is_collection(case) and any(case.standing("hardship"))


@rule("DISASTER")
def disaster(case: Case) -> bool:
    """Policy."""
    return is_collection(case) and any(case.standing("disaster"))


# -- disputes, validation, limitation


@rule("FDCPA_DISPUTE")
def fdcpa_dispute(case: Case) -> bool:
    """15 USC 1692g(b), 12 CFR 1006.38: disputed within the validation period → blocked until verified."""
    if not is_collection(case):
        return False
    for status, matter in case.standing("dispute", ("verification_sent",)):
        if _is_within_validation_period(case, status, matter):
            return True
    for dispute in case.history.disputes:
        if dispute.kind != "billing" or dispute.opened_at > case.at:
            continue
        if dispute.closed_at is not None and dispute.closed_at <= case.at:
            continue
        for invoice in case.history.invoices:
            if invoice.invoice_id == dispute.invoice_id:
                raised = Status(
                    "dispute",
                    dispute.opened_at,
                    account_id=None if invoice.debt_id else invoice.account_id,
                    debt_id=invoice.debt_id,
                )
                for matter in case.matters:
                    if (
                        case.concerns(raised, matter)
                        and not case.is_cleared(raised, matter, ("verification_sent",))
                        and _is_within_validation_period(case, raised, matter)
                    ):
                        return True
    return False


def _is_within_validation_period(case: Case, dispute: Status, matter: Matter | None) -> bool:
    """Thirty days from the receipt, by 12 CFR 1006.34(b)(5) five days after the sending; no sending = no end."""
    sent = [
        status.from_at
        for status in case.history.statuses
        if status.status == "validation_sent" and status.from_at <= dispute.from_at and case.concerns(status, matter)
    ]
    return not sent or any(dispute.from_at <= at + timedelta(days=35) for at in sent)


@rule("REGF_DISCLOSE")
def regf_disclose(case: Case) -> bool:
    """12 CFR 1006.34, 1006.42: the first contact waits for the validation information, debt by debt."""
    if not is_collection(case) or not binds_regulation_f(case):
        return False
    informed = {matter for _, matter in case.standing("validation_sent", is_for_good=True)}
    return any(matter not in informed for matter in case.matters)


LIMITATION_BLOCKS: dict[str, tuple[int, date]] = {
    "US-WI": (6, date(1979, 7, 1)),  # Wis. Stat. 893.05, 893.43: the debt is extinguished
    "US-MS": (3, date(1990, 1, 1)),  # Miss. Code 15-1-3, 15-1-49: the same
}
"""Where a debt whose limitation period has passed may not be collected at all: years from default, in force since."""


@rule("REGF_TIMEBARRED")
def regf_time_barred(case: Case) -> bool:
    """12 CFR 1006.26 with the law of the state."""
    if not is_collection(case) or not binds_regulation_f(case):
        return False
    for jurisdiction, (years, since) in LIMITATION_BLOCKS.items():
        if jurisdiction in case.jurisdictions and case.is_in_force(since=since):
            for matter in case.matters:
                default_on = matter.debt.default_on if matter.debt else None
                if default_on is None or any(day >= _years_later(default_on, years) for day in case.dates):
                    return True
    return False


def _years_later(day: date, years: int) -> date:
    if (day.month, day.day) == (2, 29) and (day.year + years) % 4:
        return date(day.year + years, 2, 28)
    return day.replace(year=day.year + years)


@rule("REGF_LOCATE")
def regf_locate(case: Case) -> Verdict:
    """12 CFR 1006.10(c): at most one location contact with a third party."""
    if case.purpose != "location" or not binds_regulation_f(case):
        return False
    made = [a for a in case.before if a.person_id == case.person_id and a.direction == "outbound"]
    return len(made) >= 1


# -- points, places, consents


@rule("REGF_WORK")
def regf_work(case: Case) -> bool:
    """12 CFR 1006.6(b)(3), 1006.22(f)(3)."""
    return is_collection(case) and binds_regulation_f_or_own_policy(case) and case.point_type == "work"


@rule("FDCPA_WORK")
def fdcpa_work(case: Case) -> bool:
    """15 USC 1692c(a)(3)."""
    return is_collection(case) and binds_fdcpa_before(case) and case.point_type == "work"


@rule("REGF_PLACE")
def regf_place(case: Case) -> bool:
    """12 CFR 1006.6(b)(1)(i)."""
    return binds_regulation_f_or_own_policy(case) and _is_inconvenient_place(case)


@rule("FDCPA_PLACE")
def fdcpa_place(case: Case) -> bool:
    """15 USC 1692c(a)(1)."""
    return binds_fdcpa_before(case) and _is_inconvenient_place(case)


def _is_inconvenient_place(case: Case) -> bool:
    return any(
        status.detail == case.point_type or status.detail not in ("work", "home", "mobile")
        for status, _ in case.standing("inconvenient_place")
    )


def _binding_purposes(case: Case) -> tuple[str, ...]:
    if case.purpose == "solicitation":
        return ("servicing", "collection", "solicitation")
    return ("servicing", "collection")


def _is_refused(statements: list[Consent]) -> bool:
    return any(s.state in ("refused", "revoked") for s in statements)


def _given(case: Case) -> list[Consent]:
    """Newest statements that allow the contact."""
    purposes = ("solicitation",) if is_offer(case) else ("servicing", "collection")
    statements = case.newest_statements(purposes, True) + case.newest_statements(purposes, False)
    return [s for s in statements if s.state == "given"]


@rule("REGF_MEDIUM")
def regf_medium(case: Case) -> bool:
    """12 CFR 1006.14(h): a refused medium."""
    return binds_regulation_f_or_own_policy(case) and _is_refused(
        case.newest_statements(_binding_purposes(case), of_point=False)
    )


@rule("REGF_OPTOUT")
def regf_optout(case: Case) -> bool:
    """12 CFR 1006.6(e): a refused address or number."""
    return binds_regulation_f_or_own_policy(case) and _is_refused(
        case.newest_statements(_binding_purposes(case), of_point=True)
    )


@rule("REGF_EMAIL_PATH")
def regf_email_path(case: Case) -> bool:
    """12 CFR 1006.6(d)(3)-(4)."""
    return case.medium == "email" and binds_regulation_f_or_own_policy(case) and not _given(case)


@rule("REGF_SMS_60D")
def regf_sms_60_days(case: Case) -> bool:
    """12 CFR 1006.6(d)(5): consent, or the number checked, within 60 days."""
    if case.medium != "sms" or not binds_regulation_f_or_own_policy(case):
        return False
    instants = [statement.at for statement in _given(case)]
    if case.point is not None and case.point.verified_at is not None and case.point.verified_at <= case.at:
        instants.append(case.point.verified_at)
    first = case.company_day - timedelta(days=59)
    return not any(local(case.history, at, case.company.zone).date() >= first for at in instants)


@rule("TCPA_CONSENT")
def tcpa_consent(case: Case) -> bool:
    """47 CFR 64.1200(a)(1), written consent since 2013-10-16: artificial or automated voice to a mobile."""
    is_automated = case.question.channel == "voicemail" or (case.medium == "voice" and case.company.automated_voice)
    is_bound = is_automated and case.point_type in ("mobile", "unknown") and case.is_in_force(since=date(2013, 10, 16))
    return is_bound and not _given(case)


@rule("NYC_CONSENT")
def nyc_consent(case: Case) -> bool:
    """6 RCNY 5-77, from 2026-09-01."""
    is_bound = _is_in_new_york_city(case) and case.medium in ("sms", "email")
    return is_bound and not _given(case)


@rule("DNC")
def national_do_not_call(case: Case) -> bool:
    """47 CFR 64.1200(c)(2): scrubbed against the national list at most 31 days ago."""
    if not is_offer(case) or case.medium not in ("voice", "sms"):
        return False
    newest = _newest_scrub(case, "national")
    if newest is None or newest[0] == "listed":
        return True
    return newest[1] <= case.company_day - timedelta(days=31)


@rule("DNC_OWN")
def own_do_not_call(case: Case) -> bool:
    """47 CFR 64.1200(d)."""
    if not is_offer(case) or case.medium not in ("voice", "sms"):
        return False
    newest = _newest_scrub(case, "own")
    return newest is not None and newest[0] == "listed"


def _newest_scrub(case: Case, name: str) -> tuple[str, date] | None:
    if case.point is None:
        return None
    rows = [
        (s.checked_at, s.state)
        for s in case.history.scrubs
        if s.point_id == case.point.point_id and s.list == name and s.checked_at <= case.at
    ]
    if not rows:
        return None
    checked_at, state = max(rows)  # "listed" is greater than "clear"
    return state, local(case.history, checked_at, case.company.zone).date()


# -- how often


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
    if not _is_washington(case) or not is_collection(case):
        return False
    return [Counted(case.most_in_any_zone(_contacts(case, whose=_with_spouse(case)), 7), 3)]


@rule("WA_1WORK")
def washington_work(case: Case) -> Verdict:
    """RCW 19.16.250: 1 a week at work."""
    if not _is_washington(case) or not is_collection(case) or case.point_type != "work":
        return False
    return [Counted(case.most_in_any_zone(_contacts(case, types=("work",), whose=_with_spouse(case)), 7), 1)]


def _is_washington(case: Case) -> bool:
    is_there = "US-WA" in case.jurisdictions and case.is_in_force(since=date(2013, 7, 28))
    return has_collector(case) and is_there


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
    if not is_collection(case) or not _is_in_new_york_city(case):
        return False
    return _by_debt(case, _contacts(case), days=7, cap=3)


def _is_in_new_york_city(case: Case) -> bool:
    is_there = "US-NY-NYC" in case.jurisdictions and case.is_in_force(since=date(2026, 9, 1))
    return is_collection(case) and is_there


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


# -- at which hour

EIGHT, NINE, NOON = time(8), time(9), time(12)
TWENTY, TWENTY_ONE = time(20), time(21)
SATURDAY, SUNDAY = 6, 7


def _is_outside(case: Case, opens: time, closes: time, weekdays: Iterable[int] = range(1, 8)) -> bool:
    """Whether it is too early or too late at any place where the person may be, on those local weekdays."""
    for zone in case.zones or ():
        there = local(case.history, case.at, zone)
        if there.isoweekday() in weekdays and not opens <= there.time() < closes:
            return True
    return False


def _is_inconvenient(case: Case, *triggers: str) -> bool:
    return any(
        _covers(status.detail, local(case.history, case.at, zone).time())
        for trigger in triggers
        for status, _ in case.standing(trigger)
        for zone in case.zones or ()
    )


_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")


def _covers(detail: str | None, clock: time) -> bool:
    """Whether the stated hours hold this one; what cannot be read holds every hour."""
    match = _SPAN.fullmatch(detail or "")
    if match is None:
        return True
    now = clock.hour * 3600 + clock.minute * 60 + clock.second + clock.microsecond / 1e6
    begins = (int(match[1]) * 60 + int(match[2])) * 60
    ends = (int(match[3]) * 60 + int(match[4])) * 60 if match[3] else 24 * 3600
    if ends <= begins:
        return now >= begins or now < ends
    return begins <= now < ends


@rule("REGF_HOURS")
def regf_hours(case: Case) -> bool:
    """12 CFR 1006.6(b)(1)(i): 08:00-21:00 at every plausible place; stated times override."""
    if case.medium == "letter" or not binds_regulation_f_or_own_policy(case):
        return False
    return _is_outside(case, EIGHT, TWENTY_ONE) or _is_inconvenient(case, "inconvenient_time")


@rule("FDCPA_HOURS")
def fdcpa_hours(case: Case) -> bool:
    """15 USC 1692c(a)(1): the same hours."""
    if case.medium == "letter" or not binds_fdcpa_before(case):
        return False
    return _is_outside(case, EIGHT, TWENTY_ONE) or _is_inconvenient(case, "inconvenient_time")


@rule("TCPA_HOURS")
def tcpa_hours(case: Case) -> bool:
    """47 CFR 64.1200(c)(1)."""
    return is_offer(case) and case.medium in ("voice", "sms") and _is_outside(case, EIGHT, TWENTY_ONE)


@rule("FL_FCCPA")
def florida_hours(case: Case) -> bool:
    """Fla. Stat. 559.72(17): 21:00-08:00 blocked; e-mail exempt since 2025-05-16."""
    if "US-FL" not in case.jurisdictions or case.medium == "letter":
        return False
    since, until = date(2010, 1, 1), (date(2025, 5, 15) if case.medium == "email" else None)
    return case.is_in_force(since, until) and _is_outside(case, EIGHT, TWENTY_ONE)


@rule("WA_HOURS")
def washington_hours(case: Case) -> bool:
    """RCW 19.16.250: 08:00-21:00."""
    return case.medium != "letter" and _is_washington(case) and _is_outside(case, EIGHT, TWENTY_ONE)


@rule("UK_CONC")
def united_kingdom_hours(case: Case) -> bool:
    """CONC 7.9.4R: 08:00-21:00 on weekdays, not on Saturday and Sunday; stated shift preferences honored."""
    if "GB" not in case.jurisdictions or case.medium == "letter" or not case.is_in_force(since=date(2014, 4, 1)):
        return False
    return (
        _is_outside(case, EIGHT, TWENTY_ONE, range(1, 6))
        or _is_outside(case, time(0), time(0), (SATURDAY, SUNDAY))
        or _is_inconvenient(case, "inconvenient_time", "shift_preference")
    )


@rule("FL_FTSA_HOURS")
def florida_offer_hours(case: Case) -> bool:
    """Fla. Stat. 501.616: 08:00-20:00; since 2021-07-01."""
    return _is_late_offer(case, "US-FL", date(2021, 7, 1))


@rule("OK_TSA_HOURS")
def oklahoma_offer_hours(case: Case) -> bool:
    """Oklahoma Telephone Solicitation Act: 08:00-20:00; since 2022-11-01."""
    return _is_late_offer(case, "US-OK", date(2022, 11, 1))


@rule("MD_STCA_HOURS")
def maryland_offer_hours(case: Case) -> bool:
    """Maryland Stop the Spam Calls Act: 08:00-20:00; since 2024-01-01."""
    return _is_late_offer(case, "US-MD", date(2024, 1, 1))


def _is_late_offer(case: Case, jurisdiction: str, since: date) -> bool:
    is_bound = is_offer(case) and case.medium in ("voice", "sms") and jurisdiction in case.jurisdictions
    return is_bound and case.is_in_force(since=since) and _is_outside(case, EIGHT, TWENTY)


@rule("TX_SB140")
def texas_offer_hours(case: Case) -> bool:
    """Tex. Bus. & Com. 301-305: Monday to Saturday 09-21, Sunday 12-21; from 2025-09-01."""
    if not is_offer(case) or case.medium not in ("voice", "sms") or "US-TX" not in case.jurisdictions:
        return False
    if not case.is_in_force(since=date(2025, 9, 1)):
        return False
    return _is_outside(case, NINE, TWENTY_ONE, range(1, 7)) or _is_outside(case, NOON, TWENTY_ONE, (SUNDAY,))
