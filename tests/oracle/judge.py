"""The oracle: asks every rule about a question, and every rule about every contact that was made."""

from __future__ import annotations

from .case import Case
from .history import Answer, Attempt, History, Question
from .rules import RULES

LIVE_ONLY = frozenset({"NO_CONTACT_LOG", "NO_CONTACT_POINT", "UNKNOWN_DEBT", "NOTHING_OWED"})
"""What is asked before a contact only: that something is missing is no rule that a contact could have broken."""


def judge(history: History, question: Question) -> Answer:
    """Answer one question, with everything effective at its instant."""
    return _answer(Case(history, question))


def breaches(history: History) -> frozenset[tuple[str, str]]:
    """The (attempt_id, rule_id) of every outbound contact that was made although a rule blocked it."""
    return frozenset(
        (attempt.attempt_id, rule_id)
        for attempt in history.attempts
        if attempt.direction == "outbound"
        for rule_id in _answer(Case(history, asked_by(history, attempt), attempt)).rule_ids - LIVE_ONLY
    )


def asked_by(history: History, attempt: Attempt) -> Question:
    """The question that should have been asked before a contact: about the debts that it counts for."""
    held = {debt.debt_id for debt in history.debts} | {account.account_id for account in history.accounts}
    named = tuple(debt_id for debt_id in attempt.debt_ids or () if debt_id in held)
    return Question(
        attempt.person_id,
        named or debts_of(history, attempt.person_id),
        attempt.point_id,
        attempt.channel,
        "collection",
        attempt.started_at,
    )


def debts_of(history: History, person_id: str) -> tuple[str, ...]:
    """Every debt of the person; an account without debts stands for itself."""
    account_ids = {party.account_id for party in history.parties if party.person_id == person_id}
    with_debts = {debt.account_id for debt in history.debts}
    debts = [debt.debt_id for debt in history.debts if debt.account_id in account_ids]
    return tuple(sorted(debts + [account_id for account_id in account_ids if account_id not in with_debts]))


def _answer(case: Case) -> Answer:
    blocking: set[str] = set()
    remaining: int | None = None
    for rule_id, rule in RULES:
        verdict = rule(case)
        if isinstance(verdict, list):
            for counted in verdict:
                left = max(counted.cap - counted.count, 0)
                remaining = left if remaining is None else min(remaining, left)
                if left == 0:
                    blocking.add(rule_id)
        elif verdict:
            blocking.add(rule_id)
    return Answer(not blocking, frozenset(blocking), remaining)
