"""At which hour: by the text of the rules."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, time

from .bound import (
    binds_fdcpa_before,
    binds_regulation_f_or_own_policy,
    is_offer,
    is_washington,
    rule,
)
from .case import Case, local

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
    return case.medium != "letter" and is_washington(case) and _is_outside(case, EIGHT, TWENTY_ONE)


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
