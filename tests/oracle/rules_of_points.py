"""Points, places, consents and lists of numbers: by the text of the rules."""

from __future__ import annotations

from datetime import date, timedelta

from .bound import (
    binds_fdcpa_before,
    binds_regulation_f_or_own_policy,
    is_collection,
    is_in_new_york_city,
    is_offer,
    rule,
)
from .case import Case, local
from .history import Consent


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
    is_bound = is_in_new_york_city(case) and case.medium in ("sms", "email")
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
