"""What is missing, what stands against a person, an account or a debt: by the text of the rules."""

from __future__ import annotations

from datetime import date, timedelta

from .bound import (
    Verdict,
    binds_fdcpa_before,
    binds_regulation_f,
    binds_regulation_f_or_own_policy,
    is_collection,
    rule,
)
from .case import Case, Matter, local
from .history import Status


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
        matter is None
        or opened_on.get(matter.account_id, date.min) <= local(case.history, status.from_at, case.company.zone).date()
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


@rule("FDCPA_DISPUTE")
def fdcpa_dispute(case: Case) -> bool:
    """15 USC 1692g(b), 12 CFR 1006.38: disputed within the validation period → blocked until verified."""
    if not is_collection(case):
        return False
    for status, matter in case.standing("dispute", ("verification_sent",)):
        if _is_within_validation_period(case, status, matter):
            return True
    return _has_open_billing_dispute(case)


def _has_open_billing_dispute(case: Case) -> bool:
    """A bill that is disputed in the ledger blocks its debt for as long as that is open, whenever it was raised."""
    for dispute in case.history.disputes:
        is_open = dispute.opened_at <= case.at and (dispute.closed_at is None or case.at < dispute.closed_at)
        if dispute.kind == "billing" and is_open:
            for invoice in case.history.invoices:
                if invoice.invoice_id == dispute.invoice_id:
                    if invoice.debt_id is not None and any(m.debt_id == invoice.debt_id for m in case.matters):
                        return True
                    if invoice.debt_id is None and any(m.account_id == invoice.account_id for m in case.matters):
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
